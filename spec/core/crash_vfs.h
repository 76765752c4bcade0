/*
 * A file system for SQLite on which the power fails.
 *
 * It stands between SQLite and the real one and remembers, for each file, what was written
 * since its last sync.  crash_cut() lets nothing through any more; crash_apply() then leaves
 * the files as a disk may after a power cut: what was synced is there, and of what was not,
 * each write is lost, there, or torn at sectors, as chance has it.
 */
#pragma once

#include "base/mem.h"
#include "base/random.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512 };

enum crash_mode { CRASH_DROPS, CRASH_TEARS };

/* A write, or with data NULL a truncation to `offset`. */
struct crash_write {
    struct crash_write *older;
    sqlite3_int64 offset;
    size_t len;
    char *data;
    char *before; /* what stood there, or behind the cut */
    size_t before_len;
    sqlite3_int64 size; /* of the file before */
};

struct crash_log {
    struct crash_log *next;
    char *path;
    struct crash_write *newest;
};

struct crash_file {
    sqlite3_file base;
    struct crash_log *log; /* NULL for what has no name */
    sqlite3_file *real;
};

static struct {
    sqlite3_vfs vfs, *real;
    pthread_mutex_t lock;
    struct crash_log *logs;
    bool cut;
    long left; /* writes until the power fails; -1 for never */
} crash = {.lock = PTHREAD_MUTEX_INITIALIZER, .left = -1};

static inline sqlite3_file *crash_real(sqlite3_file *file)
{
    return ((struct crash_file *)(void *)file)->real;
}

static inline struct crash_log *crash_log_of(const char *path)
{
    for (struct crash_log *log = crash.logs; log != NULL; log = log->next)
        if (strcmp(log->path, path) == 0)
            return log;

    struct crash_log *log = mem_new(1, sizeof *log);
    log->path = mem_text(path);
    log->next = crash.logs;
    crash.logs = log;
    return log;
}

static inline void crash_forget(struct crash_log *log)
{
    struct crash_write *write;

    while ((write = log->newest) != NULL) {
        log->newest = write->older;
        free(write->data);
        free(write->before);
        free(write);
    }
}

/* The lock is held. */
static inline void crash_remember(sqlite3_file *file, const void *data, size_t len,
                                  sqlite3_int64 offset)
{
    struct crash_log *log = ((struct crash_file *)(void *)file)->log;
    sqlite3_file *real = crash_real(file);
    struct crash_write *write;

    if (log == NULL)
        return;
    write = mem_new(1, sizeof *write);
    write->offset = offset;
    real->pMethods->xFileSize(real, &write->size);
    write->len = len;
    write->data = data ? mem_copy(data, len) : NULL;
    sqlite3_int64 end = data ? offset + (sqlite3_int64)len : write->size;
    if (end > write->size)
        end = write->size;
    if (end > offset) {
        write->before_len = (size_t)(end - offset);
        write->before = mem_new(write->before_len, 1);
        real->pMethods->xRead(real, write->before, (int)write->before_len, offset);
    }
    write->older = log->newest;
    log->newest = write;
}

/* ---- what SQLite calls ---- */

static inline int crash_close(sqlite3_file *file)
{
    return crash_real(file)->pMethods->xClose(crash_real(file));
}

static inline int crash_read(sqlite3_file *file, void *data, int len, sqlite3_int64 offset)
{
    return crash_real(file)->pMethods->xRead(crash_real(file), data, len, offset);
}

static inline int crash_write(sqlite3_file *file, const void *data, int len,
                              sqlite3_int64 offset)
{
    int code = SQLITE_IOERR_WRITE;

    pthread_mutex_lock(&crash.lock);
    crash.cut |= crash.left == 0;
    if (!crash.cut) {
        crash.left -= crash.left > 0;
        crash_remember(file, data, (size_t)len, offset);
        code = crash_real(file)->pMethods->xWrite(crash_real(file), data, len, offset);
    }
    pthread_mutex_unlock(&crash.lock);
    return code;
}

static inline int crash_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int code = SQLITE_IOERR_TRUNCATE;

    pthread_mutex_lock(&crash.lock);
    if (!crash.cut) {
        crash_remember(file, NULL, 0, size);
        code = crash_real(file)->pMethods->xTruncate(crash_real(file), size);
    }
    pthread_mutex_unlock(&crash.lock);
    return code;
}

static inline int crash_sync(sqlite3_file *file, int flags)
{
    struct crash_log *log = ((struct crash_file *)(void *)file)->log;
    int code = SQLITE_IOERR_FSYNC;

    (void)flags; /* the files are ours: there is no need to wait for a real disk */
    pthread_mutex_lock(&crash.lock);
    if (!crash.cut) {
        if (log != NULL)
            crash_forget(log);
        code = SQLITE_OK;
    }
    pthread_mutex_unlock(&crash.lock);
    return code;
}

static inline int crash_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    return crash_real(file)->pMethods->xFileSize(crash_real(file), ret_size);
}

static inline int crash_lock(sqlite3_file *file, int lock)
{
    return crash_real(file)->pMethods->xLock(crash_real(file), lock);
}

static inline int crash_unlock(sqlite3_file *file, int lock)
{
    return crash_real(file)->pMethods->xUnlock(crash_real(file), lock);
}

