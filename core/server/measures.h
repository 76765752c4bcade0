/*
 * What the host counts of itself: every metric of core/ with its meaning, there from the start,
 * and the gauges that are read anew whenever somebody asks.
 */
#pragma once

#include "db/db.h"

/* Before threads start.  data: the folder; connections: of clients, on any thread.  Borrows all
 * of it until measures_end(), after they have ended. */
void measures_begin(const char *data, struct db *db, int nworkers,
                    size_t (*connections)(const void *owner), const void *owner);
void measures_end(void);
