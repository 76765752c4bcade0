/* The life of a connection.  See conn.h. */
#include "http/conn.h"

#include "base/clock.h"
#include "base/mem.h"
#include "http/refusal.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* What an answer is taken to have moved, and in what time, before anything is known of it. */
enum { PACE_BYTES = 64 * 1024 };
#define PACE_NS (NS_PER_S / 10)

/* TCP_ESTABLISHED and TCP_CLOSE_WAIT, which only the C library's header has. */
enum { STATE_ESTABLISHED = 1, STATE_CLOSE_WAIT = 8 };

/* How long a connection may wait for a request when the server drains and is not patient: as
 * long as one that is already on its way may need, and a busy client between two of them. */
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

static uint64_t answer_deadline(const struct conn *conn)
{
    const struct http_limits *limits = &conn->server->limits;
    uint64_t due = transfer_deadline(conn, limits->send);

    return due < conn->begun + limits->answer ? due : conn->begun + limits->answer;
}

uint64_t conn_pace(const struct conn *conn)
{
    uint64_t past = loop_now(conn->server->loop) - conn->since;
    uint64_t moved = taken(conn) - conn->mark; /* of the whole connection, until it is marked */

    return (moved + PACE_BYTES) * NS_PER_S / (past + PACE_NS);
}

static uint64_t drain_idle(const struct conn *conn)
{
    return conn->server->is_patient ? conn->server->limits.idle : DRAIN_IDLE;
}

static uint64_t deadline(const struct conn *conn)
{
    const struct http_limits *limits = &conn->server->limits;

    switch (conn->phase) {
    case CONN_WAITING:
        return conn->since + (conn->server->is_draining ? drain_idle(conn) : limits->header);
    case CONN_ARRIVING:
    case CONN_HEADERS:
        return conn->since + limits->header;
    case CONN_BODY:
        return body_deadline(conn);
    case CONN_SENDING:
        return answer_deadline(conn);
    case CONN_IDLE:
        return conn->since + (conn->server->is_draining ? drain_idle(conn) : limits->idle);
    case CONN_RUNNING:
        break;
    }
    return UINT64_MAX;
}

