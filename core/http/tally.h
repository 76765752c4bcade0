/*
 * How many connections each client address has open, so that none takes them all.  One for the
 * process: every worker counts in it, under one lock that is held for a few instructions.
 */
#pragma once

#include "base/ip.h"

struct http_tally;

/* limit: of each address (ip_site()), 0 counts as 1. */
struct http_tally *http_tally_new(unsigned limit);
void http_tally_free(struct http_tally *tally); /* NULL is fine */

/* One more of that address; false, and nothing counted, where it has its number. */
bool http_tally_take(struct http_tally *tally, const struct ip *ip);
void http_tally_give(struct http_tally *tally, const struct ip *ip);
