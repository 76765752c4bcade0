/*
 * host.db: named statements, batches and interactive transactions.  See scripts/meta/db.lua.
 *
 * Every call is one operation in a wait box that lies at the bottom of the call's stack while
 * the task is parked.  Values are copied out of Lua's strings before the operation is
 * submitted.
 */
#include "bind/bind.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "bind/box.h"
#include "bind/class.h"
#include "bind/state.h"
#include "db/db.h"
#include "vm/task.h"
#include "vm/trail.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

static const char OP[] = "host.db.operation";
static const char TX[] = "host.db.tx";

/* An operation gives up so long before its task has to, so that the script can still say what
 * became of it. */
enum { ANSWER_MS = 100 };

struct op_box {
    struct bind_wait wait; /* for the operation */
    struct tx_box *ends;   /* the transaction that the operation ends, from submitting on */
    struct trail *trail;   /* NULL: in none */
    unsigned step;         /* in that */
};

struct tx_box {
    struct db_tx *tx; /* NULL once ended */
    struct db_worker *worker;
};

/* ---- one operation ---- */

static void cancel(struct bind_wait *wait, void *op)
{
    (void)wait;
    db_cancel(op);
}

static void free_op(void *op)
{
    db_op_free(op);
}

static void op_done(struct db_op *op)
{
    struct op_box *box = CONTAINER(op->owner, struct op_box, wait);
    if (box->trail)
        trail_end(box->trail, box->step, op->ok);
    bind_wait_over(&box->wait);
}

static struct db_op *op_of(const struct op_box *box)
{
    return box->wait.operation;
}

static void op_end(struct op_box *box)
{
    db_op_free(TAKE(box->wait.operation));
}

/* Pushes a box with an operation for so many calls. */
static struct op_box *op_new(lua_State *L, enum db_verb verb, size_t ncalls)
{
    const struct bind_state *state = bind_state_of(L);
    task_check(L, "host.db");
    if (!state->db)
        luaL_error(L, "there is no database in this command");
    struct op_box *box = bind_wait_box(L, sizeof *box, OP, cancel, free_op);
    box->wait.operation = db_op_new(verb, ncalls ? state->statements : NULL, ncalls);
    return box;
}

static void note_step(struct op_box *box, struct trail *trail, const char *request)
{
    static const char *const verbs[] = {
        [DB_BEGIN] = "begin",
        [DB_COMMIT] = "commit",
        [DB_ROLLBACK] = "rollback",
        [DB_CHECKPOINT] = "checkpoint",
    };
    const struct db_op *op = op_of(box);
    char name[96];
    if (op->verb != DB_RUN)
        snprintf(name, sizeof name, "%s", verbs[op->verb]);
    else if (op->ncalls > 1)
        snprintf(name, sizeof name, "%s and %zu more", op->calls[0].statement->name,
                 op->ncalls - 1);
    else
        snprintf(name, sizeof name, "%s", op->calls[0].statement->name);
    box->trail = trail;
    box->step = trail_begin(trail, request, name);
}

/* Submits the box on top, which becomes the only value of this call's stack above `keep`. */
static int op_run(lua_State *L, struct op_box *box, int keep, lua_KFunction k,
                  lua_KContext context)
{
    const struct bind_state *state = bind_state_of(L);
    struct task *task = task_check(L, "host.db");
    struct db_op *op = op_of(box);
    struct err err;
    op->done = op_done;
    op->owner = &box->wait;
    uint64_t due = loop_timer_is_set(&task->deadline)
                       ? loop_timer_due(&task->deadline)
                       : clock_monotonic() + state->host->limits.time;
    op->deadline = due - ANSWER_MS * NS_PER_MS;
    bool writes = !op->tx && op->verb == DB_RUN ? db_op_writes(op) : op->verb == DB_COMMIT;
    if (lua_gettop(L) > keep + 1) {
        lua_replace(L, keep + 1);
        lua_settop(L, keep + 1);
    }
    if (state->trail && task->label.request)
        note_step(box, state->trail, task->label.request);
    if (!db_submit(state->db, op, &err))
        return bind_fail(L, &err);
    if (box->ends)
        box->ends->tx = NULL;
    task->wrote = task->wrote || writes;
    return bind_wait_park(L, &box->wait, task, k, context);
}

