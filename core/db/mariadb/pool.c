/*
 * What runs on the connections, how it ends, and what is tried again; see the header.
 *
 * One function for each thing that a connection can have finished: slot->then.
 */
#include "db/mariadb/pool.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "db/mariadb/array.h"
#include "db/mariadb/gather.h"
#include "db/mariadb/lend.h"
#include "db/mariadb/retry.h"
#include "db/mariadb/suspect.h"
#include "db/mariadb/tx.h"

#include <stdlib.h>

enum {
    REST_MS = 10,  /* the longest rest after a deadlock, times the tries there were */
    GRACE_MS = 250 /* what a cancelled operation may still take */
};

/* A statement of which nothing is to be read. */
static const char catch_up[] = "SET STATEMENT wsrep_sync_wait = 1 FOR SELECT 1 INTO @caught_up";

struct worker {
    struct pool pool;
    struct maria_watch watch;
    struct maria_gathering gathering;
};

static void start(struct slot *slot, struct db_op *op);

/* ---- how operations end ---- */

static void observe(const struct slot *slot, const struct db_op *op)
{
    struct metric_label kind = {"kind", db_op_writes(op) ? "write" : "read"};

    metric_record(METRIC_HISTOGRAM, "tc_db_seconds", &kind, 1,
                  (double)(clock_monotonic() - slot->since) / (double)NS_PER_S);
}

static void succeed_one(struct slot *slot, struct db_op *op)
{
    observe(slot, op);
    op->ok = true;
    if (db_op_writes(op))
        maria_well(pool_db(slot->pool), MATTER_WRITE);
    db_ends_add(&slot->pool->ends, op);
}

static void succeed(struct slot *slot)
{
    struct db_op *op = TAKE(slot->op);
    struct db_group *group = TAKE(op->group);

    succeed_one(slot, op);
    for (size_t i = 1; group != NULL && i < group->count; i++)
        succeed_one(slot, group->ops[i]);
    free(group);
}

static void next(struct slot *slot)
{
    slot->op = NULL;
    if (slot->tx != NULL)
        maria_tx_next(slot);
    else
        pool_release(slot);
}

/* The operation's error is its answer. */
static void fail(struct slot *slot, bool tx_over)
{
    struct db_op *op = TAKE(slot->op);
    struct err err = slot->conn->answer.err;

    maria_conn_explain(slot->conn, &err);
    if (slot->conn->answer.effect == EFFECT_LATE)
        maria_count("tc_db_cut_total", NULL, NULL);
    if (slot->conn->answer.effect == EFFECT_SIZE)
        maria_trouble(pool_db(slot->pool), MATTER_SIZE, err.text);
    observe(slot, op);
    if (tx_over || slot->conn->state == CONN_CLOSED)
        maria_tx_lose(slot, &err);
    maria_fail(&slot->pool->ends, op, &err);
    next(slot);
}

/* ---- another try ---- */

static void go_again(struct slot *slot, const char *cause)
{
    struct pool *pool = slot->pool;
    struct db_op *op = TAKE(slot->op);

    op->tries++;
    maria_count("tc_db_retries_total", "cause", cause);
    maria_wait_add_first(&pool->again, op);
}

/* Each by itself, the first one first. */
static void go_apart(struct slot *slot)
{
    struct db_group *group = TAKE(slot->op->group);

    maria_count("tc_db_retries_total", "cause", "array");
    for (size_t i = group->count; i-- > 0;) {
        group->ops[i]->alone = true;
        maria_wait_add_first(&slot->pool->again, group->ops[i]);
    }
    free(group);
    next(slot);
}

static void rested(struct loop_timer *timer)
{
    struct slot *slot = timer->owner;

    bool first = pool_enter(slot->pool);

    go_again(slot, "deadlock");
    next(slot);
    pool_leave(slot->pool, first, true);
}

/* Without any lock, and not for long. */
static void rest(struct slot *slot)
{
    uint64_t most = (uint64_t)(slot->op->tries + 1) * REST_MS * NS_PER_MS;

    if (slot->conn->state == CONN_CLOSED || !slot->conn->answer.ok) {
        go_again(slot, "deadlock");
        pool_replace(slot);
        return;
    }
    slot->conn->dirty = false;
    slot->then = NULL;
    slot->timer = (struct loop_timer){.fire = rested, .owner = slot};
    loop_timer_set(slot->pool->loop, &slot->timer, clock_monotonic() + random_below(most));
}

static void run_here(struct slot *slot)
{
    if (slot->conn->state == CONN_CLOSED || !slot->conn->answer.ok) {
        go_again(slot, "connection");
        pool_replace(slot);
        return;
    }
    if (slot->tx == NULL)
        slot->conn->dirty = false;
    start(slot, slot->op);
}

