/* See outbox.h. */
#include "net/outbox.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool io_failed(struct err *err, const char *what, const char *folder)
{
    return err_set(err, ERR_TEMPORARY, "the outbox %s: cannot %s: %s", folder, what,
                   strerror(errno));
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static char *new_name(void)
{
    time_t now = (time_t)clock_now();
    struct tm tm;
    uint64_t mark;
    random_bytes(&mark, sizeof mark);
    gmtime_r(&now, &tm);
    return mem_format("%04d%02d%02dT%02d%02d%02dZ-%016" PRIx64 ".eml", tm.tm_year + 1900,
                      tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, mark);
}

static int open_folder(const char *folder, struct err *err)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        io_failed(err, "make the folder", folder);
        return -1;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        io_failed(err, "open the folder", folder);
    return fd;
}

static bool write_all(int fd, const struct buf *bytes)
{
    for (size_t at = 0; at < bytes->len;) {
        ssize_t count = write(fd, bytes->data + at, bytes->len - at);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        at += (size_t)count;
    }
    return true;
}

static bool write_file(int folder_fd, const char *name, const struct buf *bytes)
{
    CLEANUP(close_fd)
    int fd =
        openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd >= 0 && fchmod(fd, 0600) == 0 && write_all(fd, bytes) && fsync(fd) == 0;
}

bool outbox_write(const char *folder, const struct message *message, char **ret_name,
                  struct err *err)
{
    CLEANUP(close_fd) int folder_fd = open_folder(folder, err);
    if (folder_fd < 0)
        return false;
    CLEANUP(mem_freep) char *name = new_name();
    CLEANUP(mem_freep) char *beside = mem_format(".%s.tmp", name);
    if (!write_file(folder_fd, beside, &message->bytes) ||
        renameat(folder_fd, beside, folder_fd, name) != 0) {
        io_failed(err, "write a letter", folder);
        unlinkat(folder_fd, beside, 0);
        return false;
    }
    if (fsync(folder_fd) != 0)
        return io_failed(err, "write a letter for good", folder);
    *ret_name = TAKE(name);
    return true;
}
