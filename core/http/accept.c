/*
 * Accepting.  See accept.h.
 *
 * Each turn of the loop accepts as many connections as requests have begun since the last time,
 * at least one and at most AT_ONCE: workers with nothing to do share what arrives, and one that
 * is busy keeps nobody waiting who comes anew.
 *
 * A connection is libmicrohttpd's only when its first bytes have come, and only if they are
 * those of a request: it closes over others without a word, where a client that speaks another
 * protocol is better told.
 */
#include "http/accept.h"

#include "base/clock.h"
#include "http/conn.h"
#include "http/judge.h"
#include "http/refusal.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ADMIN_SPARE = 16 /* connections kept for the admin listener when the rest is full */ };
enum { AT_ONCE = 64, FIRST_BYTES = 1024 };
#define AGAIN_NS (100 * NS_PER_MS)

/* ---- the listeners ---- */

static bool has_room(const struct http_server *server, const struct listener *listener)
{
    size_t spare = listener->admin ? ADMIN_SPARE : 0;

    return !server->is_draining && !loop_timer_is_set(&server->accept_again) &&
           server->count < server->max_connections + spare;
}

void accept_later(struct http_server *server)
{
    loop_timer_set(server->loop, &server->accept_again, loop_now(server->loop) + AGAIN_NS);
}

void accept_watch(struct http_server *server)
{
    struct listener *l;

    SLIST_FOREACH(l, &server->listeners, entry)
    {
        bool wanted = has_room(server, l);
        if (wanted && !l->is_watched) {
            l->is_watched = loop_add(server->loop, &l->watch, EPOLLIN | EPOLLEXCLUSIVE, NULL);
            if (!l->is_watched)
                accept_later(server);
        } else if (!wanted && l->is_watched) {
            loop_remove(server->loop, &l->watch);
            l->is_watched = false;
        }
    }
}

static void is_time_again(struct loop_timer *timer)
{
    accept_watch(timer->owner);
}

static void listener_ready(struct loop_watch *watch, uint32_t events)
{
    struct listener *listener = watch->owner;

    (void)events;
    listener->is_ready = true;
}

void accept_init(struct http_server *server)
{
    SLIST_INIT(&server->listeners);
    server->accept_again = (struct loop_timer){.fire = is_time_again, .owner = server};
}

bool http_server_listen(struct http_server *server, int fd, bool admin, struct err *err)
{
    struct listener *listener = mem_new(1, sizeof *listener);
    struct listener *first = SLIST_FIRST(&server->listeners);

    *listener = (struct listener){
        .server = server,
        .admin = admin,
        .watch = {.fd = fd, .ready = listener_ready, .owner = listener},
    };
    if (!loop_add(server->loop, &listener->watch, EPOLLIN | EPOLLEXCLUSIVE, err)) {
        free(listener);
        return false;
    }
    listener->is_watched = true;
    if (first && first->admin && !admin)
        SLIST_INSERT_AFTER(first, listener, entry);
    else
        SLIST_INSERT_HEAD(&server->listeners, listener, entry);
    return true;
}

/* ---- connections that have said nothing yet ---- */

static void end_waiting(struct conn *conn)
{
    struct http_server *server = conn->server;

    close(conn->fd);
    conn_free(conn);
    accept_ended(server);
}

static void refuse_first(struct conn *conn, const char *why)
{
    refusal_tell(conn->server, 400, why);
    refusal_answer(conn->fd, 400, why);
    end_waiting(conn);
}

/* libmicrohttpd reports the connection inside its call, or queues it and reports it when it is
 * run: that is its version's choice. */
static void hand_over(struct conn *conn)
{
    struct http_server *server = conn->server;
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    int fd = conn->fd;

    if (getpeername(fd, (struct sockaddr *)&address, &len) != 0) {
        end_waiting(conn); /* reset */
        return;
    }
    conn_hand_over(conn);
    server->is_due = true;
    if (MHD_add_connection(server->daemon, fd, (struct sockaddr *)&address, len) == MHD_NO) {
        conn_free(conn_arriving(server, fd)); /* its descriptor is closed */
        accept_later(server);
    }
}

