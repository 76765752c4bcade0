/* See file.h. */
#include "base/file.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fdp(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

bool file_read(const char *path, size_t max, struct buf *out, struct err *err)
{
    CLEANUP(close_fdp) int fd = open(path, O_RDONLY | O_CLOEXEC);
    char part[16 * 1024];
    size_t total = 0;
    ssize_t n = fd < 0 ? -1 : 1;
    while (n > 0 && total <= max) {
        n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n > 0)
            buf_add(out, part, (size_t)n);
        total += n > 0 ? (size_t)n : 0;
    }
    if (n < 0)
        return err_set(err, ERR_IO, "cannot read %s: %s", path, strerror(errno));
    if (total > max)
        return err_set(err, ERR_LIMIT, "%s has more than %zu bytes", path, max);
    return true;
}

static bool make_folders(const char *path, struct err *err)
{
    CLEANUP(mem_freep) char *copy = mem_text(path);
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            return err_set(err, ERR_IO, "cannot make the folder %s: %s", copy, strerror(errno));
        *slash = '/';
    }
    return true;
}

static bool write_all(int fd, struct slice bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.data, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes = (struct slice){bytes.data + n, bytes.len - (size_t)n};
    }
    return true;
}

bool file_write(const char *path, struct slice bytes, struct err *err)
{
    if (!make_folders(path, err))
        return false;
    CLEANUP(close_fdp) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || !write_all(fd, bytes))
        return err_set(err, ERR_IO, "cannot write %s: %s", path, strerror(errno));
    return true;
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