static void reopened(struct slot *slot)
{
    struct db_op *op = slot->op;

    if (slot->conn->answer.ok)
        maria_tx_run(slot, op);
    else
        fail(slot, true);
}

static void say(struct slot *slot, const char *sql, void (*then)(struct slot *slot))
{
    slot->then = then;
    maria_conn_say(slot->conn, sql, slot->op->deadline);
}

static void try_here(struct slot *slot)
{
    slot->op->tries++;
    if (slot->tx != NULL)
        maria_tx_run(slot, slot->op);
    else if (slot->conn->dirty)
        say(slot, "ROLLBACK", run_here);
    else
        start(slot, slot->op);
}

/* Whether it is known already that this server only reads: then only the first to notice tries
 * again, for it may have been made writable, or a proxy may know another. */
static bool is_known(struct slot *slot)
{
    struct maria_db *db = pool_db(slot->pool);
    const struct maria_answer *answer = &slot->conn->answer;
    bool known = maria_is_troubled(db, MATTER_WRITE) && db->place.nhosts == 1;

    if (answer->effect == EFFECT_READ_ONLY || answer->effect == EFFECT_FULL ||
        (answer->effect == EFFECT_CUT && db->place.nhosts == 1))
        maria_trouble(db, MATTER_WRITE, answer->err.text);
    return known;
}

static void judge(struct slot *slot)
{
    const struct maria_answer *answer = &slot->conn->answer;
    struct maria_case matter = {.answer = answer,
                                .op = slot->op,
                                .inside = slot->tx != NULL,
                                .untouched = slot->tx != NULL && slot->tx->ended == 0,
                                .known = is_known(slot),
                                .now = clock_monotonic()};

    slot_pass_by(slot);
    switch (maria_judge(&matter)) {
    case VERDICT_ANSWER:
        fail(slot, false);
        break;
    case VERDICT_TX_OVER:
        fail(slot, true);
        break;
    case VERDICT_HERE:
        try_here(slot);
        break;
    case VERDICT_REST:
        say(slot, "ROLLBACK", rest);
        break;
    case VERDICT_ELSEWHERE:
        go_again(slot, answer->effect == EFFECT_READ_ONLY ? "read-only" : "connection");
        pool_replace(slot);
        break;
    case VERDICT_APART:
        go_apart(slot);
        break;
    case VERDICT_REOPEN:
        slot->op->tries++;
        maria_count("tc_db_retries_total", "cause", "deadlock");
        say(slot, "START TRANSACTION", reopened);
        break;
    }
}

static void over(struct slot *slot)
{
    if (!slot->conn->answer.ok) {
        judge(slot);
        return;
    }
    succeed(slot);
    next(slot);
}

static void tx_begun(struct slot *slot)
{
    struct db_op *op = slot->op;

    if (!slot->conn->answer.ok) {
        judge(slot);
        return;
    }
    op->tx = maria_tx_begin(slot);
    op->ok = true;
    db_ends_add(&slot->pool->ends, op);
}

/* ---- beginning ---- */

static uint64_t due_of(const struct db_op *op)
{
    uint64_t due = op->deadline;

    for (size_t i = 1; op->group != NULL && i < op->group->count; i++)
        if (op->group->ops[i]->deadline < due)
            due = op->group->ops[i]->deadline;
    return due;
}

static void run(struct slot *slot)
{
    slot->then = over;
    maria_conn_run(slot->conn, slot->op, false, slot->op->deadline);
}

/* Whatever was found out; the operation itself has not run. */
static void described(struct slot *slot)
{
    if (slot->conn->state == CONN_IDLE) {
        run(slot);
        return;
    }
    go_again(slot, "connection");
    pool_replace(slot);
}

/* A node of a cluster that cannot commit rows which share an execution does not say so: seen
 * with MariaDB 10.11, when the majority was lost meanwhile. */
static bool takes_groups(const struct slot *slot, const struct db_op *op)
{
    return maria_is_lookup(op) || (maria_conn_takes_arrays(slot->conn) &&
                                   !maria_hosts_are_clustered(&pool_db(slot->pool)->hosts));
}

static void start(struct slot *slot, struct db_op *op)
{
    bool may_share = maria_may_share(op) && takes_groups(slot, op);

    slot->op = op;
    slot_move(slot, SLOT_RUN);
    if (op->verb == DB_BEGIN) {
        slot->conn->dirty = true;
        say(slot, "START TRANSACTION", tx_begun);
    } else if (op->verb == DB_CATCH_UP) {
        say(slot, catch_up, over);
    } else if (op->group != NULL && may_share) {
        slot->then = over;
        maria_conn_run_group(slot->conn, op, due_of(op));
    } else if (op->group != NULL) {
        go_apart(slot);
    } else if (may_share && maria_sharing_of(op) == SHARING_UNKNOWN) {
        slot->then = described;
        maria_conn_describe(slot->conn, op, op->deadline);
    } else {
        run(slot);
    }
}

