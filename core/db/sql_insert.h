/*
 * Which statements add one row and do nothing else.  A driver may join executions of such a
 * statement that wait at the same time: each of them would have added its row alike.
 */
#pragma once

#include "db/sql_lexer.h"

/* The table of `INSERT INTO table [(columns)] VALUES (values)`, as it is written there, where
 * values are parameters, literals and what operators make of them; empty for anything else. */
struct slice sql_insert_table(struct slice sql, const struct sql_dialect *dialect);
