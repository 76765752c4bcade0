/*
 * Addresses as people write them into listening sockets.  Every worker accepts from the same
 * socket, so a listener is made once and outlives them all.
 */
#include "server/listener.h"

#include "base/mem.h"
#include "base/str.h"
#include "server/unix_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* An address taken apart; host is empty for all addresses. */
struct target {
    char host[256];
    char port[8];
    bool is_v6; /* was in brackets */
};

static bool not_an_address(const char *address, struct err *err)
{
    return err_set(err, ERR_INPUT,
                   "'%s' is no address to listen on; allowed are host:port, [::1]:port, :port "
                   "and unix:/path",
                   address);
}

static bool parse(const char *address, struct target *ret_target, struct err *err)
{
    struct target target = {.is_v6 = address[0] == '['};
    const char *colon = strrchr(address, ':');
    const char *host = address;
    int64_t port = 0;
    if (!colon || !str_to_int64(slice_of(colon + 1), 0, 65535, &port))
        return not_an_address(address, err);
    size_t len = (size_t)(colon - address);
    if (target.is_v6) {
        if (len < 4 || address[len - 1] != ']')
            return not_an_address(address, err);
        host++;
        len -= 2;
    }
    if (len >= sizeof target.host || (!target.is_v6 && memchr(host, ':', len)))
        return not_an_address(address, err);
    memcpy(target.host, host, len);
    snprintf(target.port, sizeof target.port, "%u", (unsigned)port & 0xffffU);
    *ret_target = target;
    return true;
}

static const char *unix_path_of(const char *address)
{
    return strncmp(address, "unix:", 5) == 0 ? address + 5 : NULL;
}

bool listener_check(const char *address, struct err *err)
{
    const char *path = unix_path_of(address);
    if (path)
        return path[0] == '/' || not_an_address(address, err);
    struct target target;
    return parse(address, &target, err);
}

static bool listen_failed(const char *address, struct err *err)
{
    const char *advice = "";
    if (errno == EADDRINUSE)
        advice = ": another program listens there; stop it or choose another address";
    else if (errno == EACCES)
        advice = ": ports below 1024 belong to the administrator";
    return err_set(err, ERR_IO, "cannot listen on %s: %s%s", address, strerror(errno), advice);
}

/* One socket on one resolved address; the error is in errno. */
static int open_socket(const struct addrinfo *info, bool both_families)
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1, v6_only = both_families ? 0 : 1;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (info->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* Where the socket really is, since port 0 lets the system choose. */
static void describe(int fd, char *url, size_t size)
{
    struct sockaddr_storage bound = {0};
    socklen_t len = sizeof bound;
    char host[NI_MAXHOST] = "?", port[NI_MAXSERV] = "?";
    if (getsockname(fd, (struct sockaddr *)&bound, &len) == 0)
        getnameinfo((struct sockaddr *)&bound, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV);
    bool v6 = bound.ss_family == AF_INET6;
    snprintf(url, size, v6 ? "http://[%.80s]:%.8s" : "http://%.80s:%.8s", host, port);
}

/* ":8080" is both families through one IPv6 socket, or IPv4 where the system has no IPv6. */
static int open_everywhere(const char *port)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any};
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    v6.sin6_port = v4.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    struct addrinfo info = {
        .ai_family = AF_INET6, .ai_addr = (struct sockaddr *)&v6, .ai_addrlen = sizeof v6};
    int fd = open_socket(&info, true);
    if (fd >= 0 || errno == EADDRINUSE || errno == EACCES)
        return fd;
    info = (struct addrinfo){
        .ai_family = AF_INET, .ai_addr = (struct sockaddr *)&v4, .ai_addrlen = sizeof v4};
    return open_socket(&info, false);
}

static bool open_tcp(const char *address, int *ret_fd, struct err *err)
{
    struct target target;
    if (!parse(address, &target, err))
        return false;
    int fd = -1;
    if (!target.host[0]) {
        fd = open_everywhere(target.port);
    } else {
        struct addrinfo hints = {.ai_family = target.is_v6 ? AF_INET6 : AF_UNSPEC,
                                 .ai_socktype = SOCK_STREAM,
                                 .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
        struct addrinfo *found = NULL;
        int failure = getaddrinfo(target.host, target.port, &hints, &found);
        if (failure != 0)
            return err_set(err, ERR_INPUT, "cannot listen on %s: %s", address,
                           gai_strerror(failure));
        for (struct addrinfo *info = found; info && fd < 0; info = info->ai_next)
            fd = open_socket(info, false);
        int why = errno;
        freeaddrinfo(found);
        errno = why;
    }
    if (fd < 0)
        return listen_failed(address, err);
    *ret_fd = fd;
    return true;
}

bool listener_open(const char *address, struct listener *ret_listener, struct err *err)
{
    struct listener listener = {.fd = -1};
    const char *path = unix_path_of(address);
    if (path) {
        if (!listener_check(address, err) ||
            !unix_socket_listen(path, 0660, &listener.fd, err)) /* for a proxy's group */
            return false;
        listener.unix_path = mem_text(path);
        snprintf(listener.url, sizeof listener.url, "unix:%.120s", path);
    } else {
        if (!open_tcp(address, &listener.fd, err))
            return false;
        describe(listener.fd, listener.url, sizeof listener.url);
    }
    *ret_listener = listener;
    return true;
}

void listener_close(struct listener *listener)
{
    if (!listener)
        return;
    if (listener->fd >= 0)
        close(listener->fd);
    if (listener->unix_path)
        unlink(listener->unix_path);
    free(listener->unix_path);
    *listener = (struct listener){.fd = -1};
}
