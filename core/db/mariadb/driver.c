/*
 * The MariaDB driver: its table, opening and closing, workers, and the way of an operation in
 * and out.  Threads and ownership are described in the private header.
 */
#include "db/mariadb/driver.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/metrics.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the process ---- */

static void driver_close(struct db *base)
{
    struct maria_db *db = maria_of(base);

    blocking_free(db->threads);
    pthread_mutex_destroy(&db->lock);
    maria_place_done(&db->place);
    free(db);
}

/* Nothing is connected yet: whether the server can be reached is for the first who need it. */
static bool driver_open(const struct url *url, struct db **ret_db, struct err *err)
{
    struct maria_place place;

    if (!maria_place_read(url, &place, err))
        return false;
    if (mysql_library_init(0, NULL, NULL) != 0) {
        maria_place_done(&place);
        return err_set(err, ERR_IO, "the MariaDB client library cannot be used");
    }
    struct maria_db *db = mem_new(1, sizeof *db);
    db->base.driver = &mariadb_driver;
    db->place = place;
    db->threads = blocking_new(MARIA_THREADS);
    pthread_mutex_init(&db->lock, NULL);
    *ret_db = &db->base;
    return true;
}

/* ---- operations that are over ---- */

void maria_count(const char *name, const char *label, const char *value)
{
    struct metric_label labels = {label, value};

    metric_record(METRIC_COUNTER, name, &labels, label ? 1 : 0, 1);
}

void maria_finish(struct maria_worker *worker, struct db_op *op)
{
    maria_queue_add(&worker->finished, op);
}

void maria_fail(struct maria_worker *worker, struct db_op *op, const struct err *err)
{
    op->ok = false;
    op->err = *err;
    maria_count("tc_db_failures_total", "kind", err_kind_name(err->kind));
    maria_finish(worker, op);
}

/* A transaction ends with the operation that ended it; one that nobody was told of is given
 * up again. */
static void hand_back(struct db_op *op)
{
    if (op->verb == DB_COMMIT || op->verb == DB_ROLLBACK)
        free(TAKE(op->tx));
    if (!op->cancelled) {
        op->done(op);
        return;
    }
    if (op->verb == DB_BEGIN && op->tx != NULL)
        maria_tx_abandon(TAKE(op->tx));
    db_op_free(op);
}

static void bury(struct maria_worker *worker)
{
    while (worker->buried != NULL) {
        struct maria_conn *conn = worker->buried;
        worker->buried = conn->next;
        maria_conn_free(conn);
    }
}

void maria_flush(struct maria_worker *worker)
{
    struct db_op *op;

    if (worker->flushing)
        return;
    worker->flushing = true;
    while ((op = maria_queue_take(&worker->finished)) != NULL)
        hand_back(op);
    worker->flushing = false;
    bury(worker);
}

void maria_flush_later(struct maria_worker *worker)
{
    bool nothing = worker->finished.first == NULL && worker->buried == NULL;

    if (!nothing && !worker->flushing && !loop_timer_is_set(&worker->later))
        loop_timer_set(worker->loop, &worker->later, 0);
}

static void flush_now(struct loop_timer *timer)
{
    maria_flush(timer->owner);
}

/* ---- workers ---- */

static void dial_again(struct loop_timer *timer)
{
    struct maria_worker *worker = timer->owner;

    maria_dial(worker);
    maria_flush(worker);
}

static bool driver_attach(struct db *base, struct loop *loop, struct db_worker **ret_worker,
                          struct err *err)
{
    struct maria_worker *worker = mem_new(1, sizeof *worker);
    int before = __atomic_fetch_add(&maria_of(base)->attached, 1, __ATOMIC_RELAXED);

    (void)err;
    worker->base.db = base;
    worker->loop = loop;
    worker->index = (size_t)before;
    snprintf(worker->number, sizeof worker->number, "%d", before);
    worker->expiry = (struct loop_timer){.fire = maria_expire, .owner = worker};
    worker->gathering = (struct loop_timer){.fire = maria_gathered, .owner = worker};
    worker->redial = (struct loop_timer){.fire = dial_again, .owner = worker};
    worker->later = (struct loop_timer){.fire = flush_now, .owner = worker};
    worker->tick = (struct loop_timer){.fire = maria_tick, .owner = worker};
    loop_timer_set(loop, &worker->tick, clock_monotonic() + NS_PER_S);
    maria_dial(worker);
    *ret_worker = &worker->base;
    return true;
}

