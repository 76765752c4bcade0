/*
 * One operation of host.db: a wait box that lies at the bottom of the call's stack while the
 * task is parked.  Values are copied out of Lua's strings before it is submitted.
 */
#pragma once

#include "bind/box.h"
#include "bind/db_value.h"
#include "db/db.h"

#include <lua.h>

struct trail;

struct op_box {
    struct bind_wait wait;          /* for the operation */
    void (*submitted)(void *owner); /* NULL, or told so */
    void *owner;
    struct trail *trail; /* NULL: in none */
    unsigned step;       /* in that */
};

/* Pushes a box with an operation for so many calls.  Raises where nothing may wait. */
struct op_box *bind_db_new(lua_State *L, enum db_verb verb, size_t ncalls);
struct db_op *bind_db_op(const struct op_box *box);
void bind_db_end(struct op_box *box); /* frees the operation */

/* Submits the box on top, which becomes the only value of this call's stack above `keep`.  Its
 * operation gives up before the task has to, earlier where its own deadline is. */
int bind_db_submit(lua_State *L, struct op_box *box, int keep, lua_KFunction k,
                   lua_KContext context);

/* The statement whose name is at `index`; raises where there is none. */
const struct statement *bind_db_statement(lua_State *L, int index);

/* Raises where the running task, or one that it is a child of, is inside db.tx: what it is
 * about to do would wait for that transaction, which waits for it. */
void bind_db_refuse_in_tx(lua_State *L, const char *what);

/* Runs the statement whose name is at `first`, its arguments behind it; in a transaction, or
 * NULL. */
int bind_db_run_one(lua_State *L, int first, struct db_tx *tx, enum bind_db_shape shape);
/* The same with the batch at `first`, an array of {name, arguments}, the last value. */
int bind_db_run_batch(lua_State *L, int first, struct db_tx *tx);
