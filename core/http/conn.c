/* The life of a connection.  See conn.h. */
#include "http/conn.h"

#include "base/clock.h"
#include "base/mem.h"
#include "http/exchange.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { STATE_CLOSE_WAIT = 8 /* TCP_CLOSE_WAIT, which only the C library's header has */ };

/* How long a connection may wait for a request when the server drains: as long as one that is
 * already on its way may need, and a busy client between two of them. */
#define DRAIN_IDLE (NS_PER_S / 4)

/* ---- deadlines ---- */

/* What the system knows of a TCP connection; false for Unix sockets. */
static bool ask_tcp(const struct conn *conn, struct tcp_info *ret)
{
    socklen_t len = sizeof *ret;

    *ret = (struct tcp_info){0};
    return getsockopt(conn->fd, IPPROTO_TCP, TCP_INFO, ret, &len) == 0;
}

/* Bytes that the peer's machine has taken on this connection; 0 where the system does not
 * say (Unix sockets). */
static uint64_t taken(const struct conn *conn)
{
    struct tcp_info info;

    return ask_tcp(conn, &info) ? info.tcpi_bytes_acked : 0;
}

static uint64_t transferred(const struct conn *conn)
{
    return conn->phase == CONN_BODY ? conn->bytes : taken(conn);
}

/* Begins to count anew where the rate was kept until now. */
static void renew(struct conn *conn)
{
    uint64_t now = loop_now(conn->server->loop), moved = transferred(conn);
    uint64_t wanted = (now - conn->since) * conn->server->limits.body_rate / NS_PER_S;

    if (conn->is_marked && moved - conn->mark <= wanted)
        return;
    conn->since = now;
    conn->mark = moved;
    conn->is_marked = true;
}

/* A transfer's time: a grace, and a second for so many bytes.  Of a whole answer, where
 * nobody says how much has been taken. */
static uint64_t transfer_deadline(const struct conn *conn, uint64_t grace)
{
    uint64_t moved = transferred(conn);
    uint64_t bytes = moved || conn->phase == CONN_BODY ? moved - conn->mark : conn->bytes;

    return conn->since + grace + bytes * NS_PER_S / conn->server->limits.body_rate;
}

static uint64_t body_deadline(const struct conn *conn)
{
    const struct http_limits *limits = &conn->server->limits;
    uint64_t due = transfer_deadline(conn, limits->body_grace);

    if (conn->discard_since && conn->discard_since + limits->discard < due)
        due = conn->discard_since + limits->discard;
    return due;
}

/* Does the server drain, and has nothing come on this new connection yet? */
static bool is_silent(const struct conn *conn)
{
    struct tcp_info info;

    return conn->server->is_draining && !conn->exchange &&
           (!ask_tcp(conn, &info) || !info.tcpi_data_segs_in);
}