/* ---- arguments ---- */

static const struct statement *check_statement(lua_State *L, int index)
{
    const struct statement_set *set = bind_state_of(L)->statements;
    const char *name = bind_text(L, index);
    const struct statement *statement = statement_find(set, name);
    if (!statement)
        luaL_error(L, "there is no statement '%s' in sql/queries", name);
    return statement;
}

static void set_text(lua_State *L, const struct statement *statement, int param,
                     struct db_value *value)
{
    struct slice text = {0};
    text.data = lua_tolstring(L, -1, &text.len);
    bool bytes = statement->params[param].bytes;
    if (!bytes && !str_is_utf8(text))
        luaL_error(L,
                   "the parameter '%s' of '%s' is text but its value is not valid UTF-8 (for "
                   "bytes, name it in `-- bytes:` at %s:%d)",
                   statement->params[param].name, statement->name, statement->file,
                   statement->line);
    db_value_set_bytes(value, bytes ? DB_BYTES : DB_TEXT, text.data, text.len);
}

/* The value on top into an argument. */
static void set_value(lua_State *L, const struct statement *statement, int param,
                      struct db_value *value)
{
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        *value = (struct db_value){.type = DB_INTEGER, .integer = lua_toboolean(L, -1)};
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1))
            *value = (struct db_value){.type = DB_INTEGER, .integer = lua_tointeger(L, -1)};
        else
            *value = (struct db_value){.type = DB_REAL, .real = lua_tonumber(L, -1)};
        break;
    case LUA_TSTRING:
        set_text(L, statement, param, value);
        break;
    default:
        luaL_error(L, "the parameter '%s' of '%s' cannot be a %s",
                   statement->params[param].name, statement->name, luaL_typename(L, -1));
    }
}

/* The table at `index` (or nothing) into the arguments of call `which`. */
static void set_arguments(lua_State *L, struct db_op *op, size_t which,
                          const struct statement *statement, int index)
{
    struct db_value *args = db_op_call(op, which, statement);
    if (lua_isnoneornil(L, index))
        return;
    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "arguments of '%s' are a table of name = value", statement->name);
        int param = statement_param(statement, lua_tostring(L, -2));
        if (param < 0)
            luaL_error(L, "the statement '%s' has no parameter '%s'", statement->name,
                       lua_tostring(L, -2));
        set_value(L, statement, param, &args[param]);
        lua_pop(L, 1);
    }
}

/* ---- results ---- */

static void push_value(lua_State *L, const struct db_value *value)
{
    switch (value->type) {
    case DB_NULL:
        lua_pushnil(L);
        break;
    case DB_INTEGER:
        lua_pushinteger(L, value->integer);
        break;
    case DB_REAL:
        lua_pushnumber(L, value->real);
        break;
    case DB_TEXT:
    case DB_BYTES:
        lua_pushlstring(L, value->bytes.data, value->bytes.len);
        break;
    }
}

static void push_row(lua_State *L, const struct db_result *result, size_t row)
{
    lua_createtable(L, 0, (int)result->ncolumns);
    for (size_t i = 0; i < result->ncolumns; i++) {
        push_value(L, &result->cells[row * result->ncolumns + i]);
        lua_setfield(L, -2, result->columns[i]);
    }
}

static void push_rows(lua_State *L, const struct db_result *result)
{
    lua_createtable(L, (int)result->nrows, 0);
    for (size_t row = 0; row < result->nrows; row++) {
        push_row(L, result, row);
        lua_rawseti(L, -2, (lua_Integer)row + 1);
    }
}

static void push_changes(lua_State *L, const struct db_result *result)
{
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, result->affected);
    lua_setfield(L, -2, "affected");
    lua_pushinteger(L, result->id);
    lua_setfield(L, -2, "id");
}

