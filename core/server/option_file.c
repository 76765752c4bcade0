/* See option_file.h. */
#include "server/option_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FILE = 256 * 1024 };

bool option_file_read(const char *path, const char *origin, struct buf *out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "%s: cannot open '%s': %s", origin, path, strerror(errno));
    ssize_t got = 0;
    char part[4096];
    while (out->len <= MAX_FILE && (got = read(fd, part, sizeof part)) > 0)
        buf_add(out, part, (size_t)got);
    int why = errno;
    close(fd);
    if (got < 0)
        return err_set(err, ERR_IO, "%s: cannot read '%s': %s", origin, path, strerror(why));
    if (out->len > MAX_FILE)
        return err_set(err, ERR_LIMIT, "%s: '%s' is larger than %d bytes", origin, path,
                       MAX_FILE);
    return (out->len == 0 || !memchr(out->data, '\0', out->len)) ||
           err_set(err, ERR_INPUT, "%s: '%s' is not text", origin, path);
}

char *option_trimmed(char *text)
{
    static const char white[] = " \t\r\n";
    text += strspn(text, white);
    size_t len = strlen(text);
    while (len > 0 && strchr(white, text[len - 1]))
        text[--len] = '\0';
    return text;
}