/* What runs is over with its connection. */
static void stop_running(struct maria_worker *worker, const struct err *err)
{
    while (worker->conns != NULL) {
        struct maria_conn *conn = worker->conns;
        if (conn->op != NULL)
            maria_spoiled(conn, err);
        else
            maria_hung_up(conn);
    }
}

static void come_back(struct loop_call *call)
{
    hand_back(CONTAINER(call, struct db_op, call));
}

static void driver_detach(struct db_worker *base)
{
    struct maria_worker *worker = (struct maria_worker *)(void *)base;
    struct loop *loop = worker->loop;
    struct err err;
    struct db_op *op;

    err_set(&err, ERR_IO, "the server is stopping; whether a write took effect is unknown");
    worker->stopping = true;
    maria_fail_waiting(worker, &err);
    stop_running(worker, &err);
    maria_dial_stop(worker);
    if (worker->failures > 0)
        maria_failing(maria_of(base->db), MATTER_REACH, -1);
    loop_timer_clear(loop, &worker->expiry);
    loop_timer_clear(loop, &worker->gathering);
    loop_timer_clear(loop, &worker->redial);
    loop_timer_clear(loop, &worker->later);
    loop_timer_clear(loop, &worker->tick);
    while ((op = maria_queue_take(&worker->finished)) != NULL) {
        op->call.run = come_back;
        loop_post(loop, &op->call);
    }
    bury(worker);
    maria_sqls_done(&worker->arrays);
    __atomic_fetch_sub(&maria_of(base->db)->attached, 1, __ATOMIC_RELAXED);
    free(worker);
}

/* ---- operations ---- */

static bool driver_submit(struct db_worker *base, struct db_op *op, struct err *err)
{
    struct maria_worker *worker = (struct maria_worker *)(void *)base;
    bool lent = true;

    if (op->tx == NULL && (op->verb == DB_COMMIT || op->verb == DB_ROLLBACK))
        return err_set(err, ERR_STATE, "there is no transaction to end");
    if (op->tx != NULL && op->verb == DB_BEGIN)
        return err_set(err, ERR_STATE, "a transaction cannot begin inside another");
    if (op->tx != NULL)
        maria_tx_submit(op);
    else if (maria_is_down(worker, err))
        return false;
    else
        lent = maria_lend(worker, op, err);
    maria_flush_later(worker);
    return lent;
}

static struct maria_conn *runs_on(struct maria_worker *worker, const struct db_op *op)
{
    struct maria_conn *conn = worker->conns;

    while (conn != NULL && conn->op != op)
        conn = conn->next;
    return conn;
}

static void driver_cancel(struct db_worker *base, struct db_op *op)
{
    struct maria_worker *worker = (struct maria_worker *)(void *)base;
    struct maria_conn *conn = runs_on(worker, op);

    op->cancelled = 1;
    if (conn != NULL)
        maria_cancel_running(conn);
    else if (op->tx != NULL && op->verb != DB_BEGIN)
        maria_tx_cancel(op);
    else if (maria_queue_remove(&worker->waiting, op))
        maria_finish(worker, op);
    maria_flush_later(worker);
}

static void driver_abandon(struct db_worker *base, struct db_tx *tx)
{
    (void)base;
    maria_tx_abandon(tx);
}

const struct db_driver mariadb_driver = {
    .name = "mariadb",
    .begin = "START TRANSACTION",
    .has_table = "SELECT 1 FROM information_schema.TABLES"
                 " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
    .schema_commits = true,
    .open = driver_open,
    .close = driver_close,
    .attach = driver_attach,
    .detach = driver_detach,
    .submit = driver_submit,
    .cancel = driver_cancel,
    .abandon = driver_abandon,
    .session_open = maria_session_open,
    .session_run = maria_session_run,
    .session_check = maria_session_check,
    .session_close = maria_session_close,
    .session_lock = maria_session_lock,
    .session_unlock = maria_session_unlock,
};
