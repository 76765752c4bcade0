/*
 * MariaDB gives a text column whose table names no collation the one that the database has,
 * and that may take texts that differ for one key.
 */
#pragma once

#include "db/db.h"
#include "db/migrate.h"

/* A driver's judge_migrations(): every table that would be made with text whose collation
 * neither the column nor the table nor a later ALTER TABLE names. */
void maria_judge_migrations(const struct migration_source *sources, size_t count,
                            const struct db_driver *const *drivers, bool shared,
                            statement_fault *fault, void *owner);