/* The shortest limit: a timer that fires this often is never late for any. */
static uint64_t slice(const struct http_limits *limits)
{
    uint64_t all[] = {limits->header,  limits->idle, limits->body_grace,
                      limits->discard, limits->send, limits->answer};
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
    switch (conn->phase) {
    case CONN_HEADERS:
        return "a head that came too slowly";
    case CONN_BODY:
        return "a body that came too slowly";
    case CONN_SENDING:
        return "an answer that was taken too slowly";
    case CONN_WAITING: /* browsers open connections before they need them */
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

bool conn_is_open(const struct conn *conn)
{
    struct tcp_info info;

    return ask_tcp(conn, &info) &&
           (info.tcpi_state == STATE_ESTABLISHED || info.tcpi_state == STATE_CLOSE_WAIT);
}

/* Bytes that have come and that libmicrohttpd has not read. */
static int unread(const struct conn *conn)
{
    int waiting = 0;

    return ioctl(conn->fd, FIONREAD, &waiting) == 0 ? waiting : 0;
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
    if (conn->phase == CONN_IDLE && unread(conn) > 0)
        conn->since = loop_now(conn->server->loop); /* its request is about to be read */
    uint64_t due = deadline(conn);
    if (due > loop_now(conn->server->loop)) {
        set_timer(conn, due);
        return;
    }
    const char *why = too_slow(conn);
    if (why)
        refusal_tell(conn->server, 0, why);
    conn_cut(conn);
}

void conn_enter(struct conn *conn, enum conn_phase phase)
{
    if (conn->phase == CONN_BODY)
        LIST_REMOVE(conn, upload);
    if (phase == CONN_BODY)
        LIST_INSERT_HEAD(&conn->server->uploads, conn, upload);
    conn->phase = phase;
    conn->unread = 0;
    conn->mark = 0;
    conn->is_marked = phase == CONN_BODY;
    conn->since = conn->begun = loop_now(conn->server->loop);
    if (conn->server->is_draining && (phase == CONN_IDLE || phase == CONN_WAITING))
        set_timer(conn, deadline(conn));
}

/* ---- the peer ---- */

bool conn_watch(struct conn *conn, uint32_t events,
                void (*ready)(struct loop_watch *watch, uint32_t events))
{
    if (conn->is_watched)
        return true;
    conn->watch = (struct loop_watch){.fd = conn->fd, .ready = ready, .owner = conn};
    conn->is_watched = loop_add(conn->server->loop, &conn->watch, events, NULL);
    return conn->is_watched;
}

static void unwatch(struct conn *conn)
{
    if (conn->is_watched)
        loop_remove(conn->server->loop, &conn->watch);
    conn->is_watched = false;
}

void conn_cut(struct conn *conn)
{
    conn->is_cut = true;
    shutdown(conn->fd, SHUT_RDWR);
}

void conn_reset(struct conn *conn)
{
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

    (void)connect(conn->fd, &nobody, sizeof nobody); /* resets TCP; others know no reset */
    conn_cut(conn);
}

static bool is_stuck(struct conn *conn)
{
    int waiting = unread(conn), before = conn->unread;
    size_t seen = conn->seen;

    conn->unread = waiting;
    conn->seen = conn->bytes;
    return waiting > 0 && waiting == before && seen == conn->bytes;
}

void conn_end_stuck(struct http_server *server)
{
    static const char why[] = "a chunk extension far too long";
    struct conn *conn;

    LIST_FOREACH(conn, &server->uploads, upload) {
        if (conn->is_cut || !is_stuck(conn))
            continue;
        refusal_tell(server, 400, why);
        refusal_answer(conn->fd, 400, why);
        conn_cut(conn);
    }
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

/* One more for the server, or one less. */
static void count(struct http_server *server, int change)
{
    server->count += (size_t)change;
    if (server->shown)
        *server->shown = server->count;
}

struct conn *conn_new(struct http_server *server, int fd, const struct arrival *from)
{
    struct conn *conn = mem_new(1, sizeof *conn);

    conn->server = server;
    conn->fd = fd;
    conn->from = *from;
    conn->timer = (struct loop_timer){.fire = timer_fired, .owner = conn};
    conn_enter(conn, CONN_WAITING);
    set_timer(conn, deadline(conn));
    LIST_INSERT_HEAD(&server->conns, conn, entry);
    count(server, 1);
    return conn;
}

void conn_free(struct conn *conn)
{
    if (!conn)
        return;
    struct http_server *server = conn->server;

    if (was_no_request(conn))
        refusal_tell(server, 0, "bytes that are no request line");
    if (conn->phase == CONN_BODY)
        LIST_REMOVE(conn, upload);
    if (conn->is_suspect)
        LIST_REMOVE(conn, suspect);
    if (conn->phase == CONN_ARRIVING)
        server->arriving--;
    if (conn->from.is_counted)
        http_tally_give(server->tally, &conn->from.peer);
    unwatch(conn);
    loop_timer_clear(server->loop, &conn->timer);
    LIST_REMOVE(conn, entry);
    count(server, -1);
    free(conn);
}

void conn_hand_over(struct conn *conn)
{
    unwatch(conn);
    conn->phase = CONN_ARRIVING; /* its time goes on */
    conn->server->arriving++;
}

struct conn *conn_arriving(const struct http_server *server, int fd)
{
    struct conn *conn;

    LIST_FOREACH(conn, &server->conns, entry)
        if (conn->phase == CONN_ARRIVING && conn->fd == fd)
            return conn;
    return NULL;
}

struct conn *conn_begin(struct http_server *server, int fd)
{
    struct conn *conn = conn_arriving(server, fd);

    server->arriving--;
    conn->phase = CONN_HEADERS;
    return conn;
}

bool conn_free_arriving(struct http_server *server)
{
    bool were_any = server->arriving;
    struct conn *conn = LIST_FIRST(&server->conns), *next;

    for (; conn && server->arriving; conn = next) {
        next = LIST_NEXT(conn, entry);
        if (conn->phase == CONN_ARRIVING)
            conn_free(conn);
    }
    return were_any;
}