/* True if nothing has come yet. */
static bool look_at_first(struct conn *conn)
{
    char bytes[FIRST_BYTES];
    ssize_t got = recv(conn->fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got <= 0)
        end_waiting(conn);
    else if (!judge_beginning((struct slice){bytes, (size_t)got}))
        refuse_first(conn, "bytes that are no request line");
    else
        hand_over(conn);
    return false;
}

static void first_bytes(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    look_at_first(watch->owner);
}

/* ---- accepting ---- */

static bool is_exhausted(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* May its address have another connection?  Counts it, unless it is one without a limit. */
static bool is_welcome(const struct http_server *server, struct arrival *arrival)
{
    if (!server->tally || arrival->admin ||
        !http_proxies_limit(server->proxies, arrival->has_peer ? &arrival->peer : NULL))
        return true;
    arrival->is_counted = http_tally_take(server->tally, &arrival->peer);
    return arrival->is_counted;
}

static void welcome(struct http_server *server, int fd, struct arrival *arrival)
{
    if (!is_welcome(server, arrival)) {
        refusal_tell(server, 429, "a connection of an address that has too many");
        refusal_answer(fd, 429, "too many connections from this address");
        close(fd);
        return;
    }
    struct conn *conn = conn_new(server, fd, arrival);
    if (look_at_first(conn) && !conn_watch(conn, EPOLLIN, first_bytes)) {
        end_waiting(conn);
        accept_later(server);
    }
}

/* False where no connection waits, or another worker was quicker, or the client has given up.
 */
static bool accept_next(struct listener *listener)
{
    struct http_server *server = listener->server;
    struct arrival arrival = {.admin = listener->admin};
    struct sockaddr_storage storage = {0};
    struct sockaddr *address = (struct sockaddr *)&storage;
    socklen_t len = sizeof storage;

    int fd = accept4(listener->watch.fd, address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (is_exhausted(errno))
            accept_later(server);
        return false;
    }
    arrival.has_peer = ip_of_socket(address, &arrival.peer);
    welcome(server, fd, &arrival);
    return true;
}

void accept_ready(struct http_server *server)
{
    unsigned left = server->begun < AT_ONCE ? server->begun + 1 : AT_ONCE;
    struct listener *l;
    bool was_any = false;

    SLIST_FOREACH(l, &server->listeners, entry)
    {
        unsigned share = l->admin ? AT_ONCE : left;
        if (!l->is_ready)
            continue;
        l->is_ready = false;
        was_any = true;
        while (share-- && has_room(server, l) && accept_next(l))
            continue;
    }
    if (was_any) {
        server->begun = 0;
        accept_watch(server);
    }
}

void accept_waiting(struct http_server *server)
{
    struct listener *l;

    SLIST_FOREACH(l, &server->listeners, entry)
    while (has_room(server, l) && accept_next(l))
        continue;
}

void accept_ended(struct http_server *server)
{
    if (!server->is_draining)
        accept_watch(server);
    else if (!server->count) /* not from here: drained() may free us, and this is its call */
        loop_timer_set(server->loop, &server->ended, loop_now(server->loop));
}

void accept_done(struct http_server *server)
{
    struct conn *conn = LIST_FIRST(&server->conns), *next;

    for (; conn; conn = next) {
        next = LIST_NEXT(conn, entry);
        if (conn->phase == CONN_WAITING)
            close(conn->fd);
        conn_free(conn);
    }
    loop_timer_clear(server->loop, &server->accept_again);
    while (!SLIST_EMPTY(&server->listeners)) {
        struct listener *listener = SLIST_FIRST(&server->listeners);
        SLIST_REMOVE_HEAD(&server->listeners, entry);
        free(listener);
    }
}
