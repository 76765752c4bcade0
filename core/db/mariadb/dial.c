/*
 * Getting connections for a worker: one attempt at a time, on a thread; after a failure a
 * pause that grows, with chance in it so that workers and nodes do not come all at once.
 *
 * A worker that has no connection and could not get one for MARIA_DOWN_S refuses operations
 * until it has: waiting for a server that is away helps nobody.  When another worker has got
 * one meanwhile, this one does not wait for the end of its pause.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "db/mariadb/driver.h"

#include <stdlib.h>

struct maria_dial {
    struct blocking_job job;
    struct maria_db *db;
    struct maria_worker *worker; /* NULL once it has gone */
    int stop;                    /* atomic */
    bool ok;
    MYSQL *my;
    size_t host;
    struct err err;
};

static bool wanted(const struct maria_worker *worker)
{
    if (worker->nconns == 0)
        return true;
    return worker->waiting.count > 0 && worker->nidle == 0 &&
           worker->nconns < maria_share(worker);
}

static uint64_t connects(const struct maria_worker *worker)
{
    return __atomic_load_n(&maria_db_of(worker)->connects, __ATOMIC_RELAXED);
}

bool maria_is_down(const struct maria_worker *worker, struct err *err)
{
    bool down = worker->nconns == 0 && worker->failures > 0 &&
                worker->connects == connects(worker) &&
                clock_monotonic() - worker->down_since > MARIA_DOWN_S * NS_PER_S;

    if (down && err != NULL)
        *err = worker->why;
    return down;
}

static void pause_dialling(struct maria_worker *worker)
{
    uint64_t ms = MARIA_REDIAL_MS;

    for (unsigned i = 1; i < worker->failures && ms < MARIA_REDIAL_MAX; i++)
        ms *= 2;
    if (ms > MARIA_REDIAL_MAX)
        ms = MARIA_REDIAL_MAX;
    ms = ms / 2 + random_below(ms / 2 + 1);
    loop_timer_set(worker->loop, &worker->redial, clock_monotonic() + ms * NS_PER_MS);
}

static void failed(struct maria_worker *worker, const struct err *err)
{
    struct err why;

    maria_count("tc_db_connects_total", "outcome", "failed");
    if (worker->failures++ == 0) {
        worker->down_since = clock_monotonic();
        maria_failing(maria_db_of(worker), MATTER_REACH, 1);
    }
    worker->connects = connects(worker);
    worker->why = *err;
    worker->why.kind = ERR_IO; /* for whoever asks it is out of reach, whatever the reason */
    maria_trouble(maria_db_of(worker), MATTER_REACH, err->text);
    pause_dialling(worker);
    if (maria_is_down(worker, &why))
        maria_fail_waiting(worker, &why);
}

static void connected(struct maria_worker *worker, MYSQL *my, size_t host)
{
    struct err err;
    struct maria_conn *conn = maria_conn_new(worker, my, host, &err);

    if (conn == NULL) {
        mysql_close(my);
        failed(worker, &err);
        return;
    }
    maria_count("tc_db_connects_total", "outcome", "ok");
    __atomic_fetch_add(&maria_db_of(worker)->connects, 1, __ATOMIC_RELAXED);
    if (worker->failures > 0)
        maria_failing(maria_db_of(worker), MATTER_REACH, -1);
    worker->failures = 0;
    maria_well(maria_db_of(worker), MATTER_REACH);
    conn->next = worker->conns;
    worker->conns = conn;
    worker->nconns++;
    maria_release(conn);
    maria_go(conn);
    maria_dial(worker);
}

static void work(struct blocking_job *job)
{
    struct maria_dial *dial = CONTAINER(job, struct maria_dial, job);

    dial->ok = maria_connect(dial->db, true, &dial->stop, &dial->my, &dial->host, &dial->err);
}

static void done(struct blocking_job *job)
{
    struct maria_dial *dial = CONTAINER(job, struct maria_dial, job);
    struct maria_worker *worker = dial->worker;

    if (worker == NULL) {
        if (dial->ok)
            mysql_close(dial->my);
        free(dial);
        return;
    }
    worker->dial = NULL;
    if (dial->ok)
        connected(worker, dial->my, dial->host);
    else
        failed(worker, &dial->err);
    free(dial);
    maria_flush(worker);
}

void maria_dial(struct maria_worker *worker)
{
    bool pausing = loop_timer_is_set(&worker->redial) && worker->connects == connects(worker);

    if (worker->stopping || worker->dial != NULL || pausing || !wanted(worker))
        return;
    loop_timer_clear(worker->loop, &worker->redial);

    struct maria_dial *dial = mem_new(1, sizeof *dial);
    dial->job = (struct blocking_job){.work = work, .done = done, .loop = worker->loop};
    dial->db = maria_db_of(worker);
    dial->worker = worker;
    err_set(&dial->err, ERR_IO, "no thread to connect on");
    worker->dial = dial;
    blocking_submit(dial->db->threads, &dial->job);
}

void maria_dial_stop(struct maria_worker *worker)
{
    struct maria_dial *dial = TAKE(worker->dial);

    if (dial == NULL)
        return;
    dial->worker = NULL;
    __atomic_store_n(&dial->stop, 1, __ATOMIC_RELAXED);
    blocking_wait(dial->db->threads, &dial->job);
}
