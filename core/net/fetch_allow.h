/*
 * Which addresses may be fetched from: those of the public Internet, and what the administrator
 * allows besides.  Pure.
 *
 * Names decide nothing: what they resolve to is judged, each time a connection is opened.
 */
#pragma once

#include "base/ip.h"

#include <stddef.h>

struct fetch_allow {
    struct ip_net *nets; /* besides public ones */
    size_t count;
};

/* Each was read by ip_net_parse() before. */
void fetch_allow_init(struct fetch_allow *allow, char *const *words, size_t count);
void fetch_allow_done(struct fetch_allow *allow);

bool fetch_allow_has(const struct fetch_allow *allow, const struct ip *ip);
