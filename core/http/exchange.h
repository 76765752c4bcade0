/*
 * One request and its answer, as libmicrohttpd's callbacks drive it.  Private to http/.
 *
 *   STARTED -> REFUSED                            the head is not served: 400, 413, 501
 *         \--> READING -> HANDLING -> ANSWERED -> SENDING
 *                             \-> PARKED --^
 *                                    \---------> DROPPED   no answer: closed
 *
 * PARKED is suspended in libmicrohttpd; leaving it means to be resumed, and what is to happen
 * then happens when libmicrohttpd calls again.  SENDING may be parked too, see flow.h.
 */
#pragma once

#include "base/buf.h"
#include "http/conn.h"
#include "http/flow.h"
#include "http/form.h"

enum exchange_state {
    EXCHANGE_STARTED,
    EXCHANGE_REFUSED,
    EXCHANGE_READING,
    EXCHANGE_HANDLING,
    EXCHANGE_PARKED,
    EXCHANGE_ANSWERED,
    EXCHANGE_SENDING,
    EXCHANGE_DROPPED
};

struct exchange {
    struct http_request request; /* first: the public pointer is this one */
    struct conn *conn;
    struct MHD_Connection *mhd;
    enum exchange_state state;
    LIST_ENTRY(exchange) entry; /* STARTED: of the server's `heads` */
    bool is_pinned;
    bool is_parked;          /* see parked.h */
    bool is_suspended;       /* … and libmicrohttpd has been told */
    bool is_old;             /* of HTTP/1.0 */
    struct http_arena arena; /* until the end: what the head says */
    struct http_arena form;  /* until it is answered: what the body says, beside it */
    struct buf body;
    size_t held;                   /* bytes of the server's budget */
    struct MHD_Response *response; /* ANSWERED: waits to be queued */
    struct flow flow;              /* where its answer is written piece by piece */
    struct http_answer *answer;    /* whose the response is, or NULL: its own */
    char target[];                 /* raw; libmicrohttpd takes its own apart */
};

/* libmicrohttpd's callbacks; cls is the server. */
void *exchange_begin(void *cls, const char *target, struct MHD_Connection *mhd);
enum MHD_Result exchange_access(void *cls, struct MHD_Connection *mhd, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **slot);
void exchange_completed(void *cls, struct MHD_Connection *mhd, void **slot,
                        enum MHD_RequestTerminationCode code);

/* Tells that it is over and frees it.  libmicrohttpd says so by exchange_completed(), but for
 * connections that it gives up in the middle of an error of its own. */
void exchange_end(struct exchange *exchange);

/* Its generation ends: the handler is told to let go, an upload or a slow answer is cut. */
void exchange_cut(struct exchange *exchange);

/* The server ends: lets a parked one go. */
void exchange_abandon(struct exchange *exchange);

/* In request.c.  The head's headers as they lie in the message, so that it can be judged. */
void request_read_headers(struct exchange *exchange);
/* … then as handlers see them: trimmed, lines of one list joined, the target's host as Host and
 * the target without it.  Needs the method. */
void request_settle_headers(struct exchange *exchange);
/* Path and query.  Sets refused on failure. */
void request_parse_target(struct exchange *exchange);
/* All that needs the whole message, and cookies.  Sets refused on failure. */
void request_parse(struct exchange *exchange);
void request_make_id(struct http_request *request, uint64_t serial);
