/*
 * An answer that its handler writes piece by piece (request->streams, http_write(),
 * http_end()).  Private to http/.
 *
 *   OPEN: a piece is taken as fast as the client takes it, then the handler is asked for more;
 *         while it has none, the connection is parked
 *    |-> ended: what was taken is still sent
 *    \-> cut: so that the client sees it: no last chunk, or, in HTTP/1.0, a reset
 *
 * Nothing is held for it but what libmicrohttpd sends next.
 */
#pragma once

#include "http/request.h"

struct MHD_Response;
struct exchange;

struct flow {
    struct slice piece; /* what is left of it; the handler's */
    bool is_asked_for;  /* the handler waits until the piece is taken */
    bool is_read;       /* within libmicrohttpd's callback */
    bool is_cut;
};

/* NULL without memory. */
struct MHD_Response *flow_response(struct exchange *exchange);
void flow_cut(struct exchange *exchange);
