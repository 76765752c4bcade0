/* Making connections for a worker; see the header. */
#include "db/mariadb/dial.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"

#include <stdlib.h>

enum {
    PAUSE_MS = 50,    /* the first pause between attempts, doubled each time … */
    PAUSE_MAX = 2000, /* … up to this */
};

struct maria_attempt {
    struct blocking_job job;
    struct maria_db *db;
    struct maria_dialler *dialler; /* NULL once it has stopped */
    int stop;                      /* atomic */
    bool ok;
    MYSQL *my;
    size_t host;
    struct err err;
};

static uint64_t connects(const struct maria_dialler *dialler)
{
    return __atomic_load_n(&dialler->db->connects, __ATOMIC_RELAXED);
}

bool maria_dial_is_down(const struct maria_dialler *dialler)
{
    return dialler->since != 0 && dialler->connects == connects(dialler) &&
           clock_monotonic() - dialler->since >= MARIA_DOWN_MS * NS_PER_MS;
}

static void pause_over(struct loop_timer *timer)
{
    struct maria_dialler *dialler = timer->owner;

    dialler->over(dialler);
}

/* Every host is taking its time. */
static void patience_over(struct loop_timer *timer)
{
    struct maria_dialler *dialler = timer->owner;

    if (dialler->failures == 0)
        err_set(&dialler->why, ERR_IO,
                "the database cannot be reached: no host has let us in for %.1f seconds",
                (double)MARIA_DOWN_MS / 1000);
    dialler->failed(dialler);
}

static void expect_one(struct maria_dialler *dialler, uint64_t since)
{
    uint64_t down = MARIA_DOWN_MS * NS_PER_MS, chance = MARIA_CHANCE_MS * NS_PER_MS;
    uint64_t least = clock_monotonic() + chance;

    if (dialler->since != 0)
        return;
    dialler->since = since + down > least ? since : least - down;
    dialler->connects = connects(dialler);
    loop_timer_set(dialler->loop, &dialler->patience, dialler->since + down);
}

static void pause_dialling(struct maria_dialler *dialler)
{
    uint64_t ms = PAUSE_MS;

    for (unsigned i = 1; i < dialler->failures && ms < PAUSE_MAX; i++)
        ms *= 2;
    if (ms > PAUSE_MAX)
        ms = PAUSE_MAX;
    ms = ms / 2 + random_below(ms / 2 + 1);
    loop_timer_set(dialler->loop, &dialler->pause, clock_monotonic() + ms * NS_PER_MS);
}

void maria_dial_failed(struct maria_dialler *dialler, const struct err *err)
{
    maria_count("tc_db_connects_total", "outcome", "failed");
    if (dialler->failures++ == 0)
        maria_failing(dialler->db, MATTER_REACH, 1);
    expect_one(dialler, clock_monotonic());
    dialler->connects = connects(dialler);
    dialler->why = *err;
    dialler->why.kind = ERR_IO; /* for whoever asks it is out of reach, whatever the reason */
    maria_trouble(dialler->db, MATTER_REACH, err->text);
    pause_dialling(dialler);
    dialler->failed(dialler);
}

static void succeeded(struct maria_dialler *dialler, MYSQL *my, size_t host)
{
    maria_count("tc_db_connects_total", "outcome", "ok");
    __atomic_fetch_add(&dialler->db->connects, 1, __ATOMIC_RELAXED);
    if (dialler->failures > 0)
        maria_failing(dialler->db, MATTER_REACH, -1);
    dialler->failures = 0;
    dialler->since = 0;
    loop_timer_clear(dialler->loop, &dialler->patience);
    maria_well(dialler->db, MATTER_REACH);
    dialler->made(dialler, my, host);
}

static void work(struct blocking_job *job)
{
    struct maria_attempt *attempt = CONTAINER(job, struct maria_attempt, job);
    struct maria_db *db = attempt->db;

    struct maria_wants wants = {.longest = db->base.longest,
                                .schema = __atomic_load_n(&db->base.schema, __ATOMIC_RELAXED)};

    attempt->ok = maria_hosts_connect(&db->hosts, wants, &attempt->stop, &attempt->my,
                                      &attempt->host, &attempt->err);
}

static void done(struct blocking_job *job)
{
    struct maria_attempt *attempt = CONTAINER(job, struct maria_attempt, job);
    struct maria_dialler *dialler = attempt->dialler;

    if (dialler != NULL)
        dialler->attempt = NULL;
    if (dialler == NULL && attempt->ok)
        mysql_close(attempt->my);
    else if (dialler != NULL && attempt->ok)
        succeeded(dialler, attempt->my, attempt->host);
    else if (dialler != NULL)
        maria_dial_failed(dialler, &attempt->err);
    free(attempt);
}

void maria_dialler_init(struct maria_dialler *dialler, struct maria_db *db, struct loop *loop)
{
    dialler->db = db;
    dialler->loop = loop;
    dialler->pause = (struct loop_timer){.fire = pause_over, .owner = dialler};
    dialler->patience = (struct loop_timer){.fire = patience_over, .owner = dialler};
}

void maria_dial(struct maria_dialler *dialler, uint64_t since)
{
    bool pausing = loop_timer_is_set(&dialler->pause) && dialler->connects == connects(dialler);

    if (dialler->attempt != NULL || pausing)
        return;
    loop_timer_clear(dialler->loop, &dialler->pause);
    expect_one(dialler, since);

    struct maria_attempt *attempt = mem_new(1, sizeof *attempt);
    attempt->job = (struct blocking_job){.work = work, .done = done, .loop = dialler->loop};
    attempt->db = dialler->db;
    attempt->dialler = dialler;
    err_set(&attempt->err, ERR_IO, "no thread to connect on");
    dialler->attempt = attempt;
    blocking_submit(dialler->db->threads, &attempt->job);
}

void maria_dialler_stop(struct maria_dialler *dialler)
{
    struct maria_attempt *attempt = TAKE(dialler->attempt);

    loop_timer_clear(dialler->loop, &dialler->pause);
    loop_timer_clear(dialler->loop, &dialler->patience);
    if (dialler->failures > 0)
        maria_failing(dialler->db, MATTER_REACH, -1);
    if (attempt == NULL)
        return;
    attempt->dialler = NULL;
    __atomic_store_n(&attempt->stop, 1, __ATOMIC_RELAXED);
    blocking_wait(attempt->db->threads, &attempt->job);
}
