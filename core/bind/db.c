/* host.db: named statements and batches.  See scripts/meta/db.lua. */
#include "bind/bind.h"

#include "base/clock.h"
#include "base/limits.h"
#include "bind/db_op.h"
#include "bind/db_tx.h"
#include "bind/state.h"
#include "vm/task.h"

#include <lauxlib.h>

enum { CATCH_UP_S = 1 };

static int db_one(lua_State *L)
{
    return bind_db_run_one(L, 1, NULL, SHAPE_ONE);
}

static int db_all(lua_State *L)
{
    return bind_db_run_one(L, 1, NULL, SHAPE_ALL);
}

static int db_exec(lua_State *L)
{
    return bind_db_run_one(L, 1, NULL, SHAPE_EXEC);
}

static int db_batch(lua_State *L)
{
    return bind_db_run_batch(L, 1, NULL);
}

/* It has no answer but that it has been done. */
static int done(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    struct op_box *box = lua_touserdata(L, 1);
    if (!bind_db_op(box)->ok)
        return bind_fail(L, &bind_db_op(box)->err);
    lua_pushboolean(L, true);
    return 1;
}

/* db.checkpoint() -> true | nil, message, kind.  Yields. */
static int db_checkpoint(lua_State *L)
{
    bind_db_refuse_in_tx(L, "db.checkpoint");
    struct op_box *box = bind_db_new(L, DB_CHECKPOINT, 0);
    if (!bind_state_of(L)->db->db->driver->checkpoints) {
        lua_pushboolean(L, true);
        return 1;
    }
    return bind_db_submit(L, box, 0, done, 0);
}

/* db.catch_up() -> boolean | nil, message, kind.  Yields. */
static int db_catch_up(lua_State *L)
{
    bind_db_refuse_in_tx(L, "db.catch_up");
    struct op_box *box = bind_db_new(L, DB_CATCH_UP, 0);
    struct db *db = bind_state_of(L)->db->db;
    if (!db->driver->is_clustered || !db->driver->is_clustered(db)) {
        lua_pushboolean(L, false);
        return 1;
    }
    bind_db_op(box)->deadline = clock_monotonic() + CATCH_UP_S * NS_PER_S;
    return bind_db_submit(L, box, 0, done, 0);
}

/* db.well() -> true | nil, message, kind */
static int db_is_well(lua_State *L)
{
    const struct db_worker *worker = bind_state_of(L)->db;
    struct err err;
    task_check(L, "host.db");
    if (worker && !db_well(worker->db, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, true);
    return 1;
}

static const struct binding module[] = {
    {"one", db_one, 1, 2, "table?,string?,string?"},
    {"all", db_all, 1, 2, "table?,string?,string?"},
    {"exec", db_exec, 1, 2, "table?,string?,string?"},
    {"batch", db_batch, 1, 1, "table?,string?,string?"},
    {"tx", bind_db_tx, 1, 1, "..."},
    {"checkpoint", db_checkpoint, 0, 0, "boolean?,string?,string?"},
    {"catch_up", db_catch_up, 0, 0, "boolean?,string?,string?"},
    {"well", db_is_well, 0, 0, "boolean?,string?,string?"},
    {NULL, NULL, 0, 0, NULL}};

int bind_db_open(lua_State *L)
{
    bind_db_tx_open(L);
    bind_module(L, "host.db", module);
    return 1;
}
