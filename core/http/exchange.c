/*
 * The way of a request through libmicrohttpd.  See exchange.h for the states.
 *
 * libmicrohttpd calls exchange_begin() at the request line, exchange_access() once at the end
 * of the head, for each piece of body, at the end of the message and after each resumption,
 * and exchange_completed() whatever happened.  It takes an answer at the end of the head,
 * where the connection is then closed with the body unread, or at the end of the message.
 */
#include "http/exchange.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/str.h"
#include "http/answer.h"
#include "http/budget.h"
#include "http/judge.h"
#include "http/parked.h"
#include "http/refusal.h"
#include "http/response.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    POOL_ENTRY = 64,   /* what libmicrohttpd keeps for a header or cookie, beside its text */
    ANSWER_HEAD = 1536 /* twice the head of a page with all its security headers */
};

static struct http_server *server_of(const struct exchange *exchange)
{
    return exchange->conn->server;
}

/* ---- beginning ---- */

/* libmicrohttpd would take the query apart itself, in its small pool, and a query of many
 * fields would leave the connection without an answer and without an end.  It looks at the
 * query only after this callback: here, in its own writable buffer, it becomes empty. */
static void hide_query(const char *target)
{
    char *query = (char *)(uintptr_t)strchr(target, '?');

    if (query && query[1])
        query[1] = '\0';
}

void *exchange_begin(void *cls, const char *target, struct MHD_Connection *mhd)
{
    struct conn *conn =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    size_t len = strlen(target);
    struct exchange *exchange = mem_new(1, sizeof *exchange + len + 1);

    (void)cls;
    memcpy(exchange->target, target, len);
    hide_query(target);
    exchange->request.target = (struct slice){exchange->target, len};
    exchange->conn = conn;
    exchange->mhd = mhd;
    conn->exchange = exchange;
    LIST_INSERT_HEAD(&conn->server->heads, exchange, entry);
    conn->server->begun++;
    if (conn->phase != CONN_HEADERS) /* the first request's time began with the connection */
        conn_enter(conn, CONN_HEADERS);
    return exchange;
}

static enum MHD_Result queue(struct exchange *exchange, unsigned status, size_t bytes,
                             struct MHD_Response *response)
{
    if (!response)
        return MHD_NO;
    enum MHD_Result result = MHD_queue_response(exchange->mhd, status, response);
    if (!exchange->answer)
        MHD_destroy_response(response);
    conn_enter(exchange->conn, exchange->request.streams ? CONN_RUNNING : CONN_SENDING);
    exchange->conn->bytes = bytes;
    return result;
}

/* Answers the head; libmicrohttpd closes the connection behind it. */
static enum MHD_Result refuse(struct exchange *exchange, int status, const char *why)
{
    struct http_server *server = server_of(exchange);

    LIST_REMOVE(exchange, entry);
    exchange->state = EXCHANGE_REFUSED;
    refusal_tell(server, status, why);
    return queue(exchange, (unsigned)status, 0, response_of_refusal(why));
}

/* libmicrohttpd builds the answer's head in what the request's has left of its pool, and
 * closes the connection without a word if that is too little: so it is refused before. */
static bool has_room(const struct exchange *exchange, size_t size)
{
    const struct http_request *request = &exchange->request;
    const struct slice *cookies = http_header(request, "Cookie");
    size_t entries = request->headers.count;

    if (cookies) { /* copied there, with an entry each */
        size += cookies->len + 1;
        entries++;
        for (size_t i = 0; i < cookies->len; i++)
            entries += cookies->data[i] == ';' || cookies->data[i] == ',';
    }
    return size + entries * POOL_ENTRY + ANSWER_HEAD <= LIMIT_CONNECTION_POOL;
}

/* A body that is known to be too large to be read at all, or whose sender asks first. */
static const char *judge_length(const struct exchange *exchange)
{
    const struct http_server *server = server_of(exchange);
    const struct slice *length = http_header(&exchange->request, "Content-Length");
    int64_t bytes;

    if (!length)
        return NULL;
    if (!str_to_int64(*length, 0, INT64_MAX, &bytes) ||
        (uint64_t)bytes > server->limits.body_discard)
        return "a body far too large";
    if ((uint64_t)bytes > server->body_limit && http_header(&exchange->request, "Expect"))
        return "a body too large";
    return NULL;
}

/* Is the admin listener asked by a name that is its own? */
static bool is_for_admin(const struct exchange *exchange)
{
    const struct http_server *server = server_of(exchange);
    const struct slice *host = http_header(&exchange->request, "Host");

    if (!host || judge_is_unnamed(*host))
        return true;
    for (size_t i = 0; i < server->nadmin_hosts; i++)
        if (slice_is_nocase(judge_host(*host), server->admin_hosts[i]))
            return true;
    return false;
}

/* Is it a proxy that nobody has named, or does a stranger say so?  Numbers tell. */
static void count_unheeded(const struct http_client *client)
{
    bool here = !client->has_ip || ip_is_loopback(&client->ip);
    struct metric_label label = {"peer", here ? "this_machine" : "another"};
    metric_record(METRIC_COUNTER, "tc_forwards_unheeded_total", &label, 1, 1);
}

