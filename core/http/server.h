/*
 * libmicrohttpd on our loop: one daemon per worker, its epoll descriptor nested in the loop's,
 * no listening socket of its own.  The worker accepts by itself from sockets that all workers
 * share (EPOLLEXCLUSIVE) and hands connections over.
 *
 * The host owns every deadline: libmicrohttpd neither bounds a slow sender nor times out a
 * suspended connection nor notices that its client has gone.  Here a connection has a timer
 * (headers, body rate, idle, sending) and its socket is watched for EPOLLRDHUP, where FIN and
 * RST both mean "gone".
 */
#pragma once

#include "http/client.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/tally.h"
#include "loop/loop.h"

#include <stdatomic.h>

struct http_server;
struct http_budget;

/* Upward calls, all on the loop thread; none may be NULL. */
struct http_hooks {
    void *owner;
    /* At the first callback of a well-formed request, whose headers are read; released after
     * done(). */
    void *(*pin)(void *owner, struct http_request *request);
    void (*unpin)(void *owner, void *generation);
    /* Its head is read: may lower what is kept of its body (request->keep). */
    void (*judge)(void *owner, struct http_request *request);
    /* The message is complete, or `refused` says why it never will be.  Leads to exactly one
     * http_respond(), now or later, unless gone() comes first. */
    void (*handle)(void *owner, struct http_request *request);
    /* The client has gone before the answer.  The handler must let go of the request, now or
     * (a write runs to its end) by a later http_respond(), whose answer is dropped. */
    void (*gone)(void *owner, struct http_request *request);
    /* Its time is over (http_server_cut, http_server_free, the end of the connection that an
     * answer is written to): the handler lets go of it now. */
    void (*cancel)(void *owner, struct http_request *request);
    /* Answered or gone, and about to be freed: the access log.  Called for every request that
     * was pinned, also for one whose client left within its body (status 0). */
    void (*done)(void *owner, const struct http_request *request);
    /* A connection was turned away, or a message refused that no handler saw: by the first
     * callback, by libmicrohttpd itself, or because it came too slowly.  status 0: closed
     * without an answer. */
    void (*refused)(void *owner, int status, const char *why);
    /* What http_write() was given has been taken: the next one, or the end, now or later. */
    void (*taken)(void *owner, struct http_request *request);
};

/* How long and how much a client may take; base/limits.h has the reasons. */
struct http_limits {
    uint64_t header, idle, body_grace, discard, send, answer; /* nanoseconds */
    size_t body_rate;                                         /* bytes a second */
    size_t body_discard;                                      /* bytes */
};

struct http_settings {
    unsigned max_connections;         /* the admin listener may have a few more */
    size_t body_limit;                /* LIMIT_BODY, or a setting */
    size_t field_limit;               /* LIMIT_FORM_FIELDS, or a setting */
    uint64_t answer_limit;            /* nanoseconds that a client has to take an answer; 0:
                                         those of `limits` */
    struct http_budget *budget;       /* shared by all workers; NULL: none */
    const struct http_limits *limits; /* NULL: those of base/limits.h; others are for specs */
    atomic_size_t *connections; /* holds their number, for other threads; NULL: nobody asks */
    const struct http_proxies *proxies; /* borrowed */
    char *const *admin_hosts; /* names by which the admin listener is asked, beside addresses
                                 and localhost; borrowed */
    size_t nadmin_hosts;
    struct http_tally *tally; /* shared by all workers; NULL: no limit of each client */
};

/* For so many bytes in as many equal shares.  See http/budget.h. */
struct http_budget *http_budget_new(size_t limit, unsigned shares);
void http_budget_free(struct http_budget *budget); /* NULL is fine */

bool http_server_new(struct loop *loop, const struct http_settings *settings,
                     const struct http_hooks *hooks, struct http_server **ret_server,
                     struct err *err);

/* Accepts from a shared, non-blocking listening socket, which stays the caller's. */
bool http_server_listen(struct http_server *server, int fd, bool admin, struct err *err);

/* Accepts what waits in the listening sockets' queues, and no more: afterwards they may be
 * closed.  Connections without a request are ended when none has come in a moment (patient: in
 * the time that an idle one has always); answers carry `Connection: close`.  drained() is
 * called once, from the loop and never from within this call, when the last connection has
 * ended; it may free the server. */
void http_server_drain(struct http_server *server, bool patient, void (*drained)(void *owner),
                       void *owner);

/* Is patient no longer. */
void http_server_hurry(struct http_server *server);

/* Cancels the requests of a generation that wait for their handler and cuts those whose body or
 * answer is still under way; NULL stands for every generation.  Not to be called from a hook.
 */
void http_server_cut(struct http_server *server, const void *generation);

/* Cancels what waits and ends the connections; not to be called from a hook.  NULL is fine. */
void http_server_free(struct http_server *server);

/* Answers; from handle() or later, once.  The reply is the caller's and may be freed
 * afterwards. */
void http_respond(struct http_request *request, struct http_reply *reply);

/* The next piece of an answer whose reply has said that it streams; not empty, borrowed until
 * the hook taken() or http_take_back(), and only one at a time. */
void http_write(struct http_request *request, struct slice piece);
/* What is left of it is not sent after all. */
void http_take_back(struct http_request *request);
/* The end of such an answer. */
void http_end(struct http_request *request);

/* Lets go without an answer, or in the middle of one: the connection is closed.  For cancelled
 * requests. */
void http_drop(struct http_request *request);
