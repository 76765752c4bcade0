/*
 * One connection: what it is doing and for how long it may.  Private to http/.
 *
 *   ARRIVING -> HEADERS -> BODY -> RUNNING -> SENDING -> IDLE -> HEADERS …
 *
 * Owner:    made before libmicrohttpd is given the socket, and ours while ARRIVING; from the
 *           moment that it reports the connection its socket context, freed when it reports
 *           the end.
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

enum conn_phase {
    CONN_ARRIVING,
    CONN_HEADERS,
    CONN_BODY,
    CONN_RUNNING,
    CONN_SENDING,
    CONN_IDLE
};

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

/* ARRIVING; takes over the count that its address may have (from->is_counted). */
struct conn *conn_new(struct http_server *server, int fd, const struct arrival *from);
void conn_free(struct conn *conn);

/* The connection of this descriptor that libmicrohttpd has not reported yet, or NULL. */
struct conn *conn_arriving(const struct http_server *server, int fd);

/* It has reported it: no longer ARRIVING. */
struct conn *conn_begin(struct http_server *server, int fd);

/* Frees those still ARRIVING, which libmicrohttpd has closed without a word; says whether there
 * were any. */
bool conn_free_arriving(struct http_server *server);

void conn_enter(struct conn *conn, enum conn_phase phase);

/* From now on a peer that goes away is noticed (exchange_gone()). */
void conn_watch(struct conn *conn);

/* Ends it: libmicrohttpd finds its socket closed. */
void conn_cut(struct conn *conn);

/* The server drains: ends it in a moment, unless something has come on it by then. */
void conn_drain(struct conn *conn);
