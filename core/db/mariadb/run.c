/*
 * An operation on a connection, step by step:
 *
 *   one call         [prepare] -> execute -> [fetch …] -> over; or array.c
 *   several          START TRANSACTION -> each as above -> COMMIT -> over
 *   several in a tx  SAVEPOINT -> each as above -> over
 *   DB_BEGIN         START TRANSACTION -> the connection is held, see tx.c
 *
 * A failed step either is the operation's answer or leads to another try, whichever is safe
 * (retry.c).
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "db/mariadb/driver.h"

/* ---- the end ---- */

static void observe(const struct maria_conn *conn, const struct db_op *op)
{
    struct metric_label kind = {"kind", db_op_writes(op) ? "write" : "read"};

    metric_record(METRIC_HISTOGRAM, "tc_db_seconds", &kind, 1,
                  (double)(clock_monotonic() - conn->began) / (double)NS_PER_S);
}

void maria_succeeded(struct maria_conn *conn, struct db_op *op)
{
    observe(conn, op);
    op->ok = true;
    if (db_op_writes(op))
        maria_well(maria_db_of(conn->worker), MATTER_WRITE);
    maria_finish(conn->worker, op);
}

void maria_ended(struct maria_conn *conn, const struct err *err)
{
    struct db_op *op = TAKE(conn->op);

    if (err != NULL) {
        observe(conn, op);
        maria_fail(conn->worker, op, err);
    } else {
        maria_succeeded(conn, op);
    }
    if (conn->tx != NULL)
        maria_tx_next(conn);
    else
        maria_release(conn);
}

static void committed(struct maria_conn *conn)
{
    if (conn->code != 0) {
        maria_step_failed(conn, false);
        return;
    }
    conn->dirty = false;
    maria_ended(conn, NULL);
}

static void all_done(struct maria_conn *conn)
{
    if (conn->own_tx) {
        conn->committing = true;
        maria_query(conn, "COMMIT", committed);
    } else {
        maria_ended(conn, NULL);
    }
}

/* ---- one call ---- */

static void call_done(struct maria_conn *conn)
{
    conn->call++;
    if (conn->call == conn->op->ncalls)
        all_done(conn);
    else
        maria_run_call(conn);
}

static void fetched(struct maria_conn *conn)
{
    const struct db_call *call = &conn->op->calls[conn->call];
    struct db_result *result = &conn->op->results[conn->call];
    struct err err;

    if (conn->code == MYSQL_NO_DATA) {
        if (call->statement->writes)
            result->affected = (int64_t)result->nrows; /* INSERT … RETURNING */
        call_done(conn);
    } else if (conn->code != 0) {
        maria_step_failed(conn, false);
    } else if (maria_read_row(conn->stmt, &conn->columns, result, &err)) {
        maria_fetch(conn, fetched);
    } else {
        maria_answer_lost(conn, &err); /* the rest of the rows is still to come */
    }
}

static void executed(struct maria_conn *conn)
{
    struct db_result *result = &conn->op->results[conn->call];
    struct err err;

    if (conn->code != 0) {
        maria_step_failed(conn, false);
    } else if (mysql_stmt_field_count(conn->stmt) == 0) {
        maria_read_changes(conn->stmt, result);
        call_done(conn);
    } else if (maria_bind_result(conn->stmt, &conn->columns, result, &err)) {
        maria_fetch(conn, fetched);
    } else {
        maria_answer_lost(conn, &err);
    }
}

static void execute(struct maria_conn *conn, MYSQL_STMT *stmt)
{
    const struct db_call *call = &conn->op->calls[conn->call];
    const struct statement *statement = call->statement;
    struct err err;

    db_result_done(&conn->op->results[conn->call]);
    if (maria_bind(stmt, &conn->params, call->args, statement->slots, statement->nslots, &err))
        maria_execute(conn, stmt, executed);
    else
        maria_call_failed(conn, &err);
}

static void prepared(struct maria_conn *conn)
{
    if (conn->code == 0)
        execute(conn, conn->stmt);
    else
        maria_step_failed(conn, true);
}

void maria_run_call(struct maria_conn *conn)
{
    const struct db_op *op = conn->op;
    const struct statement *statement = op->calls[conn->call].statement;
    MYSQL_STMT **place = maria_prepared_find(conn, op->set, statement->index);
    struct err err;

    if (place != NULL && *place != NULL) {
        execute(conn, *place);
    } else if (place != NULL && (*place = mysql_stmt_init(conn->my)) != NULL) {
        maria_prepare(conn, *place, statement->sql, prepared);
    } else {
        err_set(&err, ERR_IO, "the connection could not be used");
        maria_call_spoiled(conn, &err);
    }
}

/* ---- the beginning ---- */

static void opened(struct maria_conn *conn)
{
    if (conn->code != 0) {
        maria_step_failed(conn, false);
        return;
    }
    if (conn->op->verb == DB_BEGIN)
        maria_tx_begun(conn);
    else
        maria_run_call(conn);
}

static void open_tx(struct maria_conn *conn)
{
    bool reads = conn->op->verb == DB_RUN && !db_op_writes(conn->op);

    conn->dirty = true;
    maria_query(conn,
                reads ? "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
                      : "START TRANSACTION",
                opened);
}

/* The deadline is the earlier of the two; UINT64_MAX for none. */
static void set_deadline(struct maria_conn *conn, uint64_t a, uint64_t b)
{
    uint64_t first = a < b ? a : b;

    loop_timer_clear(conn->worker->loop, &conn->timer);
    if (first != UINT64_MAX)
        loop_timer_set(conn->worker->loop, &conn->timer, first);
}

void maria_begin(struct maria_conn *conn, struct db_op *op, uint64_t deadline)
{
    conn->op = op;
    conn->call = 0;
    conn->committing = conn->own_tx = false;
    conn->began = clock_monotonic();
    set_deadline(conn, op->deadline, deadline);
}

void maria_start_calls(struct maria_conn *conn, struct db_op *op, uint64_t deadline)
{
    maria_begin(conn, op, deadline);
    conn->own_tx = op->verb == DB_RUN && op->ncalls > 1 && conn->tx == NULL;
    if (conn->own_tx || op->verb == DB_BEGIN)
        open_tx(conn);
    else if (op->ncalls > 1)
        maria_query(conn, "SAVEPOINT one", opened);
    else if (op->ncalls == 1)
        maria_run_call(conn);
    else
        maria_ended(conn, NULL);
}

void maria_run(struct maria_conn *conn, struct db_op *op)
{
    conn->use = USE_RUN;
    if (!maria_array_run(conn, op))
        maria_start_calls(conn, op, UINT64_MAX);
}
