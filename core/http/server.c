/*
 * The server: libmicrohttpd's daemon in the loop, accepting, draining.
 *
 * The daemon is run only when its epoll descriptor was ready, when a connection was resumed,
 * or when it has said that it is not finished.  Everything it calls is in exchange.c, but for
 * connections that begin and end and for its log.
 */
#include "http/server.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "http/conn.h"
#include "http/daemon.h"
#include "http/exchange.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ADMIN_SPARE = 16 /* connections kept for the admin listener when the rest is full */ };
enum { PATIENT_RUNS = 200, NAP_MS = 5 };
#define ACCEPT_AGAIN (100 * NS_PER_MS)

void daemon_refused(struct http_server *server, int status, const char *why)
{
    server->hooks.refused(server->hooks.owner, status, why);
}

/* ---- what libmicrohttpd says ---- */

/* Is the message the beginning of a refusal that a second one tells of, or about a client
 * that left? */
static bool is_noise(const char *format)
{
    static const char *const beginnings[] = {
        "Received HTTP/1.1 request without", "Too large value of",
        "Failed to parse `Content-Length'",  "Not enough memory in pool",
        "Connection was closed by remote",   "Socket has been disconnected",
        "Connection socket is closed",       "Failed to send",
    };

    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (strncmp(format, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}

/* An answer outside libmicrohttpd, in the one write that such a socket takes without waiting; a
 * client that goes on sending may see a reset instead. */
static void answer_by_hand(int fd, int status, const char *why)
{
    char text[512];
    int len = snprintf(text, sizeof text,
                       "HTTP/1.1 %d %s\r\n"
                       "Connection: close\r\n"
                       "Content-Type: text/plain; charset=utf-8\r\n"
                       "X-Content-Type-Options: nosniff\r\n"
                       "%s"
                       "Content-Length: %zu\r\n\r\n"
                       "%s\n",
                       status, MHD_get_reason_phrase_for((unsigned)status),
                       status == 429 ? "Retry-After: 5\r\n" : "", strlen(why) + 1, why);

    (void)send(fd, text, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The connection whose head libmicrohttpd refuses at this moment: the only one whose head has
 * come as a whole, without having been handed to us.  NULL: it refuses another part of a
 * message.  Anybody can cause it, so idle connections and bodies are not looked at. */
static struct conn *find_refused(const struct http_server *server)
{
    for (struct exchange *exchange = server->heads; exchange; exchange = exchange->next)
        if (MHD_get_connection_info(exchange->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE))
            return exchange->conn;
    return NULL;
}

static const char *why_refused(struct MHD_Connection *mhd, int status)
{
    if (status != 400)
        return status == 413 ? "a body far too large" : "a head too large";
    return MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Host")
               ? "a Content-Length that is no number"
               : "a request without a Host";
}

/* libmicrohttpd refuses a message.  Over a head its own answer has two heads, or is missing; so
 * we give one, and close the way for its. */
static void refused_by_itself(struct http_server *server, int status)
{
    struct conn *conn = find_refused(server);

    if (!conn) {
        daemon_refused(server, status, "libmicrohttpd refused it by itself");
        return;
    }
    if (conn->is_cut)
        return; /* it complains of its second fault */
    const char *why = why_refused(conn->exchange->mhd, status);
    daemon_refused(server, status, why);
    answer_by_hand(conn->fd, status, why);
    conn_cut(conn);
}

__attribute__((format(printf, 2, 0))) static void logged(void *cls, const char *format,
                                                         va_list arguments)
{
    static const char refusing[] = "Error processing request";
    struct http_server *server = cls;
    char text[256];

    if (server->is_quiet) {
        server->is_quiet = false;
        return;
    }
    if (is_noise(format))
        return;
    if (strncmp(format, refusing, sizeof refusing - 1) == 0) {
        refused_by_itself(server, (int)va_arg(arguments, unsigned));
        return;
    }
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\r\n")] = '\0';
    daemon_refused(server, 0, text);
}

static size_t keep_escapes(void *cls, struct MHD_Connection *mhd, char *text)
{
    (void)cls;
    (void)mhd;
    return strlen(text); /* escapes are ours to decode */
}

static void connection_changed(void *cls, struct MHD_Connection *mhd, void **slot,
                               enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = cls;

    server->has_called = true;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *slot = conn_begin(
            server,
            MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
    } else {
        conn_free(TAKE(*slot));
        daemon_conn_ended(server);
    }
}

/* ---- its turns ---- */

static void try_again_later(struct http_server *server)
{
    loop_timer_set(server->loop, &server->accept_again, loop_now(server->loop) + ACCEPT_AGAIN);
}

static void daemon_ready(struct loop_watch *watch, uint32_t events)
{
    struct http_server *server = watch->owner;

    (void)events;
    server->is_due = true;
}

/* The daemon says for ever that it is not finished over a connection that it can neither read
 * nor write (a chunk extension longer than its buffer).  Until the deadline cuts that one it
 * must not cost a processor: after some runs that called nothing, naps are taken between
 * them.  An event of another connection ends a nap. */
static int nap(struct http_server *server)
{
    if (server->has_called)
        return 0;
    if (server->idle < PATIENT_RUNS) { /* reading a long head is as many runs without a call */
        server->idle++;
        return 0;
    }
    return NAP_MS;
}

static int turn(struct loop_hook *hook)
{
    struct http_server *server = CONTAINER(hook, struct http_server, hook);
    MHD_UNSIGNED_LONG_LONG wait;

    if (!server->is_due)
        return -1;
    server->is_due = false;
    server->has_called = false;
    MHD_run(server->daemon);
    if (conn_free_arriving(server)) { /* it has gone through all that it was given */
        try_again_later(server);
        daemon_conn_ended(server);
    }
    /* It has no time-outs of its own, so that an answer means "at once". */
    if (MHD_get_timeout(server->daemon, &wait) == MHD_YES) {
        server->is_due = true;
        return nap(server);
    }
    server->idle = 0;
    return server->is_due ? 0 : -1;
}

/* ---- accepting ---- */

static bool has_room(const struct http_server *server, const struct listener *listener)
{
    size_t spare = listener->admin ? ADMIN_SPARE : 0;

    return !server->is_draining && !server->accept_again.place &&
           server->count < server->max_connections + spare;
}

/* Watches the listeners that there is room for, and no others. */
static void watch_listeners(struct http_server *server)
{
    for (struct listener *l = server->listeners; l; l = l->next) {
        bool wanted = has_room(server, l);
        if (wanted && !l->is_watched) {
            l->is_watched = loop_add(server->loop, &l->watch, EPOLLIN | EPOLLEXCLUSIVE, NULL);
            if (!l->is_watched)
                try_again_later(server);
        } else if (!wanted && l->is_watched) {
            loop_remove(server->loop, &l->watch);
            l->is_watched = false;
        }
    }
}

static void accept_again(struct loop_timer *timer)
{
    watch_listeners(timer->owner);
}

static bool is_exhausted(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void turn_away(struct http_server *server, int fd)
{
    daemon_refused(server, 429, "a connection of an address that has too many");
    answer_by_hand(fd, 429, "too many connections from this address");
    close(fd);
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

/* libmicrohttpd reports the connection inside its call, or queues it and reports it when it is
 * run: that is its version's choice. */
static void hand_over(struct http_server *server, int fd, const struct sockaddr *address,
                      socklen_t len, const struct arrival *arrival)
{
    conn_new(server, fd, arrival);
    if (MHD_add_connection(server->daemon, fd, address, len) == MHD_NO) {
        conn_free(conn_arriving(server, fd)); /* its descriptor is closed */
        try_again_later(server);
    }
    if (server->arriving)
        server->is_due = true;
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
            try_again_later(server);
        return false;
    }
    arrival.has_peer = ip_of_socket(address, &arrival.peer);
    if (is_welcome(server, &arrival))
        hand_over(server, fd, address, len, &arrival);
    else
        turn_away(server, fd);
    return true;
}

/* One at a time, so that the workers share what arrives at once. */
static void accept_one(struct loop_watch *watch, uint32_t events)
{
    struct listener *listener = watch->owner;

    (void)events;
    accept_next(listener);
    watch_listeners(listener->server);
}

/* Their clients believe to be connected, and would see a reset. */
static void accept_waiting(struct http_server *server)
{
    for (struct listener *l = server->listeners; l; l = l->next)
        while (has_room(server, l) && accept_next(l))
            continue;
}

bool http_server_listen(struct http_server *server, int fd, bool admin, struct err *err)
{
    struct listener *listener = mem_new(1, sizeof *listener);

    *listener = (struct listener){
        .server = server,
        .admin = admin,
        .watch = {.fd = fd, .ready = accept_one, .owner = listener},
    };
    if (!loop_add(server->loop, &listener->watch, EPOLLIN | EPOLLEXCLUSIVE, err)) {
        free(listener);
        return false;
    }
    listener->is_watched = true;
    listener->next = server->listeners;
    server->listeners = listener;
    return true;
}

void daemon_count(struct http_server *server, int change)
{
    server->count += (size_t)change;
    if (server->shown)
        __atomic_store_n(server->shown, server->count, __ATOMIC_RELAXED);
}

void daemon_conn_ended(struct http_server *server)
{
    if (!server->is_draining)
        watch_listeners(server);
    else if (!server->count) /* not from here: drained() may free us, and this is its call */
        loop_timer_set(server->loop, &server->ended, loop_now(server->loop));
}

/* ---- draining ---- */

static void ended(struct loop_timer *timer)
{
    struct http_server *server = timer->owner;

    server->drained(server->drained_owner);
}

void http_server_drain(struct http_server *server, void (*drained)(void *owner), void *owner)
{
    if (server->is_draining)
        return;
    accept_waiting(server);
    server->is_draining = true;
    server->drained = drained;
    server->drained_owner = owner;
    watch_listeners(server);
    for (struct conn *conn = server->conns; conn; conn = conn->next)
        conn_drain(conn);
    if (!server->count)
        loop_timer_set(server->loop, &server->ended, loop_now(server->loop));
}

/* ---- life ---- */

static const struct http_limits usual_limits = {
    .header = LIMIT_HEADER_S * NS_PER_S,
    .idle = LIMIT_IDLE_S * NS_PER_S,
    .body_grace = LIMIT_BODY_GRACE_S * NS_PER_S,
    .discard = LIMIT_DISCARD_S * NS_PER_S,
    .send = LIMIT_SEND_S * NS_PER_S,
    .body_rate = LIMIT_BODY_RATE,
    .body_discard = LIMIT_BODY_DISCARD,
};

static bool start_daemon(struct http_server *server, struct err *err)
{
    /* Not MHD_USE_TURBO: it reads before there is anything to read, and costs a tenth more. */
    unsigned flags =
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

    /* The logger comes first: it is to hear of what is wrong with the others. */
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, exchange_access, server, MHD_OPTION_EXTERNAL_LOGGER, logged,
        server, MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, server,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        connection_changed, server, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)LIMIT_CONNECTION_POOL, MHD_OPTION_CONNECTION_LIMIT,
        server->max_connections + 2 * ADMIN_SPARE, MHD_OPTION_END);
    if (!server->daemon)
        return err_set(err, ERR_IO, "libmicrohttpd does not start: %s", strerror(errno));
    server->epoll = (struct loop_watch){
        .fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
        .ready = daemon_ready,
        .owner = server};
    if (!loop_add(server->loop, &server->epoll, EPOLLIN, err)) {
        MHD_stop_daemon(server->daemon);
        return false;
    }
    return true;
}

bool http_server_new(struct loop *loop, const struct http_settings *settings,
                     const struct http_hooks *hooks, struct http_server **ret_server,
                     struct err *err)
{
    struct http_server *server = mem_new(1, sizeof *server);

    server->loop = loop;
    server->hooks = *hooks;
    server->limits = settings->limits ? *settings->limits : usual_limits;
    server->body_limit = settings->body_limit;
    server->max_connections = settings->max_connections;
    server->proxies = settings->proxies;
    server->tally = settings->tally;
    server->shown = settings->connections;
    server->hook.turn = turn;
    server->accept_again = (struct loop_timer){.fire = accept_again, .owner = server};
    server->ended = (struct loop_timer){.fire = ended, .owner = server};
    random_bytes(&server->serial, sizeof server->serial);
    if (!start_daemon(server, err)) {
        free(server);
        return false;
    }
    loop_hook_add(loop, &server->hook);
    *ret_server = server;
    return true;
}

void http_server_cut(struct http_server *server, const void *generation)
{
    for (struct conn *conn = server->conns; conn; conn = conn->next)
        if (conn->exchange && conn->exchange->is_pinned &&
            (!generation || conn->exchange->request.generation == generation))
            exchange_cut(conn->exchange);
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    server->is_draining = true; /* accept no more */
    watch_listeners(server);
    http_server_cut(server, NULL);
    /* libmicrohttpd aborts the process over a suspended connection. */
    for (struct conn *conn = server->conns; conn; conn = conn->next)
        if (conn->exchange)
            exchange_abandon(conn->exchange);
    loop_remove(server->loop, &server->epoll); /* before its descriptor is closed */
    loop_hook_remove(server->loop, &server->hook);
    MHD_stop_daemon(server->daemon); /* completes every request, ends every connection */
    conn_free_arriving(server);      /* of those that it still had queued it tells nothing */
    loop_timer_clear(server->loop, &server->accept_again);
    loop_timer_clear(server->loop, &server->ended);
    while (server->listeners) {
        struct listener *listener = server->listeners;
        server->listeners = listener->next;
        free(listener);
    }
    free(server);
}
