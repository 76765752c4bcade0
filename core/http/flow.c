/* See flow.h. */
#include "http/flow.h"

#include "base/mem.h"
#include "http/exchange.h"
#include "http/parked.h"
#include "http/server.h"

#include <assert.h>
#include <string.h>

enum { BLOCK = 16 * 1024 /* what HTTP/1.0 is sent at once; a chunk has what the pool gives */ };

static struct exchange *exchange_of(struct http_request *request)
{
    return CONTAINER(request, struct exchange, request);
}

/* Is there something to take?  A handler that waits to be asked for more is. */
static bool has_more(struct exchange *exchange)
{
    const struct http_hooks *hooks = &exchange->conn->server->hooks;
    struct flow *flow = &exchange->flow;

    while (!flow->piece.len && flow->is_asked_for) {
        flow->is_asked_for = false;
        hooks->taken(hooks->owner, &exchange->request);
    }
    return flow->piece.len > 0;
}

static size_t take(struct flow *flow, char *out, size_t room)
{
    size_t len = flow->piece.len < room ? flow->piece.len : room;

    memcpy(out, flow->piece.data, len);
    flow->piece.data += len;
    flow->piece.len -= len;
    return len;
}

/* libmicrohttpd closes the connection. */
static ssize_t end(struct exchange *exchange)
{
    if (!exchange->flow.is_cut)
        return MHD_CONTENT_READER_END_OF_STREAM;
    exchange->conn->server->is_quiet = true;
    if (exchange->is_old)
        conn_reset(exchange->conn);
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t read_flow(void *cls, uint64_t position, char *out, size_t size)
{
    struct exchange *exchange = cls;
    size_t filled = 0;

    (void)position;
    exchange->flow.is_read = true;
    while (filled < size && has_more(exchange))
        filled += take(&exchange->flow, out + filled, size - filled);
    exchange->request.sent += filled;
    bool waits = !filled && exchange->request.streams && parked_enter(exchange);
    exchange->flow.is_read = false;
    return filled || waits ? (ssize_t)filled : end(exchange);
}

struct MHD_Response *flow_response(struct exchange *exchange)
{
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_flow, exchange, NULL);

    if (response &&
        !exchange->request.streams) /* HEAD, behind which a last chunk would be sent */
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return response;
}

void flow_cut(struct exchange *exchange)
{
    exchange->request.streams = false;
    exchange->flow.is_cut = true;
    exchange->flow.piece = (struct slice){0};
    if (exchange->flow.is_read) /* cut behind what is taken now, if the client takes that */
        conn_enter(exchange->conn, CONN_SENDING);
    else if (exchange->is_old)
        conn_reset(exchange->conn);
    else
        conn_cut(exchange->conn);
    parked_leave(exchange);
}

void http_write(struct http_request *request, struct slice piece)
{
    struct exchange *exchange = exchange_of(request);

    assert(request->streams && !exchange->flow.piece.len);
    exchange->flow.piece = piece;
    exchange->flow.is_asked_for = true;
    parked_leave(exchange);
}

void http_take_back(struct http_request *request)
{
    struct exchange *exchange = exchange_of(request);

    exchange->flow.piece = (struct slice){0};
    exchange->flow.is_asked_for = false;
}

void http_end(struct http_request *request)
{
    struct exchange *exchange = exchange_of(request);

    request->streams = false;
    if (exchange->state ==
        EXCHANGE_SENDING) /* the handler's time is over, the client's begins */
        conn_enter(exchange->conn, CONN_SENDING);
    parked_leave(exchange);
}