static inline int crash_reserved(sqlite3_file *file, int *ret)
{
    return crash_real(file)->pMethods->xCheckReservedLock(crash_real(file), ret);
}

static inline int crash_control(sqlite3_file *file, int op, void *arg)
{
    return crash_real(file)->pMethods->xFileControl(crash_real(file), op, arg);
}

static inline int crash_sector(sqlite3_file *file)
{
    (void)file;
    return SECTOR;
}

/* No promise at all, as of a cheap disk. */
static inline int crash_traits(sqlite3_file *file)
{
    (void)file;
    return 0;
}

static inline int crash_map(sqlite3_file *file, int region, int size, int extend,
                            void volatile **ret)
{
    return crash_real(file)->pMethods->xShmMap(crash_real(file), region, size, extend, ret);
}

static inline int crash_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return crash_real(file)->pMethods->xShmLock(crash_real(file), offset, n, flags);
}

static inline void crash_barrier(sqlite3_file *file)
{
    crash_real(file)->pMethods->xShmBarrier(crash_real(file));
}

static inline int crash_unmap(sqlite3_file *file, int remove)
{
    return crash_real(file)->pMethods->xShmUnmap(crash_real(file), remove);
}

static const sqlite3_io_methods crash_methods = {
    .iVersion = 2,
    .xClose = crash_close,
    .xRead = crash_read,
    .xWrite = crash_write,
    .xTruncate = crash_truncate,
    .xSync = crash_sync,
    .xFileSize = crash_size,
    .xLock = crash_lock,
    .xUnlock = crash_unlock,
    .xCheckReservedLock = crash_reserved,
    .xFileControl = crash_control,
    .xSectorSize = crash_sector,
    .xDeviceCharacteristics = crash_traits,
    .xShmMap = crash_map,
    .xShmLock = crash_shm_lock,
    .xShmBarrier = crash_barrier,
    .xShmUnmap = crash_unmap,
};

static inline int crash_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
                             int *ret_flags)
{
    struct crash_file *file = (struct crash_file *)(void *)base;

    (void)vfs;
    memset(file, 0, sizeof *file);
    file->real = (sqlite3_file *)(void *)(file + 1);
    int code = crash.real->xOpen(crash.real, name, file->real, flags, ret_flags);
    if (code != SQLITE_OK)
        return code;
    pthread_mutex_lock(&crash.lock);
    file->log = name ? crash_log_of(name) : NULL;
    pthread_mutex_unlock(&crash.lock);
    base->pMethods = &crash_methods;
    return SQLITE_OK;
}

static inline int crash_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    return crash.cut ? SQLITE_IOERR_DELETE : crash.real->xDelete(crash.real, name, sync);
}

/* From now on SQLite's default. */
static inline void crash_install(void)
{
    crash.real = sqlite3_vfs_find(NULL);
    crash.vfs = *crash.real;
    crash.vfs.zName = "crash";
    crash.vfs.pNext = NULL;
    crash.vfs.szOsFile = (int)sizeof(struct crash_file) + crash.real->szOsFile;
    crash.vfs.xOpen = crash_open;
    crash.vfs.xDelete = crash_delete;
    sqlite3_vfs_register(&crash.vfs, 1);
}

/* ---- the power cut ---- */

static inline void crash_after(long writes)
{
    pthread_mutex_lock(&crash.lock);
    crash.left = writes;
    pthread_mutex_unlock(&crash.lock);
}

/* Back to the last sync. */
static inline void crash_undo(int fd, const struct crash_write *newest)
{
    for (const struct crash_write *write = newest; write != NULL; write = write->older) {
        if (write->before_len > 0 &&
            pwrite(fd, write->before, write->before_len, write->offset) < 0)
            abort();
        if (ftruncate(fd, write->size) != 0)
            abort();
    }
}

/* Forward again, oldest first, as much of each as chance leaves. */
static inline void crash_redo(int fd, const struct crash_write *write)
{
    if (write == NULL)
        return;
    crash_redo(fd, write->older);
    uint64_t chance = random_below(4);
    if (write->data == NULL) {
        if (chance > 1 && ftruncate(fd, write->offset) != 0)
            abort();
        return;
    }
    for (size_t at = 0; at < write->len; at += SECTOR) {
        size_t len = write->len - at < SECTOR ? write->len - at : SECTOR;
        bool kept = chance == 0 || (chance == 1 && random_below(2) == 0);
        if (kept && pwrite(fd, write->data + at, len, write->offset + (off_t)at) < 0)
            abort();
    }
}

/* When everything is closed: the files as after the cut; writes pass again. */
static inline void crash_apply(enum crash_mode mode)
{
    for (struct crash_log *log = crash.logs; log != NULL; log = log->next) {
        int fd = open(log->path, O_RDWR | O_CLOEXEC);
        if (fd >= 0) {
            crash_undo(fd, log->newest);
            if (mode == CRASH_TEARS)
                crash_redo(fd, log->newest);
            close(fd);
        }
        crash_forget(log);
    }
    crash.cut = false;
    crash.left = -1;
}

static inline void crash_done(void)
{
    while (crash.logs != NULL) {
        struct crash_log *log = crash.logs;
        crash.logs = log->next;
        crash_forget(log);
        free(log->path);
        free(log);
    }
}
