/* Hosts that say nothing; see the header. */
#include "db/mariadb/suspect.h"

#include "base/clock.h"
#include "base/mem.h"
#include "db/mariadb/lend.h"

#include <stdlib.h>

enum { WATCH_MS = 100, QUIET_MS = 1000, SUSPECT_MS = 2000 };

struct maria_trial {
    struct blocking_job job;
    struct maria_watch *watch; /* NULL once it has stopped */
    struct maria_hosts *hosts;
    size_t host;
};

static void work(struct blocking_job *job)
{
    const struct maria_trial *trial = CONTAINER(job, struct maria_trial, job);

    maria_hosts_try(trial->hosts, trial->host);
}

static void done(struct blocking_job *job)
{
    struct maria_trial *trial = CONTAINER(job, struct maria_trial, job);

    if (trial->watch != NULL)
        trial->watch->trials[trial->host] = NULL;
    free(trial);
}

static void try(struct maria_watch *watch, size_t host)
{
    struct maria_db *db = pool_db(watch->pool);

    if (watch->trials[host] != NULL)
        return;
    struct maria_trial *trial = watch->trials[host] = mem_new(1, sizeof *trial);
    *trial =
        (struct maria_trial){.job = {.work = work, .done = done, .loop = watch->pool->loop},
                             .watch = watch,
                             .hosts = &db->hosts,
                             .host = host};
    blocking_submit(db->threads, &trial->job);
}

/* Since when something waits for the host while nobody hears of it; now, if nothing does. */
static uint64_t silent_since(const struct pool *pool, size_t host, uint64_t now)
{
    uint64_t asked = now, heard = maria_hosts_heard(&pool_db(pool)->hosts, host);
    const struct slot *slot;

    for (int use = 0; use < SLOT_CLOSED; use++)
        TAILQ_FOREACH(slot, &pool->slots[use], link)
            if (slot->host == host) {
                if (slot->conn->state == CONN_BUSY && slot->conn->asked < asked)
                    asked = slot->conn->asked;
                if (slot->conn->heard > heard)
                    heard = slot->conn->heard;
            }
    return heard > asked ? heard : asked;
}

/* What it was asked ends here; the pool knows what may run elsewhere. */
static void leave(struct pool *pool, size_t host)
{
    for (int use = SLOT_RUN; use <= SLOT_HELD; use++) {
        struct slot *slot = TAILQ_FIRST(&pool->slots[use]), *next;
        for (; slot != NULL; slot = next) {
            next = TAILQ_NEXT(slot, link);
            if (slot->host == host)
                maria_conn_give_up(slot->conn);
        }
    }
}

static void look(struct loop_timer *timer)
{
    struct maria_watch *watch = timer->owner;
    struct pool *pool = watch->pool;
    size_t nhosts = pool_db(pool)->place.nhosts;
    uint64_t now = loop_now(pool->loop);
    bool first = pool_enter(pool);

    loop_timer_set(pool->loop, timer, now + WATCH_MS * NS_PER_MS);
    for (size_t host = 0; host < nhosts; host++) {
        uint64_t silence = now - silent_since(pool, host, now);
        if (silence >= QUIET_MS * NS_PER_MS)
            try(watch, host);
        if (silence < SUSPECT_MS * NS_PER_MS)
            continue;
        pool_shun(pool, host, MARIA_SILENT, "it says nothing");
        leave(pool, host);
    }
    pool_leave(pool, first, true);
}

void maria_watch_start(struct maria_watch *watch, struct pool *pool)
{
    watch->pool = pool;
    watch->timer = (struct loop_timer){.fire = look, .owner = watch};
    if (pool_db(pool)->place.nhosts > 1)
        loop_timer_set(pool->loop, &watch->timer, clock_monotonic() + WATCH_MS * NS_PER_MS);
}

void maria_watch_stop(struct maria_watch *watch)
{
    loop_timer_clear(watch->pool->loop, &watch->timer);
    for (size_t host = 0; host < MARIA_MAX_HOSTS; host++) {
        struct maria_trial *trial = TAKE(watch->trials[host]);
        if (trial == NULL)
            continue;
        trial->watch = NULL;
        blocking_wait(pool_db(watch->pool)->threads, &trial->job);
    }
}
