/*
 * Operations that share an execution: each adds one row by the same statement and is a commit
 * of its own; those that wait at the same time go to the server as one array.
 *
 * Ids come back row by row, by RETURNING: those of an array need not follow each other.  So the
 * table has to have a column that numbers itself, and which one it is, is asked once (array.c)
 * and kept with the statement.
 */
#pragma once

#include "db/db.h"

enum {
    MARIA_GROUP_ROWS = 128,      /* beyond, nothing is gained */
    MARIA_GROUP_BYTES = 1 << 20, /* their values; servers take packets of 16 MiB */
    MARIA_SHARE_S = 2            /* who is nearer to its deadline runs alone */
};

struct db_group {
    size_t count;
    struct db_op *ops[MARIA_GROUP_ROWS]; /* ops[0]->group is this */
    size_t size;                         /* of their values, in bytes */
};

/* What is known about a statement. */
enum maria_sharing { SHARING_UNKNOWN, SHARING_KNOWN, SHARING_NONE };

static inline const struct statement *maria_statement_of(const struct db_op *op)
{
    return op->calls[0].statement;
}

/* It is of the kind, it has the time, and has not been told to run alone. */
bool maria_may_share(const struct db_op *op);
enum maria_sharing maria_sharing_of(const struct db_op *op);
const char *maria_array_sql(const struct db_op *op); /* once it is known */
/* From any thread; the first SQL stays.  NULL: there is none.  Takes over the text. */
void maria_set_sharing(const struct db_op *op, char *sql);

/* Takes those that go with the first one out of a list, if any do: first->group. */
size_t maria_gather(struct db_op *first, struct db_ops *waiting);
