/* See db_op.h. */
#include "bind/db_op.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "bind/bind.h"
#include "bind/state.h"
#include "vm/task.h"
#include "vm/trail.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <stdio.h>

static const char OP[] = "host.db.operation";

/* An operation gives up so long before its task has to, so that the script can still say what
 * became of it. */
enum { ANSWER_MS = 100 };

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

struct db_op *bind_db_op(const struct op_box *box)
{
    return box->wait.operation;
}

void bind_db_end(struct op_box *box)
{
    db_op_free(TAKE(box->wait.operation));
    bind_wait_credit(&box->wait);
}

struct op_box *bind_db_new(lua_State *L, enum db_verb verb, size_t ncalls)
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
        [DB_BEGIN] = "begin",           [DB_COMMIT] = "commit",     [DB_ROLLBACK] = "rollback",
        [DB_CHECKPOINT] = "checkpoint", [DB_CATCH_UP] = "catch up",
    };
    const struct db_op *op = bind_db_op(box);
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

int bind_db_submit(lua_State *L, struct op_box *box, int keep, lua_KFunction k,
                   lua_KContext context)
{
    const struct bind_state *state = bind_state_of(L);
    struct task *task = task_check(L, "host.db");
    struct db_op *op = bind_db_op(box);
    struct err err;
    op->done = op_done;
    op->owner = &box->wait;
    uint64_t due = loop_timer_is_set(&task->deadline)
                       ? loop_timer_due(&task->deadline)
                       : clock_monotonic() + state->host->limits.time;
    due -= ANSWER_MS * NS_PER_MS;
    op->deadline = due < op->deadline ? due : op->deadline;
    bool writes = !op->tx && op->verb == DB_RUN ? db_op_writes(op) : op->verb == DB_COMMIT;
    if (lua_gettop(L) > keep + 1) {
        lua_replace(L, keep + 1);
        lua_settop(L, keep + 1);
    }
    if (state->trail && task->label.request)
        note_step(box, state->trail, task->label.request);
    if (!db_submit(state->db, op, &err))
        return bind_fail(L, &err);
    if (box->submitted)
        box->submitted(box->owner);
    task->wrote = task->wrote || writes;
    return bind_wait_park(L, &box->wait, task, k, context);
}

/* ---- one statement ---- */

const struct statement *bind_db_statement(lua_State *L, int index)
{
    const struct statement_set *set = bind_state_of(L)->statements;
    const char *name = bind_text(L, index);
    const struct statement *statement = statement_find(set, name);
    if (!statement)
        luaL_error(L, "there is no statement '%s' in sql/queries", name);
    return statement;
}

void bind_db_refuse_in_tx(lua_State *L, const char *what)
{
    const struct task *task = vm_of(L)->tasks.current;
    if (task && task_transaction(task))
        luaL_error(
            L,
            "'%s' inside db.tx would wait for the transaction that waits for it: use the "
            "handle that the function got (tx:exec, tx:one, tx:all), or call it after",
            what);
}

/* A continuation: the box is at 1, and its outcome, in the shape that the context is, what the
 * call returns. */
static int answer(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    struct op_box *box = lua_touserdata(L, 1);
    if (!bind_db_op(box)->ok)
        return bind_fail(L, &bind_db_op(box)->err);
    bind_db_push(L, bind_db_op(box), (enum bind_db_shape)context);
    bind_db_end(box);
    return 1;
}

int bind_db_run_one(lua_State *L, int first, struct db_tx *tx, enum bind_db_shape shape)
{
    const struct statement *statement = bind_db_statement(L, first);
    if (!tx && statement->writes)
        bind_db_refuse_in_tx(L, statement->name);
    struct op_box *box = bind_db_new(L, DB_RUN, 1);
    bind_db_op(box)->tx = tx;
    bind_db_arguments(L, &box->wait, 0, statement, first + 1);
    return bind_db_submit(L, box, 0, answer, shape);
}

int bind_db_run_batch(lua_State *L, int first, struct db_tx *tx)
{
    luaL_checktype(L, first, LUA_TTABLE);
    size_t count = (size_t)lua_rawlen(L, first);
    luaL_argcheck(L, count > 0 && count <= LIMIT_DB_QUEUE, first,
                  "a batch has between 1 and 1024 statements");
    struct op_box *box = bind_db_new(L, DB_RUN, count);
    for (size_t i = 0; i < count; i++) {
        if (lua_rawgeti(L, first, (lua_Integer)i + 1) != LUA_TTABLE)
            return luaL_error(L, "item %d of a batch is no table {name, arguments}",
                              (int)i + 1);
        int item = lua_gettop(L);
        lua_rawgeti(L, item, 1);
        lua_rawgeti(L, item, 2);
        bind_db_arguments(L, &box->wait, i, bind_db_statement(L, item + 1), item + 2);
        lua_settop(L, item - 1);
    }
    bind_db_op(box)->tx = tx;
    if (!tx && db_op_writes(bind_db_op(box)))
        bind_db_refuse_in_tx(L, "db.batch");
    return bind_db_submit(L, box, 0, answer, SHAPE_BATCH);
}
