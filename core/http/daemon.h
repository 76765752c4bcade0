/*
 * The server from inside: private to http/, between its files, lowest first:
 *
 *   refusal.c   tells of what was turned away
 *   conn.c      one connection: phases, deadlines
 *   budget.c    what is held for all of them
 *   parked.c    a request whose handler is at work
 *   flow.c      an answer that is written piece by piece
 *   exchange.c  one request on it, as libmicrohttpd calls
 *   mhd_log.c   what libmicrohttpd refuses by itself
 *   accept.c    listeners and connections that have said nothing yet
 *   server.c    libmicrohttpd's daemon and its turns in the loop
 */
#pragma once

#include "http/server.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <sys/queue.h>

struct conn;
struct exchange;

struct listener {
    SLIST_ENTRY(listener) entry; /* the admin listener before others */
    struct http_server *server;
    struct loop_watch watch;
    bool admin;
    bool is_watched; /* not so at the connection limit and out of descriptors */
    bool is_ready;   /* connections wait in its queue */
};

/* Where a connection comes from. */
struct arrival {
    bool admin;
    bool has_peer; /* not so on a Unix socket */
    bool is_counted;
    struct ip peer;
};

struct http_server {
    struct loop *loop;
    struct http_hooks hooks;
    struct http_limits limits;
    size_t body_limit, field_limit;
    struct http_budget *budget; /* NULL: none */
    size_t held;                /* of it, by this server's requests */
    const struct http_proxies *proxies;
    char *const *admin_hosts;
    size_t nadmin_hosts;
    struct http_tally *tally;
    unsigned max_connections;

    struct MHD_Daemon *daemon;
    struct loop_watch epoll; /* the daemon's descriptor */
    struct loop_hook hook;
    bool is_due;     /* the daemon has something to do before the loop sleeps */
    bool is_quiet;   /* its next message is about what we did ourselves */
    int untold;      /* the status that it has refused somebody with in this turn; 0: nobody */
    unsigned unrest; /* turns for which the daemon was never finished */

    SLIST_HEAD(, listener) listeners;
    struct loop_timer accept_again; /* set while out of descriptors */
    unsigned begun;                 /* requests since connections were last accepted */

    LIST_HEAD(, conn) conns;     /* the newest first */
    LIST_HEAD(, exchange) heads; /* those STARTED, the last one first */
    LIST_HEAD(, conn) uploads;   /* those in a body */
    LIST_HEAD(, conn) suspects;  /* within a turn of the daemon: see mhd_log.c */
    size_t count;
    size_t arriving;      /* of them, those that libmicrohttpd has not reported yet */
    atomic_size_t *shown; /* the same for other threads, or NULL */
    uint64_t serial;      /* of request ids */

    bool is_draining, is_patient;
    struct loop_timer ended; /* calls drained() outside libmicrohttpd */
    void (*drained)(void *owner);
    void *drained_owner;
};
