/*
 * What the host counts of itself: every metric of core/ with its meaning, there from the start,
 * and the gauges that are read anew whenever somebody asks.
 */
#pragma once

#include "db/db.h"

struct measures {
    const char *data; /* the folder; all borrowed */
    struct db *db;
    int nworkers;
    size_t (*connections)(const void *owner); /* of clients, any thread */
    const void *owner;
};

/* Before threads start.  Borrows it until measures_end(), after they have ended. */
void measures_begin(const struct measures *measures);
void measures_end(void);
