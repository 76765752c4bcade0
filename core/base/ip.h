/*
 * Internet addresses and the networks that hold them: parsing, printing, membership.  Pure.
 *
 * Both families are kept in 16 bytes, IPv4 in its mapped form (::ffff:a.b.c.d), so that an
 * address is the same whether it came in on an IPv4 socket or on one for both.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

struct sockaddr;

enum { IP_TEXT = 46 /* INET6_ADDRSTRLEN */ };

struct ip {
    unsigned char bytes[16];
};

struct ip_net {
    struct ip base;
    int bits; /* of the 16 bytes: 96 more than is written for IPv4 */
};

/* "192.0.2.1", "2001:db8::1"; no brackets, ports, zones or blanks. */
bool ip_parse(struct slice text, struct ip *ret);
/* False where the address is of another family: a Unix socket. */
bool ip_of_socket(const struct sockaddr *address, struct ip *ret);
bool ip_is_v4(const struct ip *ip);
bool ip_is_loopback(const struct ip *ip);
void ip_print(const struct ip *ip, char out[IP_TEXT]);

/* An address, or a network as ADDRESS/BITS without a bit set behind them. */
bool ip_net_parse(const char *text, struct ip_net *ret, struct err *err);
/* A network of IPv6 holds no IPv4 address. */
bool ip_net_has(const struct ip_net *net, const struct ip *ip);

/* Whom limits count by: an address of IPv4, the first 64 bits of IPv6, which is what one
 * client is given. */
struct ip ip_site(const struct ip *ip);
/* The first 48 bits of an address of IPv6, which is what a customer may be given at most. */
struct ip ip_customer(const struct ip *ip);
