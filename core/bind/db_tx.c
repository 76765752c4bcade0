/* See db_tx.h. */
#include "bind/db_tx.h"

#include "base/mem.h"
#include "bind/bind.h"
#include "bind/class.h"
#include "bind/db_op.h"
#include "bind/state.h"
#include "vm/task.h"
#include "vm/vm.h"

#include <lauxlib.h>

static const char TX[] = "host.db.tx";

struct tx_box {
    struct db_tx *tx; /* NULL once ended */
    struct vm *vm;
    struct db_worker *worker;
};

static struct tx_box *check_tx(lua_State *L)
{
    struct tx_box *box = luaL_checkudata(L, 1, TX);
    const struct task *task = vm_of(L)->tasks.current;
    if (!box->tx)
        luaL_error(L, "this transaction has ended");
    if (!task || task_transaction(task) != box)
        luaL_error(L, "this transaction is another request's: its handle serves nobody but the "
                      "function that got it");
    return box;
}

static int tx_one(lua_State *L)
{
    return bind_db_run_one(L, 2, check_tx(L)->tx, SHAPE_ONE);
}

static int tx_all(lua_State *L)
{
    return bind_db_run_one(L, 2, check_tx(L)->tx, SHAPE_ALL);
}

static int tx_exec(lua_State *L)
{
    return bind_db_run_one(L, 2, check_tx(L)->tx, SHAPE_EXEC);
}

static int tx_batch(lua_State *L)
{
    return bind_db_run_batch(L, 2, check_tx(L)->tx);
}

/* Rolls back without waiting, which a reset task may not. */
static void abandon(void *transaction)
{
    struct tx_box *box = transaction;
    struct db_tx *tx = TAKE(box->tx);
    if (!tx)
        return;
    db_abandon(box->worker, tx);
    task_end_transaction(box->vm, box);
}

/* Also __close.  A coroutine that nobody goes on with may outlive the task that it has begun
 * in, and the worker. */
static int tx_gc(lua_State *L)
{
    abandon(lua_touserdata(L, 1));
    return 0;
}

/* The stack of db.tx while it runs: [function, tx (to be closed), results… or error, box]. */
enum { TX_FUNCTION = 1, TX_BOX = 2, TX_RESULTS = 3 };

/* After COMMIT or ROLLBACK: what the function returned, or its error. */
static int tx_ended(lua_State *L, int status, lua_KContext raised)
{
    (void)status;
    struct op_box *box = lua_touserdata(L, -1);
    bool committing = bind_db_op(box)->verb == DB_COMMIT;
    bool good = bind_db_op(box)->ok;
    struct err err = bind_db_op(box)->err;
    bind_db_end(box);
    lua_pop(L, 1);
    if (raised)
        return lua_error(L);
    if (committing && !good)
        return bind_fail(L, &err);
    return lua_gettop(L) - TX_BOX;
}

/* COMMIT or ROLLBACK is under way. */
static void is_ending(void *owner)
{
    struct tx_box *tx = owner;
    tx->tx = NULL;
    task_end_transaction(tx->vm, tx);
}

/* The function has returned (its results are on the stack) or raised (its error is). */
static int tx_called(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    struct tx_box *tx = lua_touserdata(L, TX_BOX);
    bool raised = status != LUA_OK && status != LUA_YIELD;
    bool failed = raised || (lua_gettop(L) > TX_RESULTS && lua_isnil(L, TX_RESULTS) &&
                             lua_type(L, TX_RESULTS + 1) == LUA_TSTRING);
    struct op_box *box = bind_db_new(L, failed ? DB_ROLLBACK : DB_COMMIT, 0);
    bind_db_op(box)->tx = tx->tx;
    box->submitted = is_ending;
    box->owner = tx;
    int count = bind_db_submit(L, box, lua_gettop(L) - 1, tx_ended, raised);
    if (!raised)
        return count; /* it could not even be submitted */
    lua_settop(L, TX_RESULTS);
    return lua_error(L);
}

static int tx_begun(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    struct op_box *box = lua_touserdata(L, -1);
    if (!bind_db_op(box)->ok)
        return bind_fail(L, &bind_db_op(box)->err);
    struct tx_box *tx = lua_touserdata(L, TX_BOX);
    tx->tx = TAKE(bind_db_op(box)->tx);
    struct task *task = vm_of(L)->tasks.current;
    task->transaction = tx;
    task->abandon = abandon;
    bind_db_end(box);
    lua_pop(L, 1);
    lua_toclose(L, TX_BOX);
    lua_pushvalue(L, TX_FUNCTION);
    lua_pushvalue(L, TX_BOX);
    return tx_called(L, lua_pcallk(L, 1, LUA_MULTRET, 0, context, tx_called), context);
}

int bind_db_tx(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    bind_db_refuse_in_tx(L, "db.tx");
    struct tx_box *tx = lua_newuserdatauv(L, sizeof *tx, 0);
    *tx = (struct tx_box){.vm = vm_of(L), .worker = bind_state_of(L)->db};
    luaL_setmetatable(L, TX);
    struct op_box *box = bind_db_new(L, DB_BEGIN, 0);
    return bind_db_submit(L, box, TX_BOX, tx_begun, 0);
}

static const struct binding tx_methods[] = {{"one", tx_one, 2, 3, "table?,string?,string?"},
                                            {"all", tx_all, 2, 3, "table?,string?,string?"},
                                            {"exec", tx_exec, 2, 3, "table?,string?,string?"},
                                            {"batch", tx_batch, 2, 2, "table?,string?,string?"},
                                            {NULL, NULL, 0, 0, NULL}};

void bind_db_tx_open(lua_State *L)
{
    bind_class(L, TX, tx_methods, tx_gc);
    class_event(L, "__close", tx_gc, 0);
    lua_pop(L, 1);
}
