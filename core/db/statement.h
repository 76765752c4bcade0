/*
 * Named statements: the SQL that an application may run, read from sql/queries/NAME.sql.
 *
 *     -- name: item.find
 *     -- bytes: key_hash
 *     SELECT id, opens_at FROM item WHERE key_hash = :key_hash AND opens_at <= :now;
 *
 * A statement begins at its `-- name:` line and ends at the next one or at the end of the
 * file; it is one SQL statement.  `@` and a driver's name behind it keep it to that
 * driver; a plain one serves the rest.  `:name` is a parameter (not inside strings, quoted
 * names or comments) and may occur several times.  `-- bytes: a, b` lists the parameters whose
 * Lua strings are bytes; every other string is text and must be UTF-8.
 *
 * A set belongs to a generation and is counted, because an operation that was cancelled may
 * still be running on it.  Immutable after loading, so any thread may read it.
 */
#pragma once

#include "base/err.h"
#include "db/value.h"

#include <stdint.h>

struct db_driver;
struct sql_dialect;

struct statement_param {
    char *name;
    bool bytes;
};

struct statement {
    char *name;     /* "item.find" */
    char *file;     /* "sql/queries/item.sql", for messages */
    int line;       /* of its `-- name:` line */
    char *sql;      /* from the line behind it, with `?` for every occurrence of a parameter */
    bool writes;    /* does not begin with SELECT, VALUES, EXPLAIN, or WITH … SELECT */
    char *adds_to;  /* the table, when it adds one row to it and does nothing else; or NULL */
    char *finds_in; /* the table, when it looks rows of it up (sql_form.h); or NULL */
    size_t nparams; /* distinct ones */
    struct statement_param *params;
    size_t nslots; /* occurrences of `?` */
    size_t *slots; /* slot → index into params */
    size_t index;  /* in its set */

    struct db_names *columns; /* of its results; atomic; set once */

    /* The driver's: whether and how several operations go in one execution. */
    int array;       /* atomic; 0 for not known yet */
    char *array_sql; /* atomic; set once */
};

struct statement_set {
    uint64_t uid; /* of the set, unique in the process: the key of prepared caches */
    size_t count;
    struct statement **items; /* sorted by name */
    int refs;                 /* atomic */
};

/* Collects what went wrong with a file, one call per fault; line counts from 1. */
typedef void statement_fault(void *owner, const char *file, int line, const char *message);

/* One file of statements. */
struct statement_source {
    const char *file;
    struct slice text;
};

/* Reads all sources for one of the drivers that there are, by its dialect.  Faults (no name,
 * the same name twice, an unknown name in `-- bytes:`, no SQL, more than one statement, a name
 * that only another driver has) go to fault(); the set then lacks that statement.  One
 * reference. */
struct statement_set *statement_set_new(const struct statement_source *sources, size_t count,
                                        const struct sql_dialect *dialect,
                                        const struct db_driver *const *drivers,
                                        statement_fault *fault, void *owner);
struct statement_set *statement_set_ref(struct statement_set *set);
/* NULL is fine; thread-safe, as is taking a reference. */
void statement_set_unref(struct statement_set *set);
/* NULL when there is none of that name. */
const struct statement *statement_find(const struct statement_set *set, const char *name);
/* Index of a parameter, or -1. */
int statement_param(const struct statement *statement, const char *name);
