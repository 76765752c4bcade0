/*
 * Statements that are prepared on a connection, by the set that they come from; for drivers.
 *
 * A set is known by its uid, never by its address, so it may be freed while its statements are
 * still prepared here.  They are closed when a later set needs their place, or when the driver
 * says that they are stale: then their generation has drained.
 */
#pragma once

#include "db/statement.h"

enum { DB_PREPARED_SETS = 5 }; /* four generations and a candidate */

struct db_prepared {
    /* Closes one of them; false when the connection is of no use any more. */
    bool (*close)(void *prepared);
    size_t variants; /* of each statement; at least 1 */
    struct db_prepared_set {
        uint64_t uid; /* 0 for a free place */
        uint64_t used;
        size_t count;
        void **items; /* NULL until first used */
    } sets[DB_PREPARED_SETS];
};

/* Where a variant (from 0) of a statement is kept; *place is NULL until it is prepared.  NULL
 * when what had the place could not be closed.  now: any number that grows. */
void **db_prepared_find(struct db_prepared *prepared, const struct statement_set *set,
                        size_t index, size_t variant, uint64_t now);
/* These close and forget; all go on to the end, and are false when any close() was. */
bool db_prepared_drop(struct db_prepared *prepared, void **place);
bool db_prepared_drop_all(struct db_prepared *prepared);
bool db_prepared_drop_stale(struct db_prepared *prepared, uint64_t before); /* used before */
