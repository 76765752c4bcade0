/*
 * The host's own tables: what it keeps in any application's database.  Its migrations are a
 * space of their own, applied behind the application's, which may have made the tables already.
 *
 *   meta   name → value: which server secret is current, see server/secret.h; whose turn it is,
 *          see server/turn.h
 *   node   the programs that work on this database; written by server/node.c
 */
#pragma once

#include "db/migrate.h"

#define OWN_SPACE "host"

/* All of them, for either driver; the list is static. */
const struct migration_source *own_migrations(size_t *ret_count);

/* The statements on those tables: host.node_update, host.node_insert, host.node_forget,
 * host.node_others, host.secret_word, host.turn_take, host.turn_make, host.turn_leave. */
struct statement_source own_statements(void);