enum shape { SHAPE_ONE, SHAPE_ALL, SHAPE_EXEC, SHAPE_BATCH };

static void push_shape(lua_State *L, const struct db_op *op, enum shape shape)
{
    if (shape == SHAPE_ONE && op->results[0].nrows == 0) {
        lua_pushnil(L);
    } else if (shape == SHAPE_ONE) {
        push_row(L, &op->results[0], 0);
    } else if (shape == SHAPE_ALL) {
        push_rows(L, &op->results[0]);
    } else if (shape == SHAPE_EXEC) {
        push_changes(L, &op->results[0]);
    } else {
        lua_createtable(L, (int)op->ncalls, 0);
        for (size_t i = 0; i < op->ncalls; i++) {
            push_changes(L, &op->results[i]);
            push_rows(L, &op->results[i]);
            lua_setfield(L, -2, "rows");
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
    }
}

/* The box is at 1: its outcome is what the call returns. */
static int answer(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    struct op_box *box = lua_touserdata(L, 1);
    if (!op_of(box)->ok)
        return bind_fail(L, &op_of(box)->err);
    push_shape(L, op_of(box), (enum shape)context);
    op_end(box);
    return 1;
}

/* name at `first`, arguments behind it */
static int run_one(lua_State *L, int first, struct tx_box *tx, enum shape shape)
{
    const struct statement *statement = check_statement(L, first);
    struct op_box *box = op_new(L, DB_RUN, 1);
    op_of(box)->tx = tx ? tx->tx : NULL;
    set_arguments(L, op_of(box), 0, statement, first + 1);
    return op_run(L, box, 0, answer, shape);
}

static int db_one(lua_State *L)
{
    return run_one(L, 1, NULL, SHAPE_ONE);
}

static int db_all(lua_State *L)
{
    return run_one(L, 1, NULL, SHAPE_ALL);
}

static int db_exec(lua_State *L)
{
    return run_one(L, 1, NULL, SHAPE_EXEC);
}

static int db_batch(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    size_t count = (size_t)lua_rawlen(L, 1);
    luaL_argcheck(L, count > 0 && count <= LIMIT_DB_QUEUE, 1,
                  "a batch has between 1 and 1024 statements");
    struct op_box *box = op_new(L, DB_RUN, count);
    for (size_t i = 0; i < count; i++) {
        if (lua_rawgeti(L, 1, (lua_Integer)i + 1) != LUA_TTABLE)
            return luaL_error(L, "item %d of a batch is no table {name, arguments}",
                              (int)i + 1);
        int item = lua_gettop(L);
        lua_rawgeti(L, item, 1);
        lua_rawgeti(L, item, 2);
        set_arguments(L, op_of(box), i, check_statement(L, item + 1), item + 2);
        lua_settop(L, item - 1);
    }
    return op_run(L, box, 0, answer, SHAPE_BATCH);
}

/* ---- transactions ---- */

static struct tx_box *check_tx(lua_State *L)
{
    struct tx_box *box = luaL_checkudata(L, 1, TX);
    if (!box->tx)
        luaL_error(L, "this transaction has ended");
    return box;
}

static int tx_one(lua_State *L)
{
    return run_one(L, 2, check_tx(L), SHAPE_ONE);
}

static int tx_all(lua_State *L)
{
    return run_one(L, 2, check_tx(L), SHAPE_ALL);
}

static int tx_exec(lua_State *L)
{
    return run_one(L, 2, check_tx(L), SHAPE_EXEC);
}

/* Also __close: rolls back without waiting, which a reset task may not. */
static int tx_gc(lua_State *L)
{
    struct tx_box *box = lua_touserdata(L, 1);
    struct db_tx *tx = TAKE(box->tx);
    if (tx)
        db_abandon(box->worker, tx);
    return 0;
}

/* The stack of db.tx while it runs: [function, tx (to be closed), results… or error, box]. */
enum { TX_FUNCTION = 1, TX_BOX = 2, TX_RESULTS = 3 };

/* After COMMIT or ROLLBACK: what the function returned, or its error. */
static int tx_ended(lua_State *L, int status, lua_KContext raised)
{
    (void)status;
    struct op_box *box = lua_touserdata(L, -1);
    bool committing = op_of(box)->verb == DB_COMMIT;
    bool good = op_of(box)->ok;
    struct err err = op_of(box)->err;
    op_end(box);
    lua_pop(L, 1);
    if (raised)
        return lua_error(L);
    if (committing && !good)
        return bind_fail(L, &err);
    return lua_gettop(L) - TX_BOX;
}

/* The function has returned (its results are on the stack) or raised (its error is). */
static int tx_called(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    struct tx_box *tx = lua_touserdata(L, TX_BOX);
    bool raised = status != LUA_OK && status != LUA_YIELD;
    bool failed = raised || (lua_gettop(L) > TX_RESULTS && lua_isnil(L, TX_RESULTS) &&
                             lua_type(L, TX_RESULTS + 1) == LUA_TSTRING);
    struct op_box *box = op_new(L, failed ? DB_ROLLBACK : DB_COMMIT, 0);
    op_of(box)->tx = tx->tx;
    box->ends = tx;
    int count = op_run(L, box, lua_gettop(L) - 1, tx_ended, raised);
    if (!raised)
        return count; /* it could not even be submitted */
    lua_settop(L, TX_RESULTS);
    return lua_error(L);
}

static int tx_begun(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    struct op_box *box = lua_touserdata(L, -1);
    if (!op_of(box)->ok)
        return bind_fail(L, &op_of(box)->err);
    struct tx_box *tx = lua_touserdata(L, TX_BOX);
    tx->tx = TAKE(op_of(box)->tx);
    op_end(box);
    lua_pop(L, 1);
    lua_toclose(L, TX_BOX);
    lua_pushvalue(L, TX_FUNCTION);
    lua_pushvalue(L, TX_BOX);
    return tx_called(L, lua_pcallk(L, 1, LUA_MULTRET, 0, context, tx_called), context);
}

static int db_tx(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    struct tx_box *tx = lua_newuserdatauv(L, sizeof *tx, 0);
    *tx = (struct tx_box){.worker = bind_state_of(L)->db};
    luaL_setmetatable(L, TX);
    struct op_box *box = op_new(L, DB_BEGIN, 0);
    return op_run(L, box, TX_BOX, tx_begun, 0);
}

static int checkpointed(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    struct op_box *box = lua_touserdata(L, 1);
    if (!op_of(box)->ok)
        return bind_fail(L, &op_of(box)->err);
    lua_pushboolean(L, true);
    return 1;
}

/* db.checkpoint() -> true | nil, message, kind.  Yields. */
static int db_checkpoint(lua_State *L)
{
    struct op_box *box = op_new(L, DB_CHECKPOINT, 0);
    if (!bind_state_of(L)->db->db->driver->checkpoints) {
        lua_pushboolean(L, true);
        return 1;
    }
    return op_run(L, box, 0, checkpointed, 0);
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
    {"tx", db_tx, 1, 1, "..."},
    {"checkpoint", db_checkpoint, 0, 0, "boolean?,string?,string?"},
    {"well", db_is_well, 0, 0, "boolean?,string?,string?"},
    {NULL, NULL, 0, 0, NULL}};

static const struct binding tx_methods[] = {{"one", tx_one, 2, 3, "table?,string?,string?"},
                                            {"all", tx_all, 2, 3, "table?,string?,string?"},
                                            {"exec", tx_exec, 2, 3, "table?,string?,string?"},
                                            {NULL, NULL, 0, 0, NULL}};

int bind_db_open(lua_State *L)
{
    bind_class(L, TX, tx_methods, tx_gc);
    class_event(L, "__close", tx_gc, 0);
    lua_settop(L, 0);
    bind_module(L, "host.db", module);
    return 1;
}
