/* See heir.h. */
#include "server/heir.h"

#include "base/file.h"
#include "base/mem.h"
#include "server/deeds.h"
#include "server/handover.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWER_S = 10 };

static bool read_fds(const char *text, struct listener *listener)
{
    for (char *end; *text && listener->count < LISTENER_SOCKETS; text = end + (*end == ',')) {
        long fd = strtol(text, &end, 10);
        if (end == text || fcntl((int)fd, F_SETFD, FD_CLOEXEC) != 0)
            return false;
        listener->fds[listener->count++] = (int)fd;
    }
    return listener->count > 0;
}

static bool read_listener(struct listeners *listeners, const char *line)
{
    char kind[8], fds[32], url[128], path[4096];
    struct listener listener = {0};
    if (sscanf(line, "%7[^\t]\t%31[^\t]\t%127[^\t]\t%4095[^\n]", kind, fds, url, path) != 4 ||
        !read_fds(fds, &listener))
        return false;
    memcpy(listener.url, url, sizeof url);
    listener.unix_path = strcmp(path, "-") == 0 ? NULL : mem_text(path);
    if (strcmp(kind, "admin") == 0) {
        listeners->admin = listener;
        listeners->has_admin = true;
        return true;
    }
    listeners->public =
        mem_resize(listeners->public, listeners->npublic + 1, sizeof *listeners->public);
    listeners->public[listeners->npublic++] = listener;
    return true;
}

/* What else the other had open when it started this one. */
static void close_others(const struct listeners *listeners, int channel)
{
    fd_set ours;
    FD_ZERO(&ours);
    FD_SET(channel, &ours);
    for (size_t i = 0; i <= listeners->npublic; i++) {
        const struct listener *listener =
            i < listeners->npublic ? &listeners->public[i] : &listeners->admin;
        for (size_t k = 0; k < listener->count; k++)
            FD_SET(listener->fds[k], &ours);
    }
    for (int fd = STDERR_FILENO + 1; fd < FD_SETSIZE; fd++)
        if (!FD_ISSET(fd, &ours))
            close(fd);
}

bool heir_take(struct listeners *listeners, int *ret_channel, struct err *err)
{
    const char *line = getenv(HANDOVER_VARIABLE);
    *ret_channel = -1;
    if (!line)
        return true;
    bool good = sscanf(line, "channel %d\n", ret_channel) == 1 &&
                fcntl(*ret_channel, F_SETFD, FD_CLOEXEC) == 0;
    while (good && (line = strchr(line, '\n')) && *++line)
        good = read_listener(listeners, line);
    unsetenv(HANDOVER_VARIABLE);
    if (good)
        close_others(listeners, *ret_channel);
    return good ||
           err_set(err, ERR_INPUT, HANDOVER_VARIABLE " is not what another program has left");
}

static bool tell(int channel, char word)
{
    return send(channel, &word, 1, MSG_NOSIGNAL) == 1;
}

static bool receive(int fd, void *data, size_t len)
{
    return file_read_all(fd, data, len) == (ssize_t)len;
}

bool heir_ready(int channel, struct buf *out, struct err *err)
{
    struct timeval patience = {.tv_sec = ANSWER_S};
    uint64_t len = 0;
    setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    bool good = tell(channel, HANDOVER_READY) && receive(channel, &len, sizeof len);
    while (good && len > 0) {
        char part[4096];
        size_t some = len < sizeof part ? len : sizeof part;
        good = receive(channel, part, some);
        buf_add(out, part, some);
        len -= some;
    }
    return good || err_set(err, ERR_STATE, "the program that runs does not make room");
}

/* What admins did there, up to the end of it. */
static void take_deeds(int channel)
{
    CLEANUP(buf_done) struct buf deeds = {0};
    char part[4096];
    ssize_t n;
    while ((n = file_read_all(channel, part, sizeof part)) > 0)
        buf_add(&deeds, part, (size_t)n);
    deeds_take((struct slice){deeds.data, deeds.len});
}

/* Until the other has closed its end, it is the one that the service manager listens to. */
void heir_serves(int *channel)
{
    if (*channel < 0)
        return;
    if (tell(*channel, HANDOVER_SERVES))
        take_deeds(*channel);
    close(*channel);
    *channel = -1;
}

void heir_fails(int channel, const char *why)
{
    char words[ERR_TEXT + 1];
    int len = snprintf(words, sizeof words, "%c%s", HANDOVER_FAILS, why);
    send(channel, words, (size_t)len < sizeof words ? (size_t)len : sizeof words - 1,
         MSG_NOSIGNAL);
}
