/* See dump_file.h.  Its first line, or the one behind a remark for newer clients, names the
 * program; its last one says that it is complete. */
#include "server/dump_file.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LOOK = 512 };

/* Are the words in the bytes at the file's beginning, or at its end? */
static bool has_words(const char *path, int whence, const char *const *words, bool *ret_has,
                      struct err *err)
{
    char text[LOOK];
    CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
    if (whence == SEEK_END)
        lseek(fd, -(off_t)LOOK, SEEK_END); /* a shorter one is read from its beginning */
    ssize_t len = file_read_all(fd, text, sizeof text);
    if (len < 0)
        return err_set(err, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
    *ret_has = false;
    for (; *words && !*ret_has; words++)
        *ret_has = memmem(text, (size_t)len, *words, strlen(*words)) != NULL;
    return true;
}

bool dump_file_is_one(const char *path, struct err *err)
{
    static const char *const words[] = {"-- MariaDB dump", "-- MySQL dump", NULL};
    bool has;
    return has_words(path, SEEK_SET, words, &has, err) &&
           (has || err_set(err, ERR_INPUT, "'%s' is no dump of MariaDB", path));
}

bool dump_file_is_whole(const char *path, struct err *err)
{
    static const char *const words[] = {"\n-- Dump completed", NULL};
    bool has;
    return has_words(path, SEEK_END, words, &has, err) &&
           (has || err_set(err, ERR_INPUT, "'%s' is cut: its end is missing", path));
}
