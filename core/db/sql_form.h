/*
 * Statements of two simple forms.  A driver may join executions of such a statement that wait
 * at the same time: each of them would have added its row, or found what it looks for, alike.
 */
#pragma once

#include "db/sql_lexer.h"

/* The table of `INSERT INTO table [(columns)] VALUES (values)`, as it is written there, where
 * values are parameters, literals and what operators make of them; empty for anything else. */
struct slice sql_insert_table(struct slice sql, const struct sql_dialect *dialect);

enum { SQL_LOOKUP_KEYS = 8 };

/* `SELECT expressions FROM table WHERE conditions`, as it is written there. */
struct sql_lookup {
    struct slice rest; /* what stands behind SELECT */
    struct slice table;
    size_t nkeys;
    struct slice keys[SQL_LOOKUP_KEYS]; /* columns that are to equal a parameter */
};

/* Is it one that looks rows of one table up, where nothing is ordered, grouped or locked?  In
 * its expressions something is compared with a parameter at most: no column's type or scale
 * depends on what is asked with.  Its conditions are `column = ?`, other comparisons of a
 * column with a parameter, and `column IS [NOT] NULL`; each holds, and at least one is of the
 * first kind. */
bool sql_is_lookup(struct slice sql, const struct sql_dialect *dialect,
                   struct sql_lookup *ret_lookup);
