/*
 * Migrations: sql/migrations/NNNN_what.sql, or NNNN_what.DRIVER.sql for each driver where they
 * must differ.  Keyed by (space, number): the application's space is "app", a site has its own.
 * Each statement of a file is recorded with its checksum.  A file is one transaction: all of
 * it, or nothing.  Where a schema change commits by itself, each statement is recorded as soon
 * as it has run, so that a failed or killed run resumes behind the last one.
 *
 * Refused (ERR_STATE): an applied file whose text has changed, and to apply anything to a
 * database that has migrations which these sources do not (it is newer).  A gap, a double
 * number or a bad name among the sources is ERR_INPUT; what is not named *.sql is passed over.
 * The part of a file that has not been applied may change: that is how a failing statement is
 * mended.  An error says what of its file was applied and how to go on.
 *
 * migrate_apply() creates the table `migration` where it is missing; an account that may not
 * is told of everything else first.  Both functions block.
 */
#pragma once

#include "db/db.h"

struct migration_source {
    const char *file; /* "sql/migrations/0001_tables.sql" */
    struct slice text;
};

struct migration_status {
    int highest_known;   /* in the sources */
    int highest_applied; /* complete in the database; 0 for none */
    bool partial;        /* one has begun and is not complete */
    bool is_empty;       /* nothing of any space was applied to the database */
    int newest;          /* that the database has and the sources do not; 0 for none */
};

bool migrate_status(struct db *db, const char *space, const struct migration_source *sources,
                    size_t count, struct migration_status *ret_status, struct err *err);

/* Is there nothing in the database that the sources do not have?  false: ERR_STATE, with the
 * way out. */
bool migrate_refuse_newer(const struct db *db, const char *space,
                          const struct migration_status *status, struct err *err);

/* Applies what is missing, after a backup where the driver offers one and something had been
 * applied before.  *ret_applied counts statements that were run. */
bool migrate_apply(struct db *db, const char *space, const struct migration_source *sources,
                   size_t count, int *ret_applied, struct err *err);
