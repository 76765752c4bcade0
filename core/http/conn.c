/* The life of a connection.  See conn.h. */
#include "http/conn.h"

#include "base/clock.h"
#include "base/mem.h"
#include "http/exchange.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* How long a keep-alive connection may wait for a request when the server drains: as long as
 * one that is already on its way may need. */
#define DRAIN_IDLE (NS_PER_S / 4)

/* ---- deadlines ---- */

static uint64_t body_deadline(const struct conn *conn)
{
    const struct http_limits *limits = &conn->server->limits;
    uint64_t due =
        conn->since + limits->body_grace + conn->bytes * NS_PER_S / limits->body_rate;

    if (conn->discard_since && conn->discard_since + limits->discard < due)
        due = conn->discard_since + limits->discard;
    return due;
}

static uint64_t deadline(const struct conn *conn)
{
    const struct http_limits *limits = &conn->server->limits;

    switch (conn->phase) {
    case CONN_HEADERS:
        return conn->since + limits->header;
    case CONN_BODY:
        return body_deadline(conn);
    case CONN_SENDING:
        return conn->since + limits->send + conn->bytes * NS_PER_S / limits->body_rate;
    case CONN_IDLE:
        return conn->since + (conn->server->is_draining ? DRAIN_IDLE : limits->idle);
    case CONN_RUNNING:
        break;
    }
    return UINT64_MAX;
}

/* The shortest limit: a timer that fires this often is never late for any. */
static uint64_t slice(const struct http_limits *limits)
{
    uint64_t all[] = {limits->header, limits->idle, limits->body_grace, limits->discard,
                      limits->send};
    uint64_t least = all[0];

    for (size_t i = 1; i < sizeof all / sizeof *all; i++)
        if (all[i] < least)
            least = all[i];
    return least;
}

/* Checks are gathered on whole sixteenths of the slice, so that ten thousand idle
 * connections wake the loop about twice a second instead of a thousand times. */
static void set_timer(struct conn *conn, uint64_t due)
{
    struct loop *loop = conn->server->loop;
    uint64_t longest = slice(&conn->server->limits), grain = longest / 16 + 1;
    uint64_t check = (loop_now(loop) + longest) / grain * grain;

    loop_timer_set(loop, &conn->timer, due < check ? due : check);
}

static void timer_fired(struct loop_timer *timer)
{
    struct conn *conn = timer->owner;
    uint64_t due = deadline(conn);

    if (due <= loop_now(conn->server->loop))
        conn_cut(conn);
    else
        set_timer(conn, due);
}

void conn_enter(struct conn *conn, enum conn_phase phase)
{
    conn->phase = phase;
    conn->since = loop_now(conn->server->loop);
    if (phase == CONN_IDLE && conn->server->is_draining)
        set_timer(conn, deadline(conn));
}

/* ---- the peer ---- */

static void peer_has_gone(struct loop_watch *watch, uint32_t events)
{
    struct conn *conn = watch->owner;

    (void)events; /* EPOLLRDHUP, EPOLLHUP or EPOLLERR: the same to us */
    conn->is_gone = true;
    if (conn->exchange)
        exchange_gone(conn->exchange);
}

void conn_watch(struct conn *conn)
{
    if (conn->is_watched)
        return;
    conn->watch = (struct loop_watch){.fd = conn->fd, .ready = peer_has_gone, .owner = conn};
    /* If it fails (no memory in the kernel) the handler's deadline still ends the wait. */
    conn->is_watched = loop_add(conn->server->loop, &conn->watch, EPOLLRDHUP | EPOLLET, NULL);
}

void conn_cut(struct conn *conn)
{
    shutdown(conn->fd, SHUT_RDWR);
}

void conn_drain(struct conn *conn)
{
    int waiting = 0;

    if (conn->exchange)
        return;
    if (ioctl(conn->fd, FIONREAD, &waiting) < 0 || waiting == 0)
        conn_cut(conn);
}

static void print_address(const struct sockaddr *address, char *out)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    out[0] = '\0';
    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        inet_ntop(AF_INET, &v4.sin_addr, out, HTTP_IP);
    } else if (address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof v6);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
            inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, out, HTTP_IP);
        else
            inet_ntop(AF_INET6, &v6.sin6_addr, out, HTTP_IP);
    }
}

/* ---- life ---- */

struct conn *conn_new(struct http_server *server, int fd)
{
    struct conn *conn = mem_new(1, sizeof *conn);

    conn->server = server;
    conn->fd = fd;
    conn->admin = server->adding->admin;
    print_address(server->peer, conn->ip);
    conn->timer = (struct loop_timer){.fire = timer_fired, .owner = conn};
    conn_enter(conn, CONN_HEADERS);
    set_timer(conn, deadline(conn));
    conn->next = server->conns;
    if (conn->next)
        conn->next->previous = conn;
    server->conns = conn;
    daemon_count(server, 1);
    return conn;
}

void conn_free(struct conn *conn)
{
    struct http_server *server = conn->server;

    if (conn->exchange)
        exchange_end(conn->exchange);
    if (conn->is_watched)
        loop_remove(server->loop, &conn->watch);
    loop_timer_clear(server->loop, &conn->timer);
    if (conn->next)
        conn->next->previous = conn->previous;
    if (conn->previous)
        conn->previous->next = conn->next;
    else
        server->conns = conn->next;
    daemon_count(server, -1);
    free(conn);
}
