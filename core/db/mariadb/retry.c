/*
 * What becomes of an operation that did not go well: its answer, or another try.
 *
 * Another try is safe where the server surely has not done it: it said so, or the connection
 * was over before the statement was sent, or what was done was not committed.  A write whose
 * connection is lost while it runs is not tried again: its caller is told that nobody knows.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "db/mariadb/driver.h"

static bool may_try(const struct maria_conn *conn)
{
    struct db_op *op = conn->op;

    if (op->cancelled || op->tries + 1 >= MARIA_TRIES || clock_monotonic() >= op->deadline)
        return false;
    op->tries++;
    return true;
}

static bool in_a_call(const struct maria_conn *conn)
{
    return conn->op->verb == DB_RUN && !conn->committing && conn->call < conn->op->ncalls;
}

static void name_it(const struct maria_conn *conn, struct err *err)
{
    if (conn->committing)
        err_prefix(err, "the commit failed");
    if (!in_a_call(conn))
        return;
    const struct statement *statement = conn->op->calls[conn->call].statement;
    err_prefix(err, "%s (%s:%d)", statement->name, statement->file, statement->line);
}

/* Whether what was sent last may have taken effect although nothing was heard of it. */
static bool is_unknown(const struct maria_conn *conn)
{
    if (conn->step != STEP_NONE && conn->step != STEP_EXECUTE && conn->step != STEP_FETCH &&
        !conn->committing)
        return false;
    return conn->committing || (db_op_writes(conn->op) && !conn->own_tx && conn->tx == NULL);
}

static void add_unknown(struct err *err)
{
    struct err before = *err;

    err_set(err, before.kind, "%s; whether it took effect is unknown", before.text);
}

/* ---- the answer ---- */

static void undone(struct maria_conn *conn)
{
    if (conn->code == 0)
        maria_ended(conn, &conn->why);
    else
        maria_spoiled(conn, &conn->why);
}

static void answer(struct maria_conn *conn, const struct err *err)
{
    if (conn->tx == NULL || conn->op->ncalls < 2) {
        maria_ended(conn, err);
        return;
    }
    conn->why = *err;
    maria_query(conn, "ROLLBACK TO SAVEPOINT one", undone);
}

void maria_call_failed(struct maria_conn *conn, const struct err *err)
{
    struct err named = *err;

    name_it(conn, &named);
    answer(conn, &named);
}

void maria_call_spoiled(struct maria_conn *conn, const struct err *err)
{
    struct err named = *err;

    name_it(conn, &named);
    maria_spoiled(conn, &named);
}

void maria_answer_lost(struct maria_conn *conn, const struct err *err)
{
    struct err named = *err;

    if (is_unknown(conn))
        add_unknown(&named);
    maria_call_spoiled(conn, &named);
}

void maria_spoiled(struct maria_conn *conn, const struct err *err)
{
    struct db_op *op = TAKE(conn->op);

    if (conn->tx != NULL)
        maria_tx_lost(conn, err);
    maria_array_fail_others(conn, err);
    maria_fail(conn->worker, op, err);
    maria_replace(conn);
}

/* ---- another try ---- */

static void try_again(struct maria_conn *conn, const char *cause, bool elsewhere)
{
    struct db_op *op = TAKE(conn->op);

    maria_count("tc_db_retries_total", "cause", cause);
    maria_wait_again(conn->worker, op);
    if (elsewhere)
        maria_replace(conn);
    else
        maria_release(conn);
}

/* Those who met in a deadlock must not meet again at once: the loser rests a moment, without
 * any lock. */
static void rest(struct maria_conn *conn)
{
    uint64_t most = (uint64_t)conn->op->tries * MARIA_REST_MS * NS_PER_MS;

    if (conn->code != 0) {
        try_again(conn, "deadlock", true);
        return;
    }
    conn->dirty = false;
    conn->resting = true;
    loop_timer_set(conn->worker->loop, &conn->timer, clock_monotonic() + random_below(most));
}

static void rest_over(struct maria_conn *conn)
{
    conn->resting = false;
    try_again(conn, "deadlock", false);
}

static void reopened(struct maria_conn *conn)
{
    if (conn->code == 0)
        maria_start_calls(conn, conn->op, maria_tx_deadline(conn->tx));
    else
        maria_step_failed(conn, false);
}

/* The server has rolled the transaction back. */
static void was_undone(struct maria_conn *conn, struct err *err)
{
    if (conn->tx == NULL && may_try(conn)) {
        maria_query(conn, "ROLLBACK", rest);
    } else if (conn->tx == NULL) {
        name_it(conn, err);
        maria_ended(conn, err);
    } else if (maria_tx_untouched(conn->tx) && may_try(conn)) {
        maria_count("tc_db_retries_total", "cause", "deadlock");
        maria_query(conn, "START TRANSACTION", reopened);
    } else {
        name_it(conn, err);
        maria_tx_lost(conn, err);
        maria_ended(conn, err);
    }
}