/* The server has closed a connection that waited for nothing. */
static void hung_up(struct slot *slot)
{
    maria_tx_lose(slot, &slot->conn->answer.err);
    if (slot->op != NULL)
        go_again(slot, "connection"); /* it was resting */
    pool_replace(slot);
}

/* ---- the driver ---- */

static struct worker *worker_of(struct db_worker *base)
{
    return (struct worker *)(void *)base;
}

static bool attach(struct db *db, struct loop *loop, struct db_worker **ret_worker,
                   struct err *err)
{
    struct worker *worker = mem_new(1, sizeof *worker);

    (void)err;
    worker->pool.start = start;
    worker->pool.over = over;
    worker->pool.hung_up = hung_up;
    pool_open(&worker->pool, db, loop);
    maria_gathering_start(&worker->gathering, &worker->pool);
    maria_watch_start(&worker->watch, &worker->pool);
    *ret_worker = &worker->pool.base;
    return true;
}

/* What runs is over with its connection. */
static void stop(struct slot *slot, const struct err *err)
{
    struct pool *pool = slot->pool;

    maria_conn_close(slot->conn);
    loop_timer_clear(pool->loop, &slot->timer);
    maria_tx_lose(slot, err);
    if (slot->op != NULL)
        maria_fail(&pool->ends, TAKE(slot->op), err);
    slot_move(slot, SLOT_CLOSED);
}

/* What nobody was told of has not begun. */
static void take_begun_back(struct pool *pool, const struct err *err)
{
    struct db_op *op;

    TAILQ_FOREACH(op, &pool->ends.ops, link)
        if (op->verb == DB_BEGIN && op->tx != NULL) {
            TAKE(op->tx)->abandoned = true;
            db_op_fail(op, err);
        }
}

static void detach(struct db_worker *base)
{
    struct worker *worker = worker_of(base);
    struct pool *pool = &worker->pool;
    struct slot *slot;
    struct err err;

    err_set(&err, ERR_IO, "the server is stopping; whether a write took effect is unknown");
    pool->inside = true;
    maria_wait_fail(&pool->again, &err);
    take_begun_back(pool, &err);
    for (int use = 0; use < SLOT_CLOSED; use++)
        while ((slot = TAILQ_FIRST(&pool->slots[use])) != NULL)
            stop(slot, &err);
    maria_gathering_stop(&worker->gathering);
    maria_watch_stop(&worker->watch);
    pool_close(pool);
    free(worker);
}

static bool submit_alone(struct worker *worker, struct db_op *op)
{
    struct pool *pool = &worker->pool;
    struct slot *slot;

    if (maria_gathering_takes(&worker->gathering, op))
        return true;
    slot = pool_lend(pool);
    if (slot != NULL)
        start(slot, op);
    else
        pool_refuse(pool);
    return slot != NULL;
}

/* Said for nearly every operation of a busy worker: so it is not formatted. */
static bool refuse(struct err *err)
{
    static const struct err busy = {ERR_LIMIT, "no connection is free"};

    if (err != NULL)
        *err = busy;
    return false;
}

static bool submit(struct db_worker *base, struct db_op *op, struct err *err)
{
    struct worker *worker = worker_of(base);
    struct pool *pool = &worker->pool;
    bool first = pool_enter(pool);
    bool taken = true;

    if (op->tx != NULL)
        maria_tx_submit(pool, op);
    else if (pool_is_down(pool, err))
        taken = false;
    else if (!submit_alone(worker, op))
        taken = refuse(err);
    pool_leave(pool, first, false);
    return taken;
}

static void cancel(struct db_worker *base, struct db_op *op)
{
    struct pool *pool = &worker_of(base)->pool;
    struct slot *slot = pool_find(pool, op);

    op->cancelled = 1;
    if (slot != NULL && op->group == NULL) /* in a group others do wait */
        maria_conn_hurry(slot->conn, clock_monotonic() + GRACE_MS * NS_PER_MS);
    else if (slot == NULL &&
             ((op->tx != NULL && op->verb != DB_BEGIN) ? maria_tx_remove(op->tx, op)
                                                       : maria_wait_remove(&pool->again, op)))
        db_ends_add(&pool->ends, op);
    pool_leave(pool, !pool->inside, false);
}

static void abandon(struct db_worker *base, struct db_tx *tx)
{
    struct pool *pool = &worker_of(base)->pool;
    bool first = pool_enter(pool);

    maria_tx_abandon(tx);
    pool_leave(pool, first, false);
}

const struct db_driver maria_pool = {
    .attach = attach,
    .detach = detach,
    .submit = submit,
    .cancel = cancel,
    .abandon = abandon,
};
