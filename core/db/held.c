/* See held.h. */
#include "db/held.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_SLOTS = 256 };

struct held {
    struct db db; /* as scripts find it: the driver below, under the real one's name */
    struct db_driver driver;
    struct db_worker worker;
    struct db *real;
    struct db_session *session;
    struct db_ends ends;
    bool begun, wrote;
};

/* A transaction of a script's, of which one is open at a time; its memory is the operation's
 * to free. */
struct db_tx {
    struct held *held;
};

static struct held *held_of(struct db_worker *worker)
{
    return CONTAINER(worker, struct held, worker);
}

/* ---- the transaction ---- */

static bool say(struct held *held, const char *sql, struct err *err)
{
    return held->real->driver->session_run(held->session, sql, NULL, 0, NULL, err);
}

static bool begin(struct held *held, struct err *err)
{
    held->begun = held->begun || say(held, "BEGIN", err);
    return held->begun;
}

bool held_end(struct held *held, bool keep, struct err *err)
{
    bool good = !held->begun || say(held, keep ? "COMMIT" : "ROLLBACK", err);
    if (!good && keep)
        say(held, "ROLLBACK", NULL);
    held->begun = held->wrote = false;
    return good;
}

bool held_wrote(const struct held *held)
{
    return held->wrote;
}

void held_rest(struct held *held)
{
    if (!held->wrote)
        held_end(held, false, NULL);
}

/* Back to where it was; where the database has ended all of it (a deadlock), that is said. */
static void go_back(struct held *held, const char *savepoint, struct err *err)
{
    CLEANUP(mem_freep) char *back = mem_format("ROLLBACK TO %s", savepoint);
    CLEANUP(mem_freep) char *release = mem_format("RELEASE SAVEPOINT %s", savepoint);
    bool wrote = held->wrote;
    if (say(held, back, NULL) && say(held, release, NULL))
        return;
    held_end(held, false, NULL);
    if (wrote)
        err_append(err, "; all that was not committed is rolled back");
}

/* ---- statements ---- */

/* Each occurrence of a parameter is a slot; the bytes stay the call's. */
static bool run_call(struct held *held, const struct db_call *call, struct db_result *result,
                     struct err *err)
{
    const struct statement *statement = call->statement;
    struct db_value args[MAX_SLOTS];
    if (statement->nslots > MAX_SLOTS)
        return err_set(err, ERR_LIMIT, "more than %d parameters", MAX_SLOTS);
    for (size_t i = 0; i < statement->nslots; i++)
        args[i] = call->args[statement->slots[i]];
    return held->real->driver->session_run(held->session, statement->sql, args,
                                           statement->nslots, result, err) ||
           db_err_prefix(err, statement);
}

static bool run_calls(struct held *held, struct db_op *op, struct err *err)
{
    for (size_t i = 0; i < op->ncalls; i++)
        if (!run_call(held, &op->calls[i], &op->results[i], err))
            return false;
    return true;
}

static bool run(struct held *held, struct db_op *op, struct err *err)
{
    if (!begin(held, err) || !say(held, "SAVEPOINT console", err))
        return false;
    if (!run_calls(held, op, err)) {
        go_back(held, "console", err);
        return false;
    }
    held->wrote = held->wrote || db_op_writes(op);
    return say(held, "RELEASE SAVEPOINT console", err);
}

bool held_run(struct held *held, const struct statement *statement, struct db_result *result,
              struct err *err)
{
    struct db_call call = {statement, NULL};
    struct db_op op = {.ncalls = 1, .calls = &call, .results = result};
    return run(held, &op, err);
}

/* ---- transactions of scripts ---- */

static bool begin_tx(struct held *held, struct db_op *op, struct err *err)
{
    if (!begin(held, err) || !say(held, "SAVEPOINT script", err))
        return false;
    op->tx = mem_new(1, sizeof *op->tx);
    op->tx->held = held;
    return true;
}

static void roll_back_tx(struct held *held)
{
    struct err err = {0};
    go_back(held, "script", &err);
}

static bool carry_out(struct held *held, struct db_op *op, struct err *err)
{
    switch (op->verb) {
    case DB_RUN:
        return run(held, op, err);
    case DB_BEGIN:
        return begin_tx(held, op, err);
    case DB_COMMIT:
        return say(held, "RELEASE SAVEPOINT script", err);
    case DB_ROLLBACK:
        roll_back_tx(held);
        return true;
    case DB_CHECKPOINT:
    case DB_CATCH_UP:
        break;
    }
    return err_set(err, ERR_STATE, "not while a transaction is held");
}

/* ---- the driver ---- */

static bool submit(struct db_worker *worker, struct db_op *op, struct err *err)
{
    struct held *held = held_of(worker);
    (void)err;
    op->ok = true;
    if (!db_op_is_late(op) && !carry_out(held, op, &op->err))
        op->ok = false;
    db_ends_add(&held->ends, op);
    db_ends_return_later(&held->ends);
    return true;
}

static void cancel(struct db_worker *worker, struct db_op *op)
{
    (void)worker;
    __atomic_store_n(&op->cancelled, 1, __ATOMIC_RELAXED);
}

static void abandon(struct db_worker *worker, struct db_tx *tx)
{
    roll_back_tx(held_of(worker));
    free(tx);
}

/* ---- life ---- */

bool held_new(struct db *db, struct loop *loop, struct held **ret_held, struct err *err)
{
    struct held *held = mem_new(1, sizeof *held);
    if (!db->driver->session_open(db, &held->session, err)) {
        free(held);
        return false;
    }
    held->real = db;
    held->driver = (struct db_driver){
        .dialect = db->driver->dialect, .submit = submit, .cancel = cancel, .abandon = abandon};
    held->db.driver = &held->driver;
    held->db.drivers = db->drivers;
    held->worker.db = &held->db;
    db_ends_init(&held->ends, loop);
    *ret_held = held;
    return true;
}

void held_free(struct held *held)
{
    if (!held)
        return;
    db_ends_return(&held->ends);
    held_end(held, false, NULL);
    held->real->driver->session_close(held->session);
    free(held);
}

struct db_worker *held_worker(struct held *held)
{
    return &held->worker;
}