static void is_over(struct maria_conn *conn, bool unknown, struct err *err)
{
    if (conn->tx == NULL && !unknown && may_try(conn)) {
        try_again(conn, "connection", true);
        return;
    }
    name_it(conn, err);
    if (unknown)
        add_unknown(err);
    maria_spoiled(conn, err);
}

/* The next attempt begins at another host, unless somebody else has seen to it. */
static void pass_host_by(const struct maria_conn *conn)
{
    struct maria_db *db = maria_db_of(conn->worker);
    size_t host = conn->host;

    __atomic_compare_exchange_n(&db->first_host, &host, (host + 1) % db->place.nhosts, false,
                                __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* With one host only the first to notice tries again: it may have been made writable, or a
 * proxy may know another. */
static void cannot_write(struct maria_conn *conn, bool read_only, const struct err *err)
{
    struct maria_db *db = maria_db_of(conn->worker);
    bool known = __atomic_load_n(&db->news[MATTER_WRITE].bad, __ATOMIC_RELAXED) != 0;

    maria_trouble(db, MATTER_WRITE, err->text);
    if (read_only && conn->tx == NULL && (!known || db->place.nhosts > 1) && may_try(conn)) {
        pass_host_by(conn);
        try_again(conn, "read-only", true);
        return;
    }
    maria_call_failed(conn, err);
}

static void prepare_anew(struct maria_conn *conn, bool all, const struct err *err)
{
    const struct db_op *op = conn->op;

    if (!in_a_call(conn) || !may_try(conn)) {
        maria_call_failed(conn, err);
        return;
    }
    MYSQL_STMT **place =
        maria_prepared_find(conn, op->set, op->calls[conn->call].statement->index);
    if (place == NULL || !maria_prepared_drop(place) || (all && !maria_prepared_drop_all(conn)))
        maria_spoiled(conn, err);
    else
        maria_run_call(conn);
}

/* A statement that could not be prepared is none. */
static void forget_call(struct maria_conn *conn)
{
    const struct db_op *op = conn->op;
    MYSQL_STMT **place =
        maria_prepared_find(conn, op->set, op->calls[conn->call].statement->index);

    if (place != NULL)
        maria_prepared_drop(place);
    conn->stmt = NULL;
}

void maria_step_failed(struct maria_conn *conn, bool preparing)
{
    struct err err;
    enum maria_effect effect = maria_failure(conn->my, conn->stmt, preparing, &err);

    bool unknown = effect == EFFECT_LOST && !preparing && is_unknown(conn);

    if (conn->array != NULL && !unknown) {
        maria_array_failed(conn, effect, preparing);
        return;
    }
    if (preparing)
        forget_call(conn);
    switch (effect) {
    case EFFECT_NONE:
        maria_call_failed(conn, &err);
        break;
    case EFFECT_WAITED:
        if (conn->tx == NULL)
            was_undone(conn, &err);
        else
            maria_call_failed(conn, &err);
        break;
    case EFFECT_UNDONE:
        was_undone(conn, &err);
        break;
    case EFFECT_READ_ONLY:
    case EFFECT_FULL:
        cannot_write(conn, effect == EFFECT_READ_ONLY, &err);
        break;
    case EFFECT_PREPARE:
    case EFFECT_CROWDED:
        prepare_anew(conn, effect == EFFECT_CROWDED, &err);
        break;
    case EFFECT_GONE:
        is_over(conn, false, &err);
        break;
    case EFFECT_LOST:
        is_over(conn, unknown, &err);
        break;
    }
}

/* ---- time, and the other end ---- */

static void run_out(struct maria_conn *conn)
{
    struct err err;

    err_set(&err, ERR_TIMEOUT, "the server has not answered in time");
    name_it(conn, &err);
    if (is_unknown(conn) || conn->op->verb == DB_COMMIT)
        add_unknown(&err);
    maria_count("tc_db_cut_total", NULL, NULL);
    maria_spoiled(conn, &err);
}

void maria_overdue(struct loop_timer *timer)
{
    struct maria_conn *conn = timer->owner;
    struct maria_worker *worker = conn->worker;

    if (conn->resting)
        rest_over(conn);
    else if (conn->op != NULL)
        run_out(conn);
    else if (conn->tx != NULL)
        maria_tx_expired(conn);
    else
        maria_replace(conn); /* what was to be cleaned */
    maria_go(conn);
    maria_flush(worker);
}

void maria_hung_up(struct maria_conn *conn)
{
    struct err err;

    if (conn->resting) {
        try_again(conn, "connection", true);
        return;
    }
    err_set(&err, ERR_IO, "the server has closed the connection");
    if (conn->tx != NULL)
        maria_tx_lost(conn, &err);
    maria_replace(conn);
}

void maria_cancel_running(struct maria_conn *conn)
{
    uint64_t due = clock_monotonic() + MARIA_GRACE_MS * NS_PER_MS;

    if (conn->array != NULL)
        return; /* others do wait */
    if (due < loop_timer_due(&conn->timer))
        loop_timer_set(conn->worker->loop, &conn->timer, due);
}
