/* See live.h. */
#include "server/live.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/testing.h"

#include <stdlib.h>

struct live {
    struct lives *lives;
    struct generation *generation;
    struct loop_timer drain; /* set once it is retired */
};

struct lives {
    struct loop *loop;
    struct worker **workers;
    int nworkers;
    void (*room)(void *owner);
    void *owner;
    bool stopping;
    struct live *items[LIMIT_GENERATIONS];
};

/* NULL finds an empty place. */
static struct live **find(struct lives *lives, const struct generation *generation)
{
    for (int i = 0; i < LIMIT_GENERATIONS; i++)
        if ((lives->items[i] ? lives->items[i]->generation : NULL) == generation)
            return &lives->items[i];
    return NULL;
}

static int count(const struct lives *lives, size_t *ret_bytes)
{
    int number = 0;
    *ret_bytes = 0;
    for (int i = 0; i < LIMIT_GENERATIONS; i++)
        if (lives->items[i]) {
            number++;
            *ret_bytes += lives->items[i]->generation->bytes;
        }
    return number;
}

static void gauge(const struct lives *lives)
{
    size_t bytes;
    metric_record(METRIC_GAUGE, "tc_generations_live", NULL, 0, count(lives, &bytes));
}

static void drained(struct loop_call *call)
{
    struct generation *generation = CONTAINER(call, struct generation, retire);
    struct lives *lives = generation->owner;
    struct live **place = find(lives, generation);
    struct live *live = TAKE(*place);
    gauge(lives);
    loop_timer_clear(lives->loop, &live->drain);
    free(live);
    if (!lives->stopping)
        log_line(LOG_INFO, "generation %u has drained", generation->number);
    generation_free(generation);
    lives->room(lives->owner);
}

/* On the thread that has dropped the last reference. */
static void retired(struct generation *generation, void *owner)
{
    const struct lives *lives = owner;
    generation->retire.run = drained;
    loop_post(lives->loop, &generation->retire);
}

static uint64_t drain_time(void)
{
    return testing_ms("TIMECAPSULE_DRAIN_MS", LIMIT_DRAIN_S * NS_PER_S);
}

static void drain_is_over(struct loop_timer *timer)
{
    const struct live *live = timer->owner;
    const struct lives *lives = live->lives;
    if (lives->stopping)
        return; /* workers end what they have, and some have ended */
    log_line(LOG_WARN, "generation %u has not drained in %.0f s: what is left is cut",
             live->generation->number, (double)drain_time() / (double)NS_PER_S);
    for (int i = 0; i < lives->nworkers; i++)
        worker_cut(lives->workers[i], live->generation);
}

struct lives *lives_new(struct loop *loop, struct worker **workers, int nworkers,
                        void (*room)(void *owner), void *owner)
{
    struct lives *lives = mem_new(1, sizeof *lives);
    *lives = (struct lives){
        .loop = loop, .workers = workers, .nworkers = nworkers, .room = room, .owner = owner};
    return lives;
}

void lives_add(struct lives *lives, struct generation *generation)
{
    struct live *live = mem_new(1, sizeof *live);
    live->lives = lives;
    live->generation = generation;
    live->drain = (struct loop_timer){.fire = drain_is_over, .owner = live};
    *find(lives, NULL) = live;
    gauge(lives);
    generation->retired = retired;
    generation->owner = lives;
}

bool lives_have_room(const struct lives *lives)
{
    for (int i = 0; i < LIMIT_GENERATIONS; i++)
        if (!lives->items[i])
            return true;
    return false;
}

void lives_drain(struct lives *lives, const struct generation *generation)
{
    struct live *live = *find(lives, generation);
    loop_timer_set(lives->loop, &live->drain, clock_monotonic() + drain_time());
}

void lives_show(const struct lives *lives, struct buf *out)
{
    size_t bytes;
    int number = count(lives, &bytes);
    buf_addf(out, "live         %d generation%s\nloaded       %.1f MB\n", number,
             number == 1 ? "" : "s", (double)bytes / 1e6);
}

void lives_describe(const struct lives *lives, struct buf *out)
{
    size_t bytes;
    int number = count(lives, &bytes);
    buf_addf(out, "live %d %zu\n", number, bytes);
}

void lives_stop(struct lives *lives)
{
    lives->stopping = true;
}

void lives_free(struct lives *lives)
{
    for (int i = 0; i < LIMIT_GENERATIONS; i++)
        free(lives->items[i]);
    free(lives);
}
