/*
 * Addresses as people write them into listening sockets.  Every worker accepts from the same
 * socket, so a listener is made once and outlives them all.
 */
#include "server/listener.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/url.h"
#include "server/unix_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
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
    struct url_host host;
    int64_t port = 0;
    if (!url_host(slice_of(address), &host) || !str_to_int64(host.port, 0, 65535, &port) ||
        (host.in_brackets && host.name.len < 2) || host.name.len >= sizeof ret_target->host)
        return not_an_address(address, err);
    *ret_target = (struct target){.is_v6 = host.in_brackets};
    memcpy(ret_target->host, host.name.data, host.name.len);
    snprintf(ret_target->port, sizeof ret_target->port, "%u", (unsigned)port & 0xffffU);
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
        advice = ": another program listens there; stop it, or choose another port "
                 "(`make run ARGS=\"--listen 127.0.0.1:8090 --admin-listen 127.0.0.1:8091\"`)";
    else if (errno == EADDRNOTAVAIL)
        advice = ": this machine has no such address; :PORT alone means all it has";
    else if (errno == EACCES)
        advice = ": ports below 1024 belong to the administrator";
    return err_set(err, ERR_IO, "cannot listen on %s: %s%s", address, strerror(errno), advice);
}

static in_port_t port_of(const struct sockaddr *address)
{
    return address->sa_family == AF_INET6
               ? ((const struct sockaddr_in6 *)(const void *)address)->sin6_port
               : ((const struct sockaddr_in *)(const void *)address)->sin_port;
}

/* One socket on one resolved address; the error is in errno. */
static int open_socket(const struct addrinfo *info, bool both_families)
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int named = port_of(info->ai_addr) != 0, v6_only = both_families ? 0 : 1;
    if (fd < 0)
        return -1;
    /* Else two who let the system choose are given one port, and one is refused later. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &named, sizeof named);
    if (info->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0)
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
    if (bound.ss_family == AF_UNIX) {
        snprintf(url, size, "unix:%.107s", ((struct sockaddr_un *)&bound)->sun_path);
        return;
    }
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

/* The port that a socket was really given, in the text that getaddrinfo() takes. */
static void read_port(int fd, char *port, size_t size)
{
    struct sockaddr_storage bound = {0};
    socklen_t len = sizeof bound;
    if (getsockname(fd, (struct sockaddr *)&bound, &len) == 0)
        getnameinfo((struct sockaddr *)&bound, len, NULL, 0, port, (socklen_t)size,
                    NI_NUMERICSERV);
}

static void set_port(struct sockaddr *address, const char *port)
{
    in_port_t number = htons((uint16_t)strtoul(port, NULL, 10));
    if (address->sa_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = number;
    else
        ((struct sockaddr_in *)address)->sin_port = number;
}

/* Does this system lack the address, although a file names it? */
static bool is_absent(int error)
{
    return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

/* A socket of each family that the name has, on one port.  False: nothing listens, and the
 * error is in errno. */
static bool open_found(const struct addrinfo *found, const char *wanted,
                       struct listener *listener)
{
    char port[8];
    int families[LISTENER_SOCKETS] = {0};
    snprintf(port, sizeof port, "%s", wanted);
    for (; found && listener->count < LISTENER_SOCKETS; found = found->ai_next) {
        if (listener->count && families[0] == found->ai_family)
            continue;
        set_port(found->ai_addr, port);
        int fd = open_socket(found, false);
        if (fd < 0 && is_absent(errno))
            continue;
        if (fd < 0)
            return false;
        families[listener->count] = found->ai_family;
        listener->fds[listener->count++] = fd;
        read_port(fd, port, sizeof port);
    }
    return listener->count > 0;
}

static void close_sockets(struct listener *listener)
{
    while (listener->count)
        close(listener->fds[--listener->count]);
}

enum { PORT_TRIES = 8 /* of a port that the system chose, and that the other family lacks */ };

static bool open_name(const char *address, const struct target *target,
                      struct listener *listener, struct err *err)
{
    struct addrinfo hints = {.ai_family = target->is_v6 ? AF_INET6 : AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    /* No name is the loopback of both families, whatever /etc/hosts makes of localhost. */
    bool is_local = strcasecmp(target->host, "localhost") == 0;
    int failure = getaddrinfo(is_local ? NULL : target->host, target->port, &hints, &found);
    if (failure != 0)
        return err_set(err, ERR_INPUT, "cannot listen on %s: %s", address,
                       gai_strerror(failure));
    bool good = false;
    for (int i = 0; i < PORT_TRIES && !good; i++) {
        close_sockets(listener);
        good = open_found(found, target->port, listener);
        if (!good && (errno != EADDRINUSE || strcmp(target->port, "0") != 0))
            break;
    }
    int why = errno;
    freeaddrinfo(found);
    if (good)
        return true;
    close_sockets(listener);
    errno = why;
    return listen_failed(address, err);
}

static bool open_tcp(const char *address, struct listener *listener, struct err *err)
{
    struct target target;
    if (!parse(address, &target, err))
        return false;
    if (target.host[0]) {
        if (!open_name(address, &target, listener, err))
            return false;
    } else {
        int fd = open_everywhere(target.port);
        if (fd < 0)
            return listen_failed(address, err);
        listener->fds[listener->count++] = fd;
    }
    describe(listener->fds[0], listener->url, sizeof listener->url);
    if (listener->count > 1) {
        char port[8] = "?";
        read_port(listener->fds[0], port, sizeof port);
        snprintf(listener->url, sizeof listener->url, "http://%.80s:%s", target.host, port);
    }
    return true;
}

bool listener_open(const char *address, struct listener *ret_listener, struct err *err)
{
    struct listener listener = {0};
    const char *path = unix_path_of(address);
    if (path) {
        if (!listener_check(address, err) || /* for a proxy's group */
            !unix_socket_listen(path, 0660, &listener.fds[0], err))
            return false;
        listener.count = 1;
        listener.unix_path = mem_text(path);
        snprintf(listener.url, sizeof listener.url, "unix:%.120s", path);
    } else if (!open_tcp(address, &listener, err)) {
        return false;
    }
    *ret_listener = listener;
    return true;
}

static int option_of(int fd, int option)
{
    int value = 0;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 ? value : 0;
}

bool listener_take(int fd, struct listener *ret_listener, struct err *err)
{
    struct listener listener = {.fds = {fd}, .count = 1};
    if (option_of(fd, SO_TYPE) != SOCK_STREAM || !option_of(fd, SO_ACCEPTCONN))
        return err_set(err, ERR_INPUT, "descriptor %d is no listening stream socket", fd);
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return err_set(err, ERR_IO, "descriptor %d: %s", fd, strerror(errno));
    describe(fd, listener.url, sizeof listener.url);
    *ret_listener = listener;
    return true;
}

bool listener_listen(const struct listener *listener, struct err *err)
{
    for (size_t i = 0; i < listener->count; i++)
        if (listen(listener->fds[i], SOMAXCONN) != 0)
            return listen_failed(listener->url, err);
    return true;
}

void listener_close(struct listener *listener)
{
    if (!listener)
        return;
    close_sockets(listener);
    if (listener->unix_path)
        unlink(listener->unix_path);
    free(listener->unix_path);
    *listener = (struct listener){0};
}
