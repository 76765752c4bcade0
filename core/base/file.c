/* See file.h. */
#include "base/file.h"

#include "base/cut.h"
#include "base/mem.h"
#include "base/testing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PART = 16 * 1024 };

/* ---- descriptors ---- */

void file_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

ssize_t file_read_all(int fd, void *data, size_t size)
{
    size_t got = 0;
    while (got < size) {
        ssize_t n = read(fd, (char *)data + got, size - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

bool file_write_all(int fd, struct slice bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.data, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes = cut_from(bytes, (size_t)n);
    }
    return true;
}

/* ---- whole files ---- */

bool file_read(const char *path, size_t max, struct buf *out, struct err *err)
{
    CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t before = out->len;
    ssize_t n = fd < 0 ? -1 : 1;
    while (n > 0 && out->len - before <= max) {
        buf_reserve(out, PART);
        n = file_read_all(fd, out->data + out->len, PART);
        out->len += n > 0 ? (size_t)n : 0;
        out->data[out->len] = '\0';
    }
    if (n < 0)
        return err_set(err, ERR_IO, "cannot read %s: %s", path, strerror(errno));
    if (out->len - before > max)
        return err_set(err, ERR_LIMIT, "%s has more than %zu bytes", path, max);
    return true;
}

/* To be freed with free(). */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return mem_text(".");
    return mem_copy(path, slash == path ? 1 : (size_t)(slash - path));
}

bool file_write(const char *path, struct slice bytes, struct err *err)
{
    CLEANUP(mem_freep) char *folder = folder_of(path);
    if (!file_make_folder(folder, 0777))
        return err_set(err, ERR_IO, "cannot make the folder %s: %s", folder, strerror(errno));
    CLEANUP(file_closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || !file_write_all(fd, bytes))
        return err_set(err, ERR_IO, "cannot write %s: %s", path, strerror(errno));
    return true;
}

static bool write_aside(const char *aside, struct slice bytes)
{
    unlink(aside); /* of a run that was killed */
    CLEANUP(file_closep)
    int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool good = fd >= 0 && fchmod(fd, 0600) == 0 && file_write_all(fd, bytes) && fsync(fd) == 0;
    fail_point("aside");
    return good;
}

bool file_sync_folder(const char *path)
{
    CLEANUP(mem_freep) char *folder = folder_of(path);
    CLEANUP(file_closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0;
}

bool file_place(const char *path, const char *aside, struct slice bytes, bool fresh)
{
    bool placed =
        write_aside(aside, bytes) && (fresh ? link(aside, path) : rename(aside, path)) == 0;
    int why = errno;
    if (fresh || !placed)
        unlink(aside);
    bool synced = file_sync_folder(path); /* also of a file that another process has placed */
    if (!placed)
        errno = why;
    return placed && synced;
}

/* ---- folders ---- */

bool file_make_folder(const char *path, mode_t mode)
{
    CLEANUP(mem_freep) char *copy = mem_text(path);
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(copy, mode); /* what fails here fails again below, with its reason */
        *slash = '/';
    }
    struct stat found;
    if (mkdir(copy, mode) == 0)
        return true;
    if (errno != EEXIST || stat(copy, &found) != 0)
        return false;
    errno = ENOTDIR;
    return S_ISDIR(found.st_mode);
}

bool file_is_vacant(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir)
        return errno == ENOENT;
    bool vacant = true;
    for (struct dirent *entry; vacant && (entry = readdir(dir));)
        vacant = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(dir);
    return vacant;
}

bool file_scratch(char **ret_folder, struct err *err)
{
    CLEANUP(mem_freep) char *folder = mem_text("/tmp/timecapsule-XXXXXX");
    if (!mkdtemp(folder))
        return err_set(err, ERR_IO, "cannot make a temporary folder in /tmp: %s",
                       strerror(errno));
    *ret_folder = TAKE(folder);
    return true;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void file_remove_folder(char *folder)
{
    if (folder)
        nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(folder);
}
