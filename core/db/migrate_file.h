/*
 * For migrations alone: the files of one driver, in order and cut into statements.
 */
#pragma once

#include "db/dialect.h"
#include "db/migrate.h"

enum { MIGRATION_SUM = 65 }; /* BLAKE2b-256 in hexadecimal, and a NUL */

struct migration_statement {
    char *sql;
    int line; /* in its file, counted from 1 */
    char sum[MIGRATION_SUM];
};

struct migration {
    int number;
    const char *file; /* the source's */
    char sum[MIGRATION_SUM];
    size_t count;
    struct migration_statement *statements;
};

/* items[i] has the number i + 1. */
struct migration_list {
    size_t count;
    struct migration *items;
};

/* Of those that one of the drivers runs, by its dialect. */
bool migration_list_read(const struct migration_source *sources, size_t count,
                         const struct sql_dialect *dialect,
                         const struct db_driver *const *drivers,
                         struct migration_list *ret_list, struct err *err);
void migration_list_done(struct migration_list *list);

/* Cuts a text at semicolons outside strings, comments and the bodies of triggers. */
bool migration_split(struct migration *migration, struct slice text,
                     const struct sql_dialect *dialect, struct err *err);
