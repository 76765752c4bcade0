/*
 * The connections of a worker and the operations that wait for one.
 *
 * Connections are made when operations wait and none is free, up to the worker's share; one is
 * kept always.  The one used last is lent first, so that those nobody needs grow old and are
 * probed.  What a connection left behind on the server is rolled back before it is lent again.
 */
#include "base/clock.h"
#include "base/metrics.h"
#include "db/mariadb/driver.h"

#include <stdio.h>

/* ---- queues ---- */

void maria_queue_add(struct maria_queue *queue, struct db_op *op)
{
    op->next = NULL;
    if (queue->first != NULL)
        queue->last->next = op;
    else
        queue->first = op;
    queue->last = op;
    queue->count++;
}

void maria_queue_add_first(struct maria_queue *queue, struct db_op *op)
{
    op->next = queue->first;
    queue->first = op;
    if (op->next == NULL)
        queue->last = op;
    queue->count++;
}

struct db_op *maria_queue_take(struct maria_queue *queue)
{
    struct db_op *op = queue->first;

    if (op == NULL)
        return NULL;
    queue->first = op->next;
    op->next = NULL;
    queue->count--;
    return op;
}

bool maria_queue_remove(struct maria_queue *queue, struct db_op *op)
{
    struct db_op *before = NULL;

    for (struct db_op *each = queue->first; each != NULL; each = each->next) {
        if (each == op) {
            if (before != NULL)
                before->next = op->next;
            else
                queue->first = op->next;
            if (queue->last == op)
                queue->last = before;
            op->next = NULL;
            queue->count--;
            return true;
        }
        before = each;
    }
    return false;
}

/* ---- what waits ---- */

static void expire_by(struct maria_worker *worker, uint64_t deadline)
{
    if (deadline < loop_timer_due(&worker->expiry))
        loop_timer_set(worker->loop, &worker->expiry, deadline);
}

static void fail_late(struct maria_worker *worker, struct db_op *op)
{
    struct err err;

    err_set(&err, ERR_TIMEOUT, "the deadline passed while waiting for the database");
    maria_fail(worker, op, &err);
}

void maria_expire(struct loop_timer *timer)
{
    struct maria_worker *worker = timer->owner;
    struct maria_queue waiting = worker->waiting;
    uint64_t now = clock_monotonic();
    struct db_op *op;

    worker->waiting = (struct maria_queue){0};
    while ((op = maria_queue_take(&waiting)) != NULL) {
        if (now >= op->deadline) {
            fail_late(worker, op);
            continue;
        }
        maria_queue_add(&worker->waiting, op);
        expire_by(worker, op->deadline);
    }
    maria_flush(worker);
}

void maria_fail_waiting(struct maria_worker *worker, const struct err *err)
{
    struct db_op *op;

    while ((op = maria_queue_take(&worker->waiting)) != NULL)
        maria_fail(worker, op, err);
}

void maria_wait_again(struct maria_worker *worker, struct db_op *op)
{
    maria_queue_add_first(&worker->waiting, op);
    expire_by(worker, op->deadline);
}

/* ---- connections ---- */

size_t maria_share(const struct maria_worker *worker)
{
    const struct maria_db *db = maria_db_of(worker);
    int attached = __atomic_load_n(&db->attached, __ATOMIC_RELAXED);
    size_t workers = attached > 0 ? (size_t)attached : 1;
    size_t share = db->place.pool / workers + (worker->index < db->place.pool % workers);

    return share > 0 ? share : 1;
}

static void remove_idle(struct maria_conn *conn)
{
    struct maria_worker *worker = conn->worker;
    struct maria_conn **link = &worker->idle;

    while (*link != conn)
        link = &(*link)->next_idle;
    *link = conn->next_idle;
    worker->nidle--;
}

/* One that the server has not closed: a write that is sent to one that it has would be lost
 * with its outcome unknown. */
static struct maria_conn *take_idle(struct maria_worker *worker)
{
    struct maria_conn *conn;

    while ((conn = worker->idle) != NULL) {
        if (maria_conn_is_quiet(conn)) {
            remove_idle(conn);
            return conn;
        }
        maria_replace(conn);
    }
    return NULL;
}

