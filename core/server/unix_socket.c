/*
 * The one difficulty with Unix sockets is the name: it is a file that outlives a killed server,
 * and an address has room for 107 bytes only.  A stale file is told from a living one by
 * connecting to it; a long path is reached through /proc/self/fd/N of its folder.
 */
#include "server/unix_socket.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* An address, and the folder that has to stay open as long as it is used (-1: none). */
struct place {
    struct sockaddr_un address;
    int folder;
};

static bool place_open(const char *path, struct place *ret_place, struct err *err)
{
    struct place place = {.address = {.sun_family = AF_UNIX}, .folder = -1};
    size_t room = sizeof place.address.sun_path;
    if (strlen(path) < room) {
        memcpy(place.address.sun_path, path, strlen(path) + 1);
        *ret_place = place;
        return true;
    }
    CLEANUP(mem_freep) char *folder = mem_text(path);
    char *slash = strrchr(folder, '/');
    if (!slash || strlen(slash) > room - 32)
        return err_set(err, ERR_INPUT, "the name of the socket '%s' is too long", path);
    *slash = '\0';
    place.folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (place.folder < 0)
        return err_set(err, ERR_IO, "cannot open '%s': %s", folder, strerror(errno));
    snprintf(place.address.sun_path, room, "/proc/self/fd/%d/%s", place.folder, slash + 1);
    *ret_place = place;
    return true;
}

static void place_close(struct place *place)
{
    if (place->folder >= 0)
        close(place->folder);
}

static const struct sockaddr *place_address(const struct place *place)
{
    return (const struct sockaddr *)(const void *)&place->address;
}

/* Nobody may be there when this server comes; a dead one's file is removed. */
static bool make_room(const struct place *place, const char *path, struct err *err)
{
    struct stat found;
    if (lstat(place->address.sun_path, &found) != 0)
        return errno == ENOENT ||
               err_set(err, ERR_IO, "cannot look at '%s': %s", path, strerror(errno));
    if (!S_ISSOCK(found.st_mode))
        return err_set(err, ERR_IO, "'%s' is there and is no socket; remove it", path);

    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return err_set(err, ERR_IO, "cannot make a socket: %s", strerror(errno));
    int refused = 0;
    if (connect(probe, place_address(place), sizeof place->address) != 0)
        refused = errno;
    close(probe);
    if (refused != ECONNREFUSED && refused != ENOENT) /* EAGAIN: its queue is full */
        return err_set(err, ERR_STATE, "another server answers on '%s'", path);
    if (unlink(place->address.sun_path) != 0 && errno != ENOENT)
        return err_set(err, ERR_IO, "cannot remove '%s': %s", path, strerror(errno));
    return true;
}

bool unix_socket_listen(const char *path, mode_t mode, int *ret_fd, struct err *err)
{
    struct place place;
    if (!place_open(path, &place, err))
        return false;
    if (!make_room(&place, path, err)) {
        place_close(&place);
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* The socket's own mode, so that the file is never wider open than asked for. */
    bool ok = fd >= 0 && fchmod(fd, mode) == 0 &&
              bind(fd, place_address(&place), sizeof place.address) == 0 &&
              chmod(place.address.sun_path, mode) == 0 && listen(fd, SOMAXCONN) == 0;
    if (!ok) {
        err_set(err, ERR_IO, "cannot listen on '%s': %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
    }
    place_close(&place);
    if (ok)
        *ret_fd = fd;
    return ok;
}

bool unix_socket_connect(const char *path, int *ret_fd, struct err *err)
{
    struct place place;
    if (!place_open(path, &place, err))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, place_address(&place), sizeof place.address) == 0;
    if (!ok) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            err_set(err, ERR_STATE, "no server answers on '%s'", path);
        else
            err_set(err, ERR_IO, "cannot connect to '%s': %s%s", path, strerror(errno),
                    errno == EACCES ? ": run this as the account of its server" : "");
        if (fd >= 0)
            close(fd);
    }
    place_close(&place);
    if (ok)
        *ret_fd = fd;
    return ok;
}
