/* Values between scripts and statements: what goes into an operation, and what comes out. */
#pragma once

#include "bind/box.h"
#include "db/db.h"

#include <lua.h>

/* What a call returns: a row or nil, all rows, what has changed, or both of each statement. */
enum bind_db_shape { SHAPE_ONE, SHAPE_ALL, SHAPE_EXEC, SHAPE_BATCH };

/* Copies the table at `index` (or nothing) into the arguments of call `which` of the operation
 * that the box holds, and charges the task for it: a string of some length once, however many
 * arguments it is.  Raises, naming what does not fit. */
void bind_db_arguments(lua_State *L, struct bind_wait *wait, size_t which,
                       const struct statement *statement, int index);

/* Pushes a row as a table by column. */
void bind_db_push_row(lua_State *L, const struct db_result *result, size_t row);

/* Pushes the outcome of an operation that went well. */
void bind_db_push(lua_State *L, const struct db_op *op, enum bind_db_shape shape);
