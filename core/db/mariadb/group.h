/*
 * Operations that share an execution: those of the same statement that wait at the same time.
 *
 * Each adds one row and is a commit of its own: they go to the server as one array.  Ids come
 * back row by row, by RETURNING: those of an array need not follow each other.  So the table
 * has to have a column that numbers itself.
 *
 * Or each looks a row up by a unique column: they go as one UNION ALL, whose first column tells
 * which of them a row is for.  There is one for each power of two, so that few are prepared.
 *
 * What has to be known of the table is asked once (array.c) and kept with the statement.
 */
#pragma once

#include "db/db.h"

enum {
    MARIA_GROUP_ROWS = 128,      /* beyond, nothing is gained */
    MARIA_LOOKUPS_LOG2 = 3,      /* likewise: of so many at once, for lookups */
    MARIA_GROUP_BYTES = 1 << 20, /* their values; servers take packets of 16 MiB */
    MARIA_SHARE_S = 2            /* who is nearer to its deadline runs alone */
};

struct db_group {
    size_t count;
    struct db_op *ops[MARIA_GROUP_ROWS]; /* ops[0]->group is this */
    size_t size;                         /* of their values, in bytes */
};

/* What is known about a statement: `array_sql` is that of the array, or for a lookup what
 * stands behind its SELECT. */
enum maria_sharing { SHARING_UNKNOWN, SHARING_KNOWN, SHARING_NONE };

static inline const struct statement *maria_statement_of(const struct db_op *op)
{
    return op->calls[0].statement;
}

static inline bool maria_is_lookup(const struct db_op *op)
{
    return maria_statement_of(op)->finds_in != NULL;
}

/* It is of the kind, it has the time, and has not been told to run alone. */
bool maria_may_share(const struct db_op *op);
enum maria_sharing maria_sharing_of(const struct db_op *op);
const char *maria_array_sql(const struct db_op *op); /* once it is known */
/* From any thread; the first SQL stays.  NULL: there is none.  Takes over the text. */
void maria_set_sharing(const struct db_op *op, char *sql);

/* Takes those that go with the first one out of a list, if any do: first->group. */
size_t maria_gather(struct db_op *first, struct db_ops *waiting);
