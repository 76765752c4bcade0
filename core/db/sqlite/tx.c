/*
 * Interactive transactions: one at a time, served by the writer thread, which does nothing
 * else meanwhile and therefore bounds how long it lasts.
 *
 *   OPEN --- COMMIT, ROLLBACK ---> ended, freed when that operation comes back
 *     |----- abandoned ----------> ended and freed
 *     `----- too long, or SQLite rolled it back
 *                 ----> not open: operations are told why; freed by COMMIT, ROLLBACK, abandon
 */
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "db/sqlite/driver.h"

#include <stdlib.h>

/* Waits for something to do; NULL when the time is over or the owner has gone.  The lock is
 * held. */
static struct db_op *next_op(struct db_tx *tx)
{
    while (!tx->abandoned && clock_monotonic() < tx->deadline) {
        struct db_op *op = TAILQ_FIRST(&tx->waiting);
        if (op != NULL) {
            TAILQ_REMOVE(&tx->waiting, op, link);
            return op;
        }
        sqlite_queue_wait_until(&tx->db->writes, tx->deadline);
    }
    return NULL;
}

static bool run(struct sqlite_conn *conn, struct db_tx *tx, struct db_op *op)
{
    uint64_t deadline = op->deadline < tx->deadline ? op->deadline : tx->deadline;
    bool open = db_op_is_late(op) || sqlite_run_op(conn, op, deadline, db_op_writes(op));

    if (!open) {
        tx->why = op->err;
        err_prefix(&tx->why, "the transaction was rolled back");
    }
    sqlite_finish(op);
    return open;
}

static void end(struct sqlite_conn *conn, struct db_op *op)
{
    struct err err;

    if (op->verb == DB_ROLLBACK)
        op->ok = true;
    else if (!db_op_is_late(op)) {
        op->ok = sqlite_control(conn, CONTROL_COMMIT, &err);
        if (!op->ok) {
            err_prefix(&err, "the commit failed");
            db_op_fail(op, &err);
        }
    }
    sqlite_rollback(conn); /* what was not committed */
}

/* An operation in a transaction that is open no more. */
static void refuse(struct db_op *op, const struct err *why)
{
    if (op->verb == DB_ROLLBACK)
        op->ok = true;
    else
        db_op_fail(op, why);
    sqlite_finish(op);
}

/* Takes the lock's side of the end.  Behind it the transaction is the owner's alone, and an
 * operation that ends it may free it: so nothing is posted before. */
static void close_tx(struct db_tx *tx, struct db_op *last)
{
    struct sqlite_queue *queue = &tx->db->writes;
    struct db_ops waiting = TAILQ_HEAD_INITIALIZER(waiting);
    struct db_op *op;

    pthread_mutex_lock(&queue->lock);
    TAILQ_CONCAT(&waiting, &tx->waiting, link);
    struct err why = tx->why;
    bool gone = tx->abandoned;
    tx->open = false;
    pthread_mutex_unlock(&queue->lock);

    if (gone)
        free(tx);
    if (last != NULL)
        sqlite_finish(last);
    while ((op = TAILQ_FIRST(&waiting)) != NULL) {
        TAILQ_REMOVE(&waiting, op, link);
        refuse(op, &why);
    }
}

static void serve(struct sqlite_db *db, struct db_tx *tx)
{
    struct db_op *last = NULL;
    bool open = true;

    while (open) {
        pthread_mutex_lock(&db->writes.lock);
        struct db_op *op = next_op(tx);
        pthread_mutex_unlock(&db->writes.lock);
        if (op == NULL) {
            sqlite_rollback(db->conn);
            open = err_set(&tx->why, ERR_TIMEOUT,
                           "the transaction was rolled back: it has at most %d seconds",
                           db_tx_seconds(&db->base));
        } else if (op->verb == DB_RUN) {
            open = run(db->conn, tx, op);
        } else {
            last = op;
            end(db->conn, last);
            sqlite_wrote(db, last->verb == DB_COMMIT && last->ok);
            open = err_set(&tx->why, ERR_STATE, "the transaction has ended");
        }
    }
    close_tx(tx, last);
}

void sqlite_tx_serve(struct sqlite_db *db, struct db_op *begin)
{
    struct err err;

    if (!sqlite_control(db->conn, CONTROL_BEGIN, &err)) {
        sqlite_wrote(db, false);
        db_op_fail(begin, &err);
        sqlite_finish(begin);
        return;
    }

    struct db_tx *tx = mem_new(1, sizeof *tx);
    tx->db = db;
    tx->deadline = clock_monotonic() + (uint64_t)db_tx_seconds(&db->base) * NS_PER_S;
    tx->open = true;
    TAILQ_INIT(&tx->waiting);
    begin->tx = tx;
    begin->ok = true;
    sqlite_finish(begin);
    serve(db, tx);
}

void sqlite_tx_submit(struct db_op *op)
{
    struct db_tx *tx = op->tx;
    struct sqlite_queue *queue = &tx->db->writes;
    struct err why;

    pthread_mutex_lock(&queue->lock);
    bool open = tx->open;
    tx->ending |= op->verb != DB_RUN;
    if (open) {
        TAILQ_INSERT_TAIL(&tx->waiting, op, link);
        pthread_cond_signal(&queue->wake);
    } else {
        why = tx->why;
    }
    pthread_mutex_unlock(&queue->lock);
    if (!open)
        refuse(op, &why);
}

void sqlite_tx_abandon(struct db_tx *tx)
{
    struct sqlite_queue *queue = &tx->db->writes;
    bool unused = false;

    pthread_mutex_lock(&queue->lock);
    if (!tx->ending) {
        tx->abandoned = true;
        unused = !tx->open;
        pthread_cond_signal(&queue->wake);
    }
    pthread_mutex_unlock(&queue->lock);
    if (unused)
        free(tx);
}
