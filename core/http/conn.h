/*
 * One connection: what it is doing and for how long it may.  Private to http/.
 *
 *   HEADERS -> BODY -> RUNNING -> SENDING -> IDLE -> HEADERS …
 *
 * Owner:    libmicrohttpd's socket context; made when it reports the connection, freed when
 *           it reports its end.
 * Deadline: each phase but RUNNING (the handler's own) has one.  A phase change only notes
 *           the time: the timer fires at least once in the shortest limit, looks, and is set
 *           anew, so that a request costs the timer heap nothing.
 * Rate:     a body, and an answer, must move so many bytes a second.  Each time the timer
 *           finds that they did, it begins to count anew: what went quickly buys no time.
 * Gone:     the socket is watched for EPOLLRDHUP from the first time that a request waits,
 *           because libmicrohttpd does not look at a suspended connection.
 */
#pragma once

#include "http/daemon.h"

enum conn_phase { CONN_HEADERS, CONN_BODY, CONN_RUNNING, CONN_SENDING, CONN_IDLE };

struct exchange;

struct conn {
    struct http_server *server;
    struct conn *next, *previous;
    struct exchange *exchange; /* the request it is at; NULL between requests */
    int fd;                    /* libmicrohttpd's */
    enum conn_phase phase;
    uint64_t since;         /* when the phase began; of a transfer, its last good stretch */
    uint64_t discard_since; /* when the body passed its limit; 0 before */
    size_t bytes;           /* of the body: received so far, or to be sent */
    uint64_t mark;          /* what had been transferred at `since` */
    bool is_marked;         /* … which for an answer is asked for late */
    struct arrival from;
    bool is_watched;
    bool is_gone; /* the peer has sent FIN or RST */
    bool is_cut;  /* by us */
    struct loop_watch watch;
    struct loop_timer timer;
};

struct conn *conn_new(struct http_server *server, int fd);
void conn_free(struct conn *conn);

void conn_enter(struct conn *conn, enum conn_phase phase);

/* From now on a peer that goes away is noticed (exchange_gone()). */
void conn_watch(struct conn *conn);

/* Ends it: libmicrohttpd finds its socket closed. */
void conn_cut(struct conn *conn);

/* The server drains: ends it in a moment, unless something has come on it by then. */
void conn_drain(struct conn *conn);
