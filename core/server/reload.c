/* See reload.h. */
#include "server/reload.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/testing.h"
#include "server/candidate.h"
#include "server/manager.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct ask {
    enum reload_kind kind;
    uint64_t client;
    STAILQ_ENTRY(ask) next;
};

STAILQ_HEAD(asks, ask);

/* A generation that is live: the current one, or one that drains. */
struct live {
    struct reload *reload;
    struct generation *generation;
    struct loop_timer drain; /* set once it is retired */
};

struct reload {
    struct reload_plan plan;
    struct live *live[LIMIT_GENERATIONS];
    struct asks asks;   /* wait for the next build, in order */
    struct asks served; /* by the build that is under way */
    bool building, stopping;
    bool has_builder; /* a thread to be joined */
    struct candidate candidate;
    pthread_t builder;
    struct loop_call built;
    uint64_t started;

    struct generation *old; /* between the switch and the last worker's turn */
    atomic_int passing;     /* workers whose turn is not over */
    struct loop_call turned;

    struct loop_call anywhere;
    atomic_bool anywhere_pending;
    struct buf failure;      /* how the last reload failed; empty after a good one … */
    pthread_mutex_t telling; /* … which is written under this, and read elsewhere */
};

static const char stopping[] = "the server is stopping\n";

static void next(struct reload *reload);

/* ---- live generations ---- */

static struct live **find_place(struct reload *reload, const struct generation *generation)
{
    for (int i = 0; i < LIMIT_GENERATIONS; i++)
        if ((reload->live[i] ? reload->live[i]->generation : NULL) == generation)
            return &reload->live[i];
    return NULL;
}

static int count_live(const struct reload *reload)
{
    int count = 0;
    for (int i = 0; i < LIMIT_GENERATIONS; i++)
        count += reload->live[i] != NULL;
    return count;
}

static void gauge_live(const struct reload *reload)
{
    metric_record(METRIC_GAUGE, "tc_generations_live", NULL, 0, count_live(reload));
}

static void drained(struct loop_call *call)
{
    struct generation *generation = CONTAINER(call, struct generation, retire);
    struct reload *reload = generation->owner;
    struct live **place = find_place(reload, generation);
    struct live *live = TAKE(*place);
    gauge_live(reload);
    loop_timer_clear(reload->plan.loop, &live->drain);
    free(live);
    if (!reload->stopping)
        log_line(LOG_INFO, "generation %u has drained", generation->number);
    generation_free(generation);
    next(reload);
}

/* On the thread that has dropped the last reference. */
static void retired(struct generation *generation, void *owner)
{
    struct reload *reload = owner;
    generation->retire.run = drained;
    loop_post(reload->plan.loop, &generation->retire);
}

static uint64_t drain_time(void)
{
    return testing_ms("TIMECAPSULE_DRAIN_MS", LIMIT_DRAIN_S * NS_PER_S);
}

static void drain_is_over(struct loop_timer *timer)
{
    struct live *live = timer->owner;
    const struct reload_plan *plan = &live->reload->plan;
    if (live->reload->stopping)
        return; /* workers end what they have, and some have ended */
    log_line(LOG_WARN, "generation %u has not drained in %.0f s: what is left is cut",
             live->generation->number, (double)drain_time() / (double)NS_PER_S);
    for (int i = 0; i < plan->nworkers; i++)
        worker_cut(plan->workers[i], live->generation);
}

static void look_after(struct reload *reload, struct generation *generation)
{
    struct live *live = mem_new(1, sizeof *live);
    live->reload = reload;
    live->generation = generation;
    live->drain = (struct loop_timer){.fire = drain_is_over, .owner = live};
    *find_place(reload, NULL) = live;
    gauge_live(reload);
    generation->retired = retired;
    generation->owner = reload;
}

/* ---- the end of a reload ---- */

static void answer_all(struct reload *reload, struct asks *asks, bool good, struct slice text)
{
    struct ask *ask;
    while ((ask = STAILQ_FIRST(asks))) {
        STAILQ_REMOVE_HEAD(asks, next);
        if (ask->client)
            reload->plan.answer(reload->plan.owner, ask->client, good, text);
        free(ask);
    }
}

static void keep_failure(struct reload *reload, struct slice text)
{
    pthread_mutex_lock(&reload->telling);
    buf_clear(&reload->failure);
    buf_add(&reload->failure, text.data, text.len);
    pthread_mutex_unlock(&reload->telling);
    metric_record(METRIC_GAUGE, "tc_reload_failed", NULL, 0, text.len > 0);
}

