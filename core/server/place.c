/* See place.h. */
#include "server/place.h"

#include "base/file.h"
#include "base/mem.h"
#include "server/drivers.h"
#include "server/dump_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void place_clear(const char *path)
{
    static const char *const ends[] = {"", "-journal", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        CLEANUP(mem_freep) char *name = mem_format("%s%s", path, ends[i]);
        unlink(name);
    }
}

bool place_make(const char *path, struct err *err)
{
    place_clear(path);
    CLEANUP(file_closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd >= 0 || err_set(err, ERR_IO, "cannot write '%s': %s", path, strerror(errno));
}

bool place_open(const char *path, struct db **ret_db, struct err *err)
{
    CLEANUP(url_done) struct url url = {0};
    CLEANUP(mem_freep) char *full = realpath(path, NULL);
    struct buf text = {0};
    if (!full)
        return err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
    buf_adds(&text, "sqlite://");
    url_encode(slice_of(full), &text);
    bool ok = db_url_parse(server_drivers, text.data, &url, err) &&
              db_open(server_drivers, &url, ret_db, err);
    buf_done(&text);
    return ok;
}

bool place_use(const char *path,
               bool (*use)(void *owner, struct db *db, struct db_session *session,
                           struct err *err),
               void *owner, struct err *err)
{
    struct db_session *session;
    struct db *db;
    if (!place_open(path, &db, err))
        return false;
    bool ok = db->driver->session_open(db, &session, err);
    if (ok) {
        ok = use(owner, db, session, err);
        db->driver->session_close(session);
    }
    db_close(db);
    return ok;
}

char *place_words(const struct url *url)
{
    const char *name = url->path[0] == '/' ? url->path + 1 : url->path;
    return mem_format("-h %s -u %s -p '%s'", url->hosts ? url->hosts : "HOST",
                      url->user ? url->user : "USER", name);
}

bool place_rotate(const char *file, int keep, struct err *err)
{
    for (int i = keep - 1; i > 0; i--) {
        CLEANUP(mem_freep)
        char *from = i == 1 ? mem_text(file) : mem_format("%s.%d", file, i - 1);
        CLEANUP(mem_freep) char *to = mem_format("%s.%d", file, i);
        if (i == 1)
            unlink(to);
        if ((i > 1 ? rename(from, to) : link(from, to)) != 0 && errno != ENOENT)
            return err_set(err, ERR_IO, "cannot keep '%s' as '%s': %s", from, to,
                           strerror(errno));
    }
    return true;
}

bool place_rename(const char *from, const char *to, struct err *err)
{
    CLEANUP(file_closep) int fd = open(from, O_RDONLY | O_CLOEXEC);
    return (fd >= 0 && fsync(fd) == 0 && rename(from, to) == 0 && file_sync_folder(to)) ||
           err_set(err, ERR_IO, "cannot name it '%s': %s", to, strerror(errno));
}

bool place_is_database(const char *path, struct err *err)
{
    static const char begin[] = "SQLite format 3";
    char head[sizeof begin] = "";
    CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
    return (file_read_all(fd, head, sizeof head) == sizeof head &&
            memcmp(head, begin, sizeof head) == 0) ||
           err_set(err, ERR_INPUT, "'%s' is no database of SQLite", path);
}

/* A database that somebody works on has a journal beside it, which a backup has not. */
static bool is_left_alone(const char *path, struct err *err)
{
    CLEANUP(mem_freep) char *journal = mem_format("%s-wal", path);
    return access(journal, F_OK) != 0 ||
           err_set(err, ERR_INPUT, "'%s' is a database in use ('%s' lies beside it)", path,
                   journal);
}

bool place_may_be_written(const char *path, const char *live, struct err *err)
{
    struct stat old, own;
    struct err why;
    if (stat(path, &old) != 0)
        return errno == ENOENT ||
               err_set(err, ERR_IO, "cannot look at '%s': %s", path, strerror(errno));
    if (live && stat(live, &own) == 0 && own.st_dev == old.st_dev && own.st_ino == old.st_ino)
        return err_set(err, ERR_INPUT, "'%s' is the database itself", path);
    if (dump_file_is_one(path, &why))
        return true;
    if (place_is_database(path, &why))
        return is_left_alone(path, err);
    if (why.kind == ERR_IO)
        return err_set(err, ERR_IO, "%s", why.text);
    return err_set(err, ERR_INPUT, "it would replace a file that is no backup: '%s'", path);
}
