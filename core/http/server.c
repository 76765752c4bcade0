/*
 * The server: libmicrohttpd's daemon in the loop, draining.
 *
 * The daemon is run only when its epoll descriptor was ready, when a connection was resumed,
 * or when it has said that it is not finished.  What it calls is in exchange.c, but for
 * connections that begin and end and for its log.
 */
#include "http/server.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "http/accept.h"
#include "http/budget.h"
#include "http/conn.h"
#include "http/exchange.h"
#include "http/mhd_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { SPARE_SLOTS = 32 /* of libmicrohttpd's: the limit on connections is ours */ };
enum { UNREST = 32 /* turns that the daemon may be at work before uploads are looked at */ };

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

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct conn *began = conn_begin(
            server,
            MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
        began->mhd = mhd;
        *slot = began;
        return;
    }
    struct conn *conn = TAKE(*slot);
    if (conn->exchange)
        exchange_end(conn->exchange);
    conn_free(conn);
    accept_ended(server);
}

/* ---- its turns ---- */

static void daemon_ready(struct loop_watch *watch, uint32_t events)
{
    struct http_server *server = watch->owner;

    (void)events;
    server->is_due = true;
}

/* The daemon says for ever that it is not finished over a connection that it can neither read
 * nor write.  Such uploads are ended; under load it is never finished either, so each look is a
 * while after the one before. */
static void watch_for_unrest(struct http_server *server)
{
    if (++server->unrest < UNREST)
        return;
    server->unrest = 0;
    conn_end_stuck(server);
}

static void run_daemon(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait;

    server->is_due = false;
    MHD_run(server->daemon);
    mhd_log_settle(server);
    if (conn_free_arriving(server)) { /* it has gone through all that it was given */
        accept_later(server);
        accept_ended(server);
    }
    /* It has no time-outs of its own, so that an answer means "at once". */
    if (MHD_get_timeout(server->daemon, &wait) == MHD_YES) {
        server->is_due = true;
        watch_for_unrest(server);
    } else {
        server->unrest = 0;
    }
}

static int turn(struct loop_hook *hook)
{
    struct http_server *server = CONTAINER(hook, struct http_server, hook);

    accept_ready(server);
    if (server->is_due)
        run_daemon(server);
    budget_relieve(server); /* other workers may have spent what this one's readers hold */
    return server->is_due ? 0 : -1;
}

/* ---- draining ---- */

static void ended(struct loop_timer *timer)
{
    struct http_server *server = timer->owner;

    server->drained(server->drained_owner);
}

void http_server_drain(struct http_server *server, bool patient, void (*drained)(void *owner),
                       void *owner)
{
    struct conn *conn;

    if (server->is_draining)
        return;
    accept_waiting(server);
    server->is_draining = true;
    server->is_patient = patient;
    server->drained = drained;
    server->drained_owner = owner;
    accept_watch(server);
    LIST_FOREACH(conn, &server->conns, entry)
        conn_drain(conn);
    if (!server->count)
        loop_timer_set(server->loop, &server->ended, loop_now(server->loop));
}

void http_server_hurry(struct http_server *server)
{
    struct conn *conn;

    server->is_patient = false;
    LIST_FOREACH(conn, &server->conns, entry)
        conn_drain(conn);
}

/* ---- life ---- */

static const struct http_limits usual_limits = {
    .header = LIMIT_HEADER_S * NS_PER_S,
    .idle = LIMIT_IDLE_S * NS_PER_S,
    .body_grace = LIMIT_BODY_GRACE_S * NS_PER_S,
    .discard = LIMIT_DISCARD_S * NS_PER_S,
    .send = LIMIT_SEND_S * NS_PER_S,
    .answer = LIMIT_ANSWER_S * NS_PER_S,
    .body_rate = LIMIT_BODY_RATE,
    .body_discard = LIMIT_BODY_DISCARD,
};

/* Its stricter reading, within what the RFCs let a server refuse. */
#if MHD_VERSION >= 0x00097701
#define STRICTNESS MHD_OPTION_CLIENT_DISCIPLINE_LVL
#else
#define STRICTNESS MHD_OPTION_STRICT_FOR_CLIENT
#endif

static bool start_daemon(struct http_server *server, struct err *err)
{
    /* Not MHD_USE_TURBO: it reads before there is anything to read, and costs a tenth more. */
    unsigned flags =
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

    /* The logger comes first: it is to hear of what is wrong with the others. */
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, exchange_access, server, MHD_OPTION_EXTERNAL_LOGGER, mhd_log,
        server, MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, server,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        connection_changed, server, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        STRICTNESS, 1, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIMIT_CONNECTION_POOL,
        MHD_OPTION_CONNECTION_LIMIT, server->max_connections + SPARE_SLOTS, MHD_OPTION_END);
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
    if (settings->answer_limit)
        server->limits.answer = settings->answer_limit;
    server->body_limit = settings->body_limit;
    server->field_limit = settings->field_limit;
    server->budget = settings->budget;
    server->max_connections = settings->max_connections;
    server->proxies = settings->proxies;
    server->admin_hosts = settings->admin_hosts;
    server->nadmin_hosts = settings->nadmin_hosts;
    server->tally = settings->tally;
    server->shown = settings->connections;
    server->hook.turn = turn;
    accept_init(server);
    LIST_INIT(&server->conns);
    LIST_INIT(&server->heads);
    LIST_INIT(&server->uploads);
    LIST_INIT(&server->suspects);
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
    struct conn *conn;

    LIST_FOREACH(conn, &server->conns, entry)
        if (conn->exchange && conn->exchange->is_pinned &&
            (!generation || conn->exchange->request.generation == generation))
            exchange_cut(conn->exchange);
}

void http_server_free(struct http_server *server)
{
    struct conn *conn;

    if (!server)
        return;
    server->is_draining = true; /* accept no more */
    accept_watch(server);
    http_server_cut(server, NULL);
    /* libmicrohttpd aborts the process over a suspended connection. */
    LIST_FOREACH(conn, &server->conns, entry)
        if (conn->exchange)
            exchange_abandon(conn->exchange);
    loop_remove(server->loop, &server->epoll); /* before its descriptor is closed */
    loop_hook_remove(server->loop, &server->hook);
    MHD_stop_daemon(server->daemon); /* completes every request, ends every connection */
    accept_done(server);
    loop_timer_clear(server->loop, &server->ended);
    http_bodies_done();
    free(server);
}
