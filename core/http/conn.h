/*
 * One connection: what it is doing and for how long it may.  Private to http/.
 *
 *   WAITING -> ARRIVING -> HEADERS -> BODY -> RUNNING -> SENDING -> IDLE -> HEADERS …
 *
 * Owner:    while WAITING for its first bytes accept.c's, with its socket.  ARRIVING, it has
 *           been handed to libmicrohttpd; from the moment that it reports the connection it is
 *           that one's socket context, freed when it reports the end.
 * Deadline: each phase but RUNNING (the handler's own) has one.  A phase change only notes
 *           the time: the timer fires at least once in the shortest limit, looks, and is set
 *           anew, so that a request costs the timer heap nothing.
 * Rate:     a body, and an answer, must move so many bytes a second.  Each time the timer
 *           finds that they did, it begins to count anew: what went quickly buys no time.
 *           An answer has besides one time for all of it.
 * Gone:     the socket is watched for EPOLLRDHUP from the first time that a request waits,
 *           because libmicrohttpd does not look at a suspended connection.
 */
#pragma once

#include "http/daemon.h"

enum conn_phase {
    CONN_WAITING,
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
    LIST_ENTRY(conn) entry;
    LIST_ENTRY(conn) upload;    /* while in BODY */
    LIST_ENTRY(conn) suspect;   /* while is_suspect: of the server's `suspects` */
    struct MHD_Connection *mhd; /* NULL while WAITING and ARRIVING */
    struct exchange *exchange;  /* the request it is at; NULL between requests */
    int fd;                     /* libmicrohttpd's, once it was handed over */
    enum conn_phase phase;
    uint64_t begun;         /* when the phase began */
    uint64_t since;         /* the same; of a transfer, its last good stretch */
    uint64_t discard_since; /* when the body passed its limit; 0 before */
    size_t bytes;           /* of the body: received so far, or to be sent */
    uint64_t mark;          /* what had been transferred at `since` */
    bool is_marked;         /* … which for an answer is asked for late */
    struct arrival from;
    int unread;  /* bytes of a body that lay there when it was last looked at, … */
    size_t seen; /* … and those received by then */
    bool is_watched;
    bool is_gone; /* the peer has sent FIN or RST */
    bool is_cut;  /* by us */
    bool is_suspect;
    struct loop_watch watch;
    struct loop_timer timer;
};

/* WAITING; takes over the count that its address may have (from->is_counted). */
struct conn *conn_new(struct http_server *server, int fd, const struct arrival *from);
void conn_free(struct conn *conn); /* NULL is fine */

/* Its first bytes have come: ARRIVING. */
void conn_hand_over(struct conn *conn);

/* The connection of this descriptor that libmicrohttpd has not reported yet, or NULL. */
struct conn *conn_arriving(const struct http_server *server, int fd);

/* libmicrohttpd has reported it: no longer ARRIVING. */
struct conn *conn_begin(struct http_server *server, int fd);

/* Frees those still ARRIVING, which libmicrohttpd has closed without a word; says whether there
 * were any. */
bool conn_free_arriving(struct http_server *server);

void conn_enter(struct conn *conn, enum conn_phase phase);

/* How fast its answer is taken, in bytes a second.  One that has just begun is fast. */
uint64_t conn_pace(const struct conn *conn);

/* Calls ready(), with the connection as the watch's owner, at these events; one set at a time.
 * False if the kernel has no memory for it. */
bool conn_watch(struct conn *conn, uint32_t events,
                void (*ready)(struct loop_watch *watch, uint32_t events));

/* Is it not closed yet, by libmicrohttpd or us?  That one shuts the socket when it closes, and
 * tells of it at the end of its turn.  Of a Unix socket nobody knows: false. */
bool conn_is_open(const struct conn *conn);

/* Ends it: libmicrohttpd finds its socket closed. */
void conn_cut(struct conn *conn);
/* … and its client is told that it has not all.  What was not sent yet is lost. */
void conn_reset(struct conn *conn);

/* Of uploads that libmicrohttpd does not go on with, although their bytes lie there (a chunk
 * extension longer than its buffer): answers and ends those that stood so at the last look. */
void conn_end_stuck(struct http_server *server);

/* The server drains: ends it in a moment, unless something has come on it by then. */
void conn_drain(struct conn *conn);