static void accept_request(struct exchange *exchange)
{
    struct http_server *server = server_of(exchange);
    struct http_request *request = &exchange->request;
    const struct arrival *from = &exchange->conn->from;
    struct http_client client = {.ip = from->peer, .has_ip = from->has_peer};

    http_client_find(server->proxies, &request->headers, &client);
    if (client.is_unheeded && !from->admin)
        count_unheeded(&client);
    request->ip = client.ip;
    request->has_ip = client.has_ip;
    request->is_limited =
        client.is_doubtful ||
        http_proxies_limit(server->proxies, client.has_ip ? &client.ip : NULL);
    request->scheme = client.is_https ? "https" : "http";
    request->admin = from->admin;
    request_make_id(request, server->serial++);
    request->generation = server->hooks.pin(server->hooks.owner, request);
    exchange->is_pinned = true;
    request_parse_target(exchange);
    request->keep = request->refused ? 0 : server->body_limit;
    server->hooks.judge(server->hooks.owner, request);
    LIST_REMOVE(exchange, entry);
    exchange->state = EXCHANGE_READING;
    exchange->conn->bytes = 0;
    exchange->conn->discard_since = 0;
    conn_enter(exchange->conn, CONN_BODY);
}

static enum MHD_Result start(struct exchange *exchange, const char *url, const char *method,
                             const char *version)
{
    struct http_request *request = &exchange->request;
    const union MHD_ConnectionInfo *size =
        MHD_get_connection_info(exchange->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    int status;

    request->started = clock_monotonic();
    request_read_headers(exchange);
    const struct judge_message message = {.method = method,
                                          .version = version,
                                          .target = request->target,
                                          .place = url,
                                          .headers = request->headers,
                                          .size = size ? size->header_size : 0};
    const char *why = judge_message(&message, &status);
    if (why)
        return refuse(exchange, status, why);
    request->method = judge_method(method);
    exchange->is_old = strcmp(version, "HTTP/1.0") == 0;
    request_settle_headers(exchange);
    if (!has_room(exchange, message.size))
        return request->target.len > message.size / 2
                   ? refuse(exchange, 414, "a target too long")
                   : refuse(exchange, 431, "a head too large");
    if (exchange->conn->from.admin && !is_for_admin(exchange))
        return refuse(exchange, 421, "a Host that is not the admin listener's (--admin-host)");
    if ((why = judge_length(exchange)))
        return refuse(exchange, 413, why);
    accept_request(exchange);
    return MHD_YES;
}

/* ---- the body ---- */

/* Ends the connection; libmicrohttpd will say that we did. */
static enum MHD_Result hang_up(struct exchange *exchange)
{
    server_of(exchange)->is_quiet = true;
    return MHD_NO;
}

/* What is read of it from now on is thrown away, so that the answer arrives. */
static void discard(struct exchange *exchange)
{
    struct conn *conn = exchange->conn;

    conn->discard_since = loop_now(conn->server->loop);
    buf_done(&exchange->body);
    budget_owe(exchange, 0);
}

static void refuse_body(struct exchange *exchange, int status, const char *why)
{
    discard(exchange);
    exchange->request.refused = status;
    exchange->request.refusal = why;
}

static void keep_body(struct exchange *exchange, const char *data, size_t size)
{
    struct buf *body = &exchange->body;
    size_t keep = exchange->request.keep;

    if (!keep)
        discard(exchange);
    else if (body->len + size > keep)
        refuse_body(exchange, 413, "the body is too large");
    else if (!budget_hold(exchange, buf_room_for(body, size)))
        refuse_body(exchange, 503, "the server holds as much as it may");
    else
        buf_add(body, data, size);
}

static enum MHD_Result take_body(struct exchange *exchange, const char *data, size_t *size)
{
    struct http_server *server = server_of(exchange);
    struct conn *conn = exchange->conn;

    conn->bytes += *size;
    if (!conn->discard_since)
        keep_body(exchange, data, *size);
    else if (conn->bytes > server->limits.body_discard)
        return hang_up(exchange); /* in the middle of a body no answer is taken */
    *size = 0;
    return MHD_YES;
}

/* ---- the end of the message ---- */

static enum MHD_Result answer(struct exchange *exchange)
{
    struct MHD_Response *response = TAKE(exchange->response);
    const struct http_request *request = &exchange->request;

    exchange->state = EXCHANGE_SENDING;
    return queue(exchange, (unsigned)request->status, request->sent, response);
}

/* The handler has not answered yet. */
static enum MHD_Result park(struct exchange *exchange)
{
    exchange->state = EXCHANGE_PARKED;
    return parked_enter(exchange) ? MHD_YES : hang_up(exchange);
}

static enum MHD_Result handle(struct exchange *exchange)
{
    struct http_server *server = server_of(exchange);

    request_parse(exchange);
    budget_owe(exchange, exchange->body.cap + exchange->form.size);
    conn_enter(exchange->conn, CONN_RUNNING);
    exchange->state = EXCHANGE_HANDLING;
    server->hooks.handle(server->hooks.owner, &exchange->request);
    switch (exchange->state) {
    case EXCHANGE_ANSWERED:
        return answer(exchange);
    case EXCHANGE_DROPPED:
        return hang_up(exchange);
    default:
        return park(exchange);
    }
}

enum MHD_Result exchange_access(void *cls, struct MHD_Connection *mhd, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **slot)
{
    struct exchange *exchange = *slot;

    (void)cls;
    (void)mhd;
    switch (exchange->state) {
    case EXCHANGE_STARTED:
        return start(exchange, url, method, version);
    case EXCHANGE_READING:
        return *size ? take_body(exchange, data, size) : handle(exchange);
    case EXCHANGE_ANSWERED:
        return answer(exchange);
    case EXCHANGE_DROPPED:
        return hang_up(exchange);
    default: /* suspended or sending: not libmicrohttpd's turn */
        assert(false);
        return MHD_NO;
    }
}

/* ---- the handler's calls ---- */

/* To one of the two states in which a parked request ends. */
static void leave(struct exchange *exchange, enum exchange_state state)
{
    exchange->state = state; /* within handle() or park(), which look at it, it is all */
    parked_leave(exchange);
}

static bool is_waiting(const struct exchange *exchange)
{
    return exchange->state == EXCHANGE_HANDLING || exchange->state == EXCHANGE_PARKED;
}

/* What the client sent is read no more. */
static void let_go(struct exchange *exchange)
{
    struct http_request *request = &exchange->request;

    request->body = (struct slice){0};
    request->form = (struct http_pairs){0};
    request->files = (struct http_files){0};
    buf_done(&exchange->body);
    http_arena_done(&exchange->form);
}

/* A response that others share has no header more than theirs. */
static void respond(struct exchange *exchange, struct http_reply *reply, bool closes)
{
    struct http_reply copy;

    if (reply->answer && !closes) {
        exchange->answer = reply->answer;
        exchange->response = http_answer_take(reply->answer, &exchange->request);
        return;
    }
    if (reply->answer) {
        copy = http_answer_reply(reply->answer);
        reply = &copy;
    }
    exchange->response = response_of(reply, &exchange->request);
    if (exchange->response && closes)
        MHD_add_response_header(exchange->response, "Connection", "close");
}

void http_respond(struct http_request *request, struct http_reply *reply)
{
    struct exchange *exchange = CONTAINER(request, struct exchange, request);

    if (!is_waiting(exchange)) { /* a second answer: a fault of ours, and not worth a crash */
        assert(false);
        return;
    }
    if (request->gone) {
        leave(exchange, EXCHANGE_DROPPED);
        return;
    }
    request->streams = reply->streams && strcmp(request->method, "HEAD") != 0;
    if (!request->streams) { /* whose handler goes on reading */
        let_go(exchange);
        budget_owe(exchange, reply->body.len);
    }
    /* 413: the client may have been told to stop, and may not; a connection in doubt ends. */
    bool closes = server_of(exchange)->is_draining || request->refused == 413;
    respond(exchange, reply, closes);
    leave(exchange, EXCHANGE_ANSWERED);
}

void http_drop(struct http_request *request)
{
    struct exchange *exchange = CONTAINER(request, struct exchange, request);

    if (request->streams) {
        flow_cut(exchange);
        return;
    }
    if (!is_waiting(exchange)) { /* a second answer: a fault of ours, and not worth a crash */
        assert(false);
        return;
    }
    leave(exchange, EXCHANGE_DROPPED);
}

/* ---- the end ---- */

void exchange_cut(struct exchange *exchange)
{
    struct http_server *server = server_of(exchange);

    if (is_waiting(exchange) || exchange->request.streams)
        server->hooks.cancel(server->hooks.owner, &exchange->request);
    else
        conn_cut(exchange->conn);
}

void exchange_abandon(struct exchange *exchange)
{
    if (exchange->is_suspended)
        leave(exchange, EXCHANGE_DROPPED);
}

void exchange_end(struct exchange *exchange)
{
    struct http_server *server = server_of(exchange);

    if (exchange->request.streams)
        exchange_cut(exchange);
    http_answer_give(exchange->answer); /* while the generation, whose it is, is pinned */
    if (exchange->is_pinned) {
        server->hooks.done(server->hooks.owner, &exchange->request);
        server->hooks.unpin(server->hooks.owner, exchange->request.generation);
    }
    exchange->conn->exchange = NULL;
    if (exchange->state == EXCHANGE_STARTED)
        LIST_REMOVE(exchange, entry);
    conn_enter(exchange->conn, CONN_IDLE);
    if (exchange->response && !exchange->answer)
        MHD_destroy_response(exchange->response);
    let_go(exchange);
    http_arena_done(&exchange->arena);
    budget_owe(exchange, 0);
    free(exchange);
}

void exchange_completed(void *cls, struct MHD_Connection *mhd, void **slot,
                        enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = TAKE(*slot);

    (void)cls;
    (void)mhd;
    (void)code;
    if (exchange)
        exchange_end(exchange);
}
