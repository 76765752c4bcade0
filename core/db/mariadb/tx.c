/* Interactive transactions; see the header. */
#include "db/mariadb/tx.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>

static int tx_seconds(const struct slot *slot)
{
    return db_tx_seconds(&pool_db(slot->pool)->base);
}

static struct db_tx *tx_new(struct slot *holder)
{
    struct db_tx *tx = mem_new(1, sizeof *tx);

    tx->holder = holder;
    tx->deadline = clock_monotonic() + (uint64_t)tx_seconds(holder) * NS_PER_S;
    TAILQ_INIT(&tx->waiting);
    return tx;
}

static struct db_op *take(struct db_tx *tx)
{
    struct db_op *op = TAILQ_FIRST(&tx->waiting);

    if (op != NULL)
        TAILQ_REMOVE(&tx->waiting, op, link);
    return op;
}

static void refuse(struct db_tx *tx, struct db_op *op, struct db_ends *ends)
{
    if (op->verb == DB_ROLLBACK) {
        op->ok = true;
        db_ends_add(ends, op);
    } else {
        maria_fail(ends, op, &tx->why);
    }
}

/* Parts it from its holder; what waits in it ends. */
static void close_tx(struct db_tx *tx, struct db_ends *ends)
{
    struct db_op *op;

    tx->holder = NULL;
    while ((op = take(tx)) != NULL)
        refuse(tx, op, ends);
    if (tx->abandoned && !tx->ending)
        free(tx);
}

/* Its transaction has gone from the server. */
void maria_tx_lose(struct slot *slot, const struct err *why)
{
    struct db_tx *tx = TAKE(slot->tx);

    if (tx == NULL)
        return;
    tx->why = *why;
    err_prefix(&tx->why, "the transaction was rolled back");
    close_tx(tx, &slot->pool->ends);
}

static void end_tx(struct slot *slot)
{
    struct db_tx *tx = TAKE(slot->tx);

    loop_timer_clear(slot->pool->loop, &slot->timer);
    close_tx(tx, &slot->pool->ends);
    pool_release(slot);
}

static void expire_tx(struct slot *slot)
{
    err_set(&slot->tx->why, ERR_TIMEOUT,
            "the transaction was rolled back: it has at most %d seconds", tx_seconds(slot));
    end_tx(slot);
}

static void tx_overdue(struct loop_timer *timer)
{
    struct slot *slot = timer->owner;

    bool first = pool_enter(slot->pool);

    expire_tx(slot);
    pool_leave(slot->pool, first, true);
}

static void hold(struct slot *slot)
{
    slot->then = NULL;
    slot->timer = (struct loop_timer){.fire = tx_overdue, .owner = slot};
    loop_timer_set(slot->pool->loop, &slot->timer, slot->tx->deadline);
}

/* The server's answer to COMMIT or ROLLBACK; what was not committed goes with the connection.
 */
static void tx_ended(struct slot *slot)
{
    const struct maria_answer *answer = &slot->conn->answer;
    struct db_op *op = TAKE(slot->op);
    bool good = answer->ok;
    struct err err = answer->err;

    err_set(&slot->tx->why, ERR_STATE, "the transaction has ended");
    if (good || op->verb == DB_ROLLBACK) {
        op->ok = true;
        db_ends_add(&slot->pool->ends, op);
    } else {
        if (answer->effect == EFFECT_FULL || answer->effect == EFFECT_READ_ONLY)
            maria_trouble(pool_db(slot->pool), MATTER_WRITE, err.text);
        err_prefix(&err, answer->effect == EFFECT_LOST || answer->effect == EFFECT_LATE
                             ? "the commit may or may not have happened"
                             : "the commit failed");
        maria_fail(&slot->pool->ends, op, &err);
    }
    slot->conn->dirty = false;
    if (!good)
        maria_conn_close(slot->conn);
    end_tx(slot);
}

void maria_tx_run(struct slot *slot, struct db_op *op)
{
    struct db_tx *tx = slot->tx;
    uint64_t due = tx->deadline < op->deadline ? tx->deadline : op->deadline;

    loop_timer_clear(slot->pool->loop, &slot->timer);
    slot->op = op;
    slot->since = loop_now(slot->pool->loop);
    slot->then = op->verb == DB_RUN ? slot->pool->over : tx_ended;
    if (op->verb == DB_RUN)
        maria_conn_run(slot->conn, op, true, due);
    else
        maria_conn_say(slot->conn, op->verb == DB_COMMIT ? "COMMIT" : "ROLLBACK", due);
}

void maria_tx_next(struct slot *slot)
{
    struct db_tx *tx = slot->tx;
    struct db_op *op;

    tx->ended++;
    if (tx->abandoned)
        end_tx(slot);
    else if (clock_monotonic() >= tx->deadline)
        expire_tx(slot);
    else if ((op = take(tx)) != NULL)
        maria_tx_run(slot, op);
    else
        hold(slot);
}

void maria_tx_submit(struct pool *pool, struct db_op *op)
{
    struct db_tx *tx = op->tx;
    struct slot *slot = tx->holder;

    tx->ending |= op->verb != DB_RUN;
    if (slot == NULL)
        refuse(tx, op, &pool->ends);
    else if (slot->op != NULL)
        TAILQ_INSERT_TAIL(&tx->waiting, op, link);
    else
        maria_tx_run(slot, op);
}

/* ---- what is asked of it from outside ---- */

bool maria_tx_remove(struct db_tx *tx, struct db_op *op)
{
    struct db_op *each;

    if (op->verb != DB_RUN)
        return false;
    TAILQ_FOREACH(each, &tx->waiting, link)
        if (each == op) {
            TAILQ_REMOVE(&tx->waiting, op, link);
            return true;
        }
    return false;
}

struct db_tx *maria_tx_begin(struct slot *slot)
{
    slot->op = NULL;
    slot->tx = tx_new(slot);
    slot_move(slot, SLOT_HELD);
    hold(slot);
    return slot->tx;
}

void maria_tx_abandon(struct db_tx *tx)
{
    struct slot *slot = tx->holder;

    if (tx->ending)
        return;
    tx->abandoned = true;
    if (slot == NULL) {
        free(tx);
    } else if (slot->op == NULL) { /* else seen to when that has ended */
        err_set(&tx->why, ERR_STATE, "the transaction was given up");
        end_tx(slot);
    }
}