void reload_failure(struct reload *reload, struct buf *out)
{
    pthread_mutex_lock(&reload->telling);
    buf_add(out, reload->failure.data, reload->failure.len);
    pthread_mutex_unlock(&reload->telling);
}

/* Whoever has moved that file away says so by a reload, whatever comes of it. */
static void reopen_log(void)
{
    struct err err;
    if (!log_reopen_requests(&err))
        log_line(LOG_ERROR, "%s", err.text);
}

static void finish(struct reload *reload, bool good, struct slice text)
{
    reopen_log();
    struct metric_label label = {"outcome", good ? "good" : "failed"};
    metric_record(METRIC_COUNTER, "tc_reloads_total", &label, 1, 1);
    if (!reload->stopping)
        worker_reloaded(reload->plan.workers[0], good);
    bool files = reload->candidate.kind == RELOAD_FILES; /* going back does not mend them */
    if (files)
        keep_failure(reload, good ? (struct slice){0} : text);
    if (!good) {
        log_line(LOG_ERROR, "the %s failed; nothing was changed",
                 files ? "reload" : "rollback");
        log_lines(LOG_ERROR, text);
    }
    if (!reload->stopping)
        reload_announce(reload);
    answer_all(reload, &reload->served, good, text);
    candidate_done(&reload->candidate);
    reload->candidate = (struct candidate){0};
    reload->building = false;
    next(reload);
}

static void finish_good(struct reload *reload, const char *word)
{
    const struct generation *current = reload->plan.instance->slot.current;
    const struct buf *changes = &reload->candidate.text;
    struct buf text = {0};
    buf_addf(&text, "%s %u (%s)\n", word, current->number, current->digest);
    buf_add(&text, changes->data, changes->len);
    finish(reload, true, (struct slice){text.data, text.len});
    buf_done(&text);
}

/* ---- the switch ---- */

static void gauge(const struct generation *current)
{
    metric_record(METRIC_GAUGE, "tc_generation", NULL, 0, current->number);
    metric_word("tc_generation_info", "What the current generation is made of.", "digest",
                current->digest);
    routes_begin_metrics(&current->routes);
}

static void turn_is_over(struct loop_call *call)
{
    struct reload *reload = CONTAINER(call, struct reload, turned);
    const struct generation *current = reload->plan.instance->slot.current;
    struct live *live = *find_place(reload, reload->old);
    fail_point("answer");
    loop_timer_set(reload->plan.loop, &live->drain, clock_monotonic() + drain_time());
    generation_unref(TAKE(reload->old));
    gauge(current);
    log_line(LOG_INFO, "generation %u (%s) is current after %.0f ms", current->number,
             current->digest, (double)(clock_monotonic() - reload->started) / 1e6);
    finish_good(reload, "generation");
}

/* The last one tells the main thread. */
void reload_passed(struct reload *reload)
{
    if (atomic_fetch_sub(&reload->passing, 1) == 1)
        loop_post(reload->plan.loop, &reload->turned);
}

static void switch_over(struct reload *reload)
{
    const struct reload_plan *plan = &reload->plan;
    struct generation *generation = TAKE(reload->candidate.generation);
    look_after(reload, generation);
    for (int i = 0; i < plan->nworkers; i++)
        worker_lend(plan->workers[i], generation->vms[i]);
    reload->old = generation_switch(&plan->instance->slot, generation);
    fail_point("switched");
    reload->passing = plan->nworkers;
    for (int i = 0; i < plan->nworkers; i++)
        worker_adopt(plan->workers[i]);
}

/* ---- building ---- */

static void join(struct reload *reload)
{
    pthread_join(reload->builder, NULL);
    reload->has_builder = false;
    generation_unref(TAKE(reload->candidate.current));
}

static void built(struct loop_call *call)
{
    struct reload *reload = CONTAINER(call, struct reload, built);
    struct candidate *candidate = &reload->candidate;
    if (!reload->has_builder)
        return; /* reload_close() was first */
    join(reload);
    if (reload->stopping)
        finish(reload, false, slice_of(stopping));
    else if (!candidate->good)
        finish(reload, false, (struct slice){candidate->text.data, candidate->text.len});
    else if (candidate->unchanged)
        finish_good(reload, "unchanged: generation");
    else
        switch_over(reload);
}

static void *build(void *argument)
{
    struct reload *reload = argument;
    candidate_make(&reload->candidate);
    loop_post(reload->plan.loop, &reload->built);
    return NULL;
}

