/*
 * The server from inside: private to http/, between server.c (accepting, libmicrohttpd's
 * turns), conn.c (one connection) and exchange.c (one request on it).
 */
#pragma once

#include "http/server.h"

#include <microhttpd.h>

struct conn;
struct exchange;

struct listener {
    struct listener *next;
    struct http_server *server;
    struct loop_watch watch;
    bool admin;
    bool is_watched; /* not so at the connection limit and out of descriptors */
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
    size_t body_limit;
    const struct http_proxies *proxies;
    struct http_tally *tally;
    unsigned max_connections;

    struct MHD_Daemon *daemon;
    struct loop_watch epoll; /* the daemon's descriptor */
    struct loop_hook hook;
    bool is_due;   /* the daemon has something to do before the loop sleeps */
    unsigned idle; /* runs that called nothing, since it was last finished */
    bool has_called;
    bool is_quiet; /* its next message is about what we did ourselves */

    struct listener *listeners;
    struct loop_timer accept_again; /* set while out of descriptors */
    struct exchange *heads;         /* those STARTED, the last one first */

    struct conn *conns;
    size_t count;
    size_t arriving; /* of them, those that libmicrohttpd has not reported yet */
    size_t *shown;   /* the same for other threads, or NULL */
    uint64_t serial; /* of request ids */

    bool is_draining;
    struct loop_timer ended; /* calls drained() outside libmicrohttpd */
    void (*drained)(void *owner);
    void *drained_owner;
};

/* Tells of what was turned away; see http_hooks. */
void daemon_refused(struct http_server *server, int status, const char *why);

/* One connection more, or one less. */
void daemon_count(struct http_server *server, int change);

/* A connection has ended: accept again, or tell that the last one has. */
void daemon_conn_ended(struct http_server *server);
