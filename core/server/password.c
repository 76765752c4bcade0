/* See password.h. */
#include "server/password.h"

#include "base/crypto.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FILE = 1024 };

bool password_read(const char *path, char **ret_password, struct err *err)
{
    char text[MAX_FILE + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "cannot open the password file '%s': %s", path,
                       strerror(errno));
    ssize_t got = read(fd, text, MAX_FILE);
    int why = errno;
    close(fd);
    if (got < 0)
        return err_set(err, ERR_IO, "cannot read the password file '%s': %s", path,
                       strerror(why));
    text[got] = '\0';
    size_t len = strcspn(text, "\r\n");
    bool good = len > 0 && len < MAX_FILE && (text[len] != '\0' || len == (size_t)got);
    if (good)
        *ret_password = mem_copy(text, len);
    crypto_wipe(text, sizeof text);
    return good || err_set(err, ERR_INPUT,
                           "the password file '%s' holds no password in its first line", path);
}

void password_free(char *password)
{
    if (password)
        crypto_wipe(password, strlen(password));
    free(password);
}
