/*
 * Who sent a request: the peer of its connection, or, where that is a proxy that was named, the
 * client that the proxy tells of.  Pure functions over addresses and headers.
 *
 * Two headers tell it, X-Forwarded-For and Forwarded (RFC 7239): lists to which each proxy adds
 * whom it has heard.  Another, such as X-Real-IP, does where it is said that proxies set it,
 * and is then the only one that is read.  Anybody can send them, so only what trusted proxies
 * added counts: from the right, the first hop that is no trusted proxy is the client.  A proxy
 * that sets one of them may hand another through as its client sent it, so headers that
 * contradict each other are believed in nothing.  Nor do they buy anything: limits of each
 * client count all such requests of a peer together, though it is a proxy.
 */
#pragma once

#include "base/ip.h"
#include "http/request.h"

/* The peers whose word is believed. */
struct http_proxies {
    struct ip_net *nets;
    size_t count;
    bool unix_sockets;  /* whoever reaches one of our Unix sockets */
    const char *header; /* the one that they set, borrowed; NULL: X-Forwarded-For, Forwarded */
};

/* One more, by its text: an address, a network or "unix:". */
bool http_proxies_add(struct http_proxies *proxies, const char *text, struct err *err);
void http_proxies_done(struct http_proxies *proxies);

/* Is a limit of each client for this one?  Not for proxies, behind which are many, nor for
 * who is on a Unix socket; and until a proxy is named, whoever comes from this machine is taken
 * for one that was forgotten.  NULL: has no address. */
bool http_proxies_limit(const struct http_proxies *proxies, const struct ip *ip);

struct http_client {
    struct ip ip;
    bool has_ip; /* not so on a Unix socket, unless a proxy tells */
    bool is_https;
    bool is_unheeded; /* it tells of a client, and is no proxy that was named */
    bool is_doubtful; /* a proxy does not tell, or contradicts itself: limits count the proxy */
};

/* Makes of a connection's peer the client of a request on it. */
void http_client_find(const struct http_proxies *proxies, const struct http_pairs *headers,
                      struct http_client *client);
