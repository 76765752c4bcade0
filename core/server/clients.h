/*
 * What all clients of a server share: who is believed about them, how many connections there
 * may be, and how much is held for them.  Set up by the main thread before the workers start;
 * lives as long as they do.
 */
#pragma once

#include "http/client.h"
#include "http/server.h"
#include "http/tally.h"
#include "server/options.h"

struct clients {
    unsigned each; /* connections of one worker */
    struct http_proxies proxies;
    struct http_budget *budget;
    struct http_tally *tally; /* NULL: no limit of each client */
};

/* Raises the soft limit of descriptors to the hard one; what is spare is kept for files. */
void clients_open(struct clients *clients, const struct options *options, unsigned workers);
void clients_close(struct clients *clients);