/* Everybody who waits for the same kind is served by one build. */
static void take_asks(struct reload *reload)
{
    struct ask *ask = STAILQ_FIRST(&reload->asks);
    enum reload_kind kind = ask->kind;
    do {
        STAILQ_REMOVE_HEAD(&reload->asks, next);
        STAILQ_INSERT_TAIL(&reload->served, ask, next);
        ask = STAILQ_FIRST(&reload->asks);
    } while (ask && ask->kind == kind && kind != RELOAD_BACK); /* two go two steps back */
    reload->candidate.kind = kind;
}

static void next(struct reload *reload)
{
    if (reload->building || STAILQ_EMPTY(&reload->asks) || reload->stopping)
        return;
    if (!find_place(reload, NULL)) {
        log_line(LOG_INFO, "a reload waits: %d generations are live", LIMIT_GENERATIONS);
        return;
    }
    take_asks(reload);
    reload->building = true;
    reload->started = clock_monotonic();
    manager_reloading();
    reload->candidate.plan = &reload->plan;
    reload->candidate.current = generation_ref(reload->plan.instance->slot.current);
    reload->has_builder = pthread_create(&reload->builder, NULL, build, reload) == 0;
    if (!reload->has_builder) {
        generation_unref(TAKE(reload->candidate.current));
        finish(reload, false, slice_of("cannot start a thread to build in\n"));
    }
}

void reload_ask(struct reload *reload, enum reload_kind kind, uint64_t client)
{
    struct ask *ask = mem_new(1, sizeof *ask);
    ask->kind = kind;
    ask->client = client;
    STAILQ_INSERT_TAIL(&reload->asks, ask, next);
    next(reload);
}

bool reload_is_busy(const struct reload *reload)
{
    return reload->building;
}

static void asked_from_anywhere(struct loop_call *call)
{
    struct reload *reload = CONTAINER(call, struct reload, anywhere);
    atomic_store(&reload->anywhere_pending, false);
    if (!reload->stopping)
        reload_ask(reload, RELOAD_FILES, 0);
}

void reload_from_anywhere(struct reload *reload)
{
    if (!atomic_exchange(&reload->anywhere_pending, true))
        loop_post(reload->plan.loop, &reload->anywhere);
}

/* ---- life ---- */

struct reload *reload_new(const struct reload_plan *plan)
{
    struct reload *reload = mem_new(1, sizeof *reload);
    reload->plan = *plan;
    pthread_mutex_init(&reload->telling, NULL);
    STAILQ_INIT(&reload->asks);
    STAILQ_INIT(&reload->served);
    reload->built.run = built;
    reload->turned.run = turn_is_over;
    reload->anywhere.run = asked_from_anywhere;
    look_after(reload, plan->instance->slot.current);
    keep_failure(reload, (struct slice){0});
    gauge(plan->instance->slot.current);
    return reload;
}

void reload_status(const struct reload *reload, struct buf *out)
{
    int live = count_live(reload);
    const struct generation *current = reload->plan.instance->slot.current;
    buf_addf(out, "live         %d generation%s\n", live, live == 1 ? "" : "s");
    if (current->bytes_of != current->number)
        buf_addf(out, "rolled back  to the files of generation %u\n", current->bytes_of);
    if (reload->failure.len > 0) {
        buf_adds(out, "reload       failed; the files have faults:\n");
        buf_add(out, reload->failure.data, reload->failure.len);
    }
}

void reload_announce(const struct reload *reload)
{
    const struct generation *current = reload->plan.instance->slot.current;
    CLEANUP(mem_freep)
    char *status = mem_format("generation %u (%s)%s", current->number, current->digest,
                              reload->failure.len ? "; the last reload failed" : "");
    manager_ready(status);
}

void reload_stop(struct reload *reload)
{
    reload->stopping = true;
    answer_all(reload, &reload->asks, false, slice_of(stopping));
}

void reload_close(struct reload *reload)
{
    if (!reload)
        return;
    reload_stop(reload);
    if (!reload->has_builder)
        return;
    join(reload);
    finish(reload, false, slice_of(stopping));
}

void reload_free(struct reload *reload)
{
    if (!reload)
        return;
    for (int i = 0; i < LIMIT_GENERATIONS; i++)
        free(reload->live[i]);
    buf_done(&reload->failure);
    pthread_mutex_destroy(&reload->telling);
    free(reload);
}