static uint64_t deadline(const struct conn *conn)
{
    const struct http_limits *limits = &conn->server->limits;

    switch (conn->phase) {
    case CONN_ARRIVING:
    case CONN_HEADERS:
        return conn->since + (is_silent(conn) ? DRAIN_IDLE : limits->header);
    case CONN_BODY:
        return body_deadline(conn);
    case CONN_SENDING:
        return transfer_deadline(conn, limits->send);
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

/* What its time was too short for; NULL where nothing was begun. */
static const char *too_slow(const struct conn *conn)
{
    struct tcp_info info;

    switch (conn->phase) {
    case CONN_HEADERS: /* browsers open connections before they need them */
        return conn->exchange || (ask_tcp(conn, &info) && info.tcpi_data_segs_in)
                   ? "a head that came too slowly"
                   : NULL;
    case CONN_BODY:
        return "a body that came too slowly";
    case CONN_SENDING:
        return "an answer that was taken too slowly";
    case CONN_ARRIVING:
    case CONN_RUNNING:
    case CONN_IDLE:
        break;
    }
    return NULL;
}

/* Has the client of an idle connection sent its FIN?  Where that came right behind a request,
 * libmicrohttpd has not been told by epoll, and would keep it for its full time. */
static bool has_left(const struct conn *conn)
{
    struct tcp_info info;

    return conn->phase == CONN_IDLE && ask_tcp(conn, &info) &&
           info.tcpi_state == STATE_CLOSE_WAIT;
}

static bool has_unread(const struct conn *conn)
{
    int waiting = 0;

    return ioctl(conn->fd, FIONREAD, &waiting) == 0 && waiting > 0;
}

static void timer_fired(struct loop_timer *timer)
{
    struct conn *conn = timer->owner;

    if (has_left(conn)) {
        conn_cut(conn);
        return;
    }
    if (conn->phase == CONN_BODY || conn->phase == CONN_SENDING)
        renew(conn);
    if (conn->phase == CONN_IDLE && has_unread(conn))
        conn->since = loop_now(conn->server->loop); /* its request is about to be read */
    uint64_t due = deadline(conn);
    if (due > loop_now(conn->server->loop)) {
        set_timer(conn, due);
        return;
    }
    const char *why = too_slow(conn);
    if (why)
        daemon_refused(conn->server, 0, why);
    conn_cut(conn);
}

void conn_enter(struct conn *conn, enum conn_phase phase)
{
    conn->phase = phase;
    conn->mark = 0;
    conn->is_marked = phase == CONN_BODY;
    conn->since = loop_now(conn->server->loop);
    if (conn->server->is_draining && (phase == CONN_IDLE || phase == CONN_HEADERS))
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
    conn->is_cut = true;
    shutdown(conn->fd, SHUT_RDWR);
}

void conn_drain(struct conn *conn)
{
    if (!conn->exchange)
        conn_enter(conn, conn->phase);
}

/* ---- its end ---- */

/* Has it ended without an answer and without a request, although something came?  Then
 * libmicrohttpd has closed it over bytes that are no request line, or the client has left. */
static bool was_no_request(const struct conn *conn)
{
    struct tcp_info info;

    return conn->phase == CONN_HEADERS && !conn->exchange && !conn->is_cut &&
           ask_tcp(conn, &info) && info.tcpi_data_segs_in && !info.tcpi_data_segs_out;
}

/* ---- life ---- */

struct conn *conn_new(struct http_server *server, int fd, const struct arrival *from)
{
    struct conn *conn = mem_new(1, sizeof *conn);

    conn->server = server;
    conn->fd = fd;
    conn->from = *from;
    conn->timer = (struct loop_timer){.fire = timer_fired, .owner = conn};
    conn_enter(conn, CONN_ARRIVING);
    server->arriving++;
    set_timer(conn, deadline(conn));
    conn->next = server->conns;
    if (conn->next)
        conn->next->previous = conn;
    server->conns = conn;
    daemon_count(server, 1);
    return conn;
}

struct conn *conn_arriving(const struct http_server *server, int fd)
{
    struct conn *conn = server->conns; /* the newest first */

    while (conn && (conn->phase != CONN_ARRIVING || conn->fd != fd))
        conn = conn->next;
    return conn;
}

void conn_free(struct conn *conn)
{
    if (!conn)
        return;
    struct http_server *server = conn->server;

    if (was_no_request(conn))
        daemon_refused(server, 0, "bytes that are no request line");
    if (conn->exchange)
        exchange_end(conn->exchange);
    if (conn->from.is_counted)
        http_tally_give(server->tally, &conn->from.peer);
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
    if (conn->phase == CONN_ARRIVING)
        server->arriving--;
    free(conn);
}

struct conn *conn_begin(struct http_server *server, int fd)
{
    struct conn *conn = conn_arriving(server, fd);

    server->arriving--;
    conn_enter(conn, CONN_HEADERS);
    return conn;
}

bool conn_free_arriving(struct http_server *server)
{
    bool were_any = server->arriving;
    struct conn *next;

    for (struct conn *conn = server->conns; conn && server->arriving; conn = next) {
        next = conn->next;
        if (conn->phase == CONN_ARRIVING)
            conn_free(conn);
    }
    return were_any;
}