bool maria_lend(struct maria_worker *worker, struct db_op *op, struct err *err)
{
    struct maria_db *db = maria_db_of(worker);
    bool waits = maria_array_waits(worker, op);
    struct maria_conn *conn = waits ? NULL : take_idle(worker);

    if (conn != NULL) {
        maria_run(conn, op);
        maria_go(conn);
        return true;
    }
    if (worker->waiting.count >= db->place.queue) {
        maria_count("tc_db_refused_total", NULL, NULL);
        return err_set(err, ERR_LIMIT,
                       "%zu operations are waiting for the database already (`queue` in its "
                       "URL): try again later",
                       worker->waiting.count);
    }
    maria_queue_add(&worker->waiting, op);
    expire_by(worker, op->deadline);
    if (waits && !loop_timer_is_set(&worker->gathering))
        loop_timer_set(worker->loop, &worker->gathering,
                       clock_monotonic() + MARIA_GATHER_MS * NS_PER_MS);
    maria_dial(worker);
    return true;
}

static void clean(struct maria_conn *conn)
{
    conn->use = USE_CLEAN;
    loop_timer_set(conn->worker->loop, &conn->timer,
                   clock_monotonic() + MARIA_CLEAN_S * NS_PER_S);
}

static void cleaned(struct maria_conn *conn)
{
    if (conn->code != 0) {
        maria_replace(conn);
        return;
    }
    conn->dirty = false;
    maria_release(conn);
}

static struct db_op *next_waiting(struct maria_worker *worker)
{
    struct db_op *op;

    while ((op = maria_queue_take(&worker->waiting)) != NULL) {
        if (op->cancelled)
            maria_finish(worker, op);
        else if (clock_monotonic() >= op->deadline)
            fail_late(worker, op);
        else
            return op;
    }
    return NULL;
}

/* Another operation, or it is idle. */
static void use_again(struct maria_conn *conn)
{
    struct maria_worker *worker = conn->worker;
    struct db_op *op = next_waiting(worker);

    if (op != NULL) {
        maria_run(conn, op);
        return;
    }
    conn->use = USE_IDLE;
    conn->idle_since = loop_now(worker->loop);
    conn->next_idle = worker->idle;
    worker->idle = conn;
    worker->nidle++;
}

void maria_gathered(struct loop_timer *timer)
{
    struct maria_worker *worker = timer->owner;
    struct maria_conn *conn;

    while (worker->waiting.count > 0 && (conn = take_idle(worker)) != NULL) {
        use_again(conn);
        maria_go(conn);
    }
    maria_flush(worker);
}

void maria_release(struct maria_conn *conn)
{
    struct maria_worker *worker = conn->worker;

    conn->op = NULL;
    conn->tx = NULL;
    loop_timer_clear(worker->loop, &conn->timer);
    if (conn->dirty) {
        clean(conn);
        maria_query(conn, "ROLLBACK", cleaned);
        return;
    }
    if (!maria_prepared_drop_stale(conn, loop_now(worker->loop)) ||
        worker->nconns > maria_share(worker)) {
        maria_replace(conn);
        return;
    }
    use_again(conn);
}

void maria_replace(struct maria_conn *conn)
{
    struct maria_worker *worker = conn->worker;
    struct maria_conn **link = &worker->conns;

    if (conn->use == USE_CUT)
        return;
    if (conn->use == USE_IDLE)
        remove_idle(conn);
    maria_conn_cut(conn);
    while (*link != conn)
        link = &(*link)->next;
    *link = conn->next;
    worker->nconns--;
    conn->next = worker->buried;
    worker->buried = conn;
    maria_dial(worker);
}

/* ---- every second ---- */

static void gauge(const struct maria_worker *worker, const char *name, size_t value)
{
    struct metric_label label = {"worker", worker->number};

    metric_record(METRIC_GAUGE, name, &label, 1, (double)value);
}

/* The one that nobody has needed for longest. */
static void probe(struct maria_worker *worker)
{
    struct maria_conn *oldest = worker->idle;

    for (struct maria_conn *each = oldest; each != NULL; each = each->next_idle)
        if (each->idle_since < oldest->idle_since)
            oldest = each;
    if (oldest == NULL ||
        loop_now(worker->loop) - oldest->idle_since < MARIA_PROBE_S * NS_PER_S)
        return;
    remove_idle(oldest);
    clean(oldest);
    maria_ping(oldest, cleaned);
    maria_go(oldest);
}

void maria_tick(struct loop_timer *timer)
{
    struct maria_worker *worker = timer->owner;

    loop_timer_set(worker->loop, timer, loop_now(worker->loop) + NS_PER_S);
    probe(worker);
    maria_dial(worker);
    gauge(worker, "tc_db_connections", worker->nconns);
    gauge(worker, "tc_db_idle", worker->nidle);
    gauge(worker, "tc_db_waiting", worker->waiting.count);
    maria_flush(worker);
}
