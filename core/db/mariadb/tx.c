/*
 * Interactive transactions: each holds a connection, for LIMIT_DB_TX_S at most.
 *
 *   OPEN --- COMMIT, ROLLBACK --> ended; freed when that operation is handed back
 *     |----- abandoned ---------> rolled back by the pool; freed
 *     `----- too long, lost ----> over: operations are told why; freed by COMMIT, ROLLBACK,
 *                                 abandon
 *
 * Operations in it run one after another; further ones wait in it.  It is open as long as it
 * has its connection.
 */
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "db/mariadb/driver.h"

#include <stdlib.h>

struct db_tx {
    struct maria_worker *worker;
    struct maria_conn *conn; /* NULL once it is over */
    struct maria_queue waiting;
    uint64_t deadline;
    size_t ended;   /* operations in it */
    bool ending;    /* its COMMIT or ROLLBACK was submitted: freed with that */
    bool abandoned; /* its owner has gone */
    struct err why; /* when over: what operations are told */
};

uint64_t maria_tx_deadline(const struct db_tx *tx)
{
    return tx->deadline;
}

bool maria_tx_untouched(const struct db_tx *tx)
{
    return tx->ended == 0;
}

/* An operation in a transaction that is over. */
static void refuse(struct db_tx *tx, struct db_op *op)
{
    if (op->verb == DB_ROLLBACK) {
        op->ok = true;
        maria_finish(tx->worker, op);
    } else {
        maria_fail(tx->worker, op, &tx->why);
    }
}

/* Parts it from its connection, which the caller releases or replaces. */
static void close_tx(struct maria_conn *conn)
{
    struct db_tx *tx = TAKE(conn->tx);
    struct db_op *op;

    tx->conn = NULL;
    while ((op = maria_queue_take(&tx->waiting)) != NULL)
        refuse(tx, op);
    if (tx->abandoned && !tx->ending)
        free(tx);
}

void maria_tx_lost(struct maria_conn *conn, const struct err *why)
{
    conn->tx->why = *why;
    err_prefix(&conn->tx->why, "the transaction was rolled back");
    close_tx(conn);
}

void maria_tx_expired(struct maria_conn *conn)
{
    err_set(&conn->tx->why, ERR_TIMEOUT,
            "the transaction was rolled back: it has at most %d seconds", LIMIT_DB_TX_S);
    close_tx(conn);
    maria_release(conn);
}

/* ---- its end ---- */

/* The server's answer to COMMIT or ROLLBACK. */
static void ended(struct maria_conn *conn)
{
    struct maria_worker *worker = conn->worker;
    struct db_op *op = TAKE(conn->op);
    bool good = conn->code == 0;
    struct err err;

    if (good || op->verb == DB_ROLLBACK) {
        op->ok = true;
        maria_finish(worker, op);
    } else {
        enum maria_effect effect = maria_failure(conn->my, NULL, false, &err);
        if (effect == EFFECT_FULL || effect == EFFECT_READ_ONLY)
            maria_trouble(maria_db_of(worker), MATTER_WRITE, err.text);
        err_prefix(&err, effect == EFFECT_LOST ? "the commit may or may not have happened"
                                               : "the commit failed");
        maria_fail(worker, op, &err);
    }
    err_set(&conn->tx->why, ERR_STATE, "the transaction has ended");
    close_tx(conn);
    if (good) {
        conn->dirty = false;
        maria_release(conn);
    } else {
        maria_replace(conn);
    }
}

static void set_timer(struct maria_conn *conn, uint64_t due)
{
    loop_timer_set(conn->worker->loop, &conn->timer, due);
}

/* Nothing runs in it. */
static void run(struct db_tx *tx, struct db_op *op)
{
    struct maria_conn *conn = tx->conn;
    uint64_t deadline = tx->deadline < op->deadline ? tx->deadline : op->deadline;

    if (op->verb == DB_RUN) {
        maria_start_calls(conn, op, tx->deadline);
        return;
    }
    conn->op = op;
    conn->committing = false;
    set_timer(conn, deadline);
    maria_query(conn, op->verb == DB_COMMIT ? "COMMIT" : "ROLLBACK", ended);
}

void maria_tx_next(struct maria_conn *conn)
{
    struct db_tx *tx = conn->tx;

    tx->ended++;
    if (tx->abandoned) {
        close_tx(conn);
        maria_release(conn);
        return;
    }
    if (clock_monotonic() >= tx->deadline) {
        maria_tx_expired(conn);
        return;
    }
    struct db_op *op = maria_queue_take(&tx->waiting);
    if (op != NULL)
        run(tx, op);
    else
        set_timer(conn, tx->deadline);
}

/* ---- its beginning and what is asked of it ---- */

void maria_tx_begun(struct maria_conn *conn)
{
    struct db_tx *tx = mem_new(1, sizeof *tx);
    struct db_op *op = TAKE(conn->op);

    tx->worker = conn->worker;
    tx->conn = conn;
    tx->deadline = clock_monotonic() + LIMIT_DB_TX_S * NS_PER_S;
    conn->tx = tx;
    conn->use = USE_TX;
    set_timer(conn, tx->deadline);
    op->tx = tx;
    op->ok = true;
    maria_finish(conn->worker, op);
}

void maria_tx_submit(struct db_op *op)
{
    struct db_tx *tx = op->tx;
    struct maria_conn *conn = tx->conn;

    tx->ending |= op->verb != DB_RUN;
    if (conn == NULL) {
        refuse(tx, op);
    } else if (conn->op != NULL) {
        maria_queue_add(&tx->waiting, op);
    } else {
        run(tx, op);
        maria_go(conn);
    }
}

bool maria_tx_cancel(struct db_op *op)
{
    struct db_tx *tx = op->tx;

    /* What ends it has to run: it frees the transaction. */
    if (op->verb != DB_RUN || !maria_queue_remove(&tx->waiting, op))
        return false;
    maria_finish(tx->worker, op);
    return true;
}

void maria_tx_abandon(struct db_tx *tx)
{
    struct maria_conn *conn = tx->conn;

    if (tx->ending)
        return;
    tx->abandoned = true;
    if (conn == NULL) {
        free(tx);
        return;
    }
    err_set(&tx->why, ERR_STATE, "the transaction was given up");
    if (conn->op != NULL)
        return; /* seen to when that has ended */

    struct maria_worker *worker = tx->worker;
    close_tx(conn);
    maria_release(conn);
    maria_go(conn);
    maria_flush_later(worker);
}
