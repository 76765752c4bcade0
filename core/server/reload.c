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

struct reload {
    struct reload_plan plan;
    struct lives *lives;
    struct pending pending;
    struct asks asks;   /* wait for the next build, in order */
    struct asks served; /* by the build that is under way */
    bool building, stopping;
    bool has_builder; /* a thread to be joined */
    struct candidate candidate;
    pthread_t builder;
    struct loop_call built;
    uint64_t started;
    unsigned highest; /* number that a generation has had */
    bool doubted;     /* a start would not take the files */
    bool found;       /* a reload found those of the current one */

    struct generation *old; /* between the switch and the last worker's turn */
    struct passing passing;
    struct loop_call turned;
    struct loop_call anywhere;
    atomic_bool anywhere_pending;
    struct failure failure;
};

static const char stopping[] = "the server is stopping\n";

static void next(struct reload *reload);

static struct generation *current_of(const struct reload *reload)
{
    return reload->plan.instance->slot.current;
}

/* ---- the end of an act ---- */

struct failure *reload_failure(struct reload *reload)
{
    return &reload->failure;
}

/* What a candidate that nobody is served from is like is no news for those who watch. */
static void record(struct reload *reload, bool good, struct slice text)
{
    enum act_kind kind = reload->candidate.act.kind;
    struct metric_label label = {"outcome", good ? "good" : "failed"};
    if (kind == ACT_PREVIEW || kind == ACT_DISCARD)
        return;
    metric_record(METRIC_COUNTER, "tc_reloads_total", &label, 1, 1);
    failure_end(&reload->failure, good);
    if (!reload->stopping)
        worker_reloaded(reload->plan.workers[0], good);
    if (kind == ACT_ROLLBACK && good)
        failure_leave(&reload->failure);
    else if (kind == ACT_RELOAD || good)
        failure_set(&reload->failure, good ? (struct slice){0} : text);
}

static void finish(struct reload *reload, bool good, struct slice text)
{
    const struct ask_answer with = {good, reload->candidate.kind, text};
    record(reload, good, text);
    if (!good) {
        log_line(LOG_ERROR, "the %s failed; nothing was changed",
                 act_name(reload->candidate.act.kind));
        log_lines(LOG_ERROR, text);
    }
    if (!reload->stopping)
        reload_announce(reload);
    asks_end(&reload->served, reload->plan.answer, reload->plan.owner, &with);
    candidate_done(&reload->candidate);
    reload->candidate = (struct candidate){0};
    reload->building = false;
    next(reload);
}

/* With what changed, and what is still to be decided. */
static void finish_good(struct reload *reload, const char *word,
                        const struct generation *generation)
{
    const struct buf *changes = &reload->candidate.text;
    struct buf text = {0};
    buf_addf(&text, "%s %u (%s)\n", word, generation->number, generation->digest);
    buf_add(&text, changes->data, changes->len);
    if (reload->candidate.act.kind != ACT_DISCARD)
        pending_tell(&reload->pending, &text);
    finish(reload, true, (struct slice){text.data, text.len});
    buf_done(&text);
}

static void fail(struct reload *reload, enum err_kind kind, struct slice text)
{
    reload->candidate.kind = kind;
    finish(reload, false, text);
}

/* ---- the switch ---- */

static void gauge(const struct generation *current)
{
    metric_record(METRIC_GAUGE, "tc_generation", NULL, 0, current->number);
    metric_word("tc_generation_info", "What the current generation is made of.", "digest",
                current->digest);
    routes_begin_metrics(&current->routes);
}

/* The old one drains, or waits whether it is to come back. */
static void retire(struct reload *reload)
{
    struct generation *old = TAKE(reload->old);
    int seconds = reload->stopping ? 0 : reload->candidate.act.confirm_s;
    if (seconds) {
        pending_try(&reload->pending, old, seconds);
    } else {
        lives_drain(reload->lives, old);
        generation_unref(old);
    }
}

static void turn_is_over(struct loop_call *call)
{
    struct reload *reload = CONTAINER(call, struct reload, turned);
    const struct generation *current = current_of(reload);
    enum act_kind kind = reload->candidate.act.kind;
    fail_point("answer");
    pending_turned(&reload->pending);
    if (!reload->old) { /* a candidate came, or went */
        const struct preview *preview = pending_preview(&reload->pending);
        finish_good(reload, kind == ACT_PREVIEW ? "preview: generation" : "generation",
                    kind == ACT_PREVIEW && preview ? preview->generation : current);
        return;
    }
    retire(reload);
    gauge(current);
    log_line(LOG_INFO, "generation %u (%s) is current after %.0f ms", current->number,
             current->digest, (double)(clock_monotonic() - reload->started) / 1e6);
    finish_good(reload, "generation", current);
}

/* The last one tells the main thread. */
void reload_passed(struct reload *reload, int worker)
{
    if (passing_over(&reload->passing, worker))
        loop_post(reload->plan.loop, &reload->turned);
}

static void pass(struct reload *reload, void (*how)(struct worker *worker))
{
    const struct reload_plan *plan = &reload->plan;
    passing_begin(&reload->passing);
    for (int i = 0; i < plan->nworkers; i++)
        how(plan->workers[i]);
}

/* It is looked after, and its states live on the workers' loops. */
static void introduce(struct reload *reload, struct generation *generation)
{
    const struct reload_plan *plan = &reload->plan;
    lives_add(reload->lives, generation);
    if (generation->number > reload->highest)
        reload->highest = generation->number;
    for (int i = 0; i < plan->nworkers; i++)
        worker_lend(plan->workers[i], generation->vms[i]);
}

/* A candidate that is another one was made to follow the old. */
static void switch_over(struct reload *reload, struct generation *generation)
{
    const struct preview *preview = pending_preview(&reload->pending);
    if (preview && preview->generation != generation)
        buf_addf(&reload->candidate.text, "generation %u (%s) was in preview, and is dropped\n",
                 preview->generation->number, preview->generation->digest);
    reload->old = generation_switch(&reload->plan.instance->slot, generation);
    reload->found = false;
    fail_point("switched");
    pending_withdraw(&reload->pending);
    pass(reload, worker_adopt);
}

/* ---- decisions ---- */

/* The generation of before the trial, as it was: nothing has to be built for that. */
static void go_back(struct reload *reload)
{
    struct generation *before = pending_end_trial(&reload->pending);
    const struct generation *tried = current_of(reload);
    log_line(LOG_WARN, "generation %u was on trial and is not accepted: generation %u again",
             tried->number, before->number);
    snapshot_differences(&tried->files, &before->files, &reload->candidate.text);
    reload->doubted = true;
    switch_over(reload, before);
}

static void drop(struct reload *reload)
{
    const struct generation *candidate = pending_preview(&reload->pending)->generation;
    log_line(LOG_INFO, "generation %u was in preview and is dropped", candidate->number);
    buf_addf(&reload->candidate.text, "generation %u (%s) was in preview, and is dropped\n",
             candidate->number, candidate->digest);
    pending_withdraw(&reload->pending);
    pass(reload, worker_pass);
}

static void accept_trial(struct reload *reload)
{
    struct generation *before = pending_end_trial(&reload->pending);
    lives_drain(reload->lives, before);
    generation_unref(before);
    log_line(LOG_INFO, "generation %u is accepted", current_of(reload)->number);
    finish_good(reload, "accepted: generation", current_of(reload));
}

static void offer(struct reload *reload, struct generation *generation)
{
    pending_offer(&reload->pending, generation);
    log_line(LOG_INFO, "generation %u (%s) is in preview", generation->number,
             generation->digest);
    pass(reload, worker_pass);
}

/* ---- building ---- */

static void join(struct reload *reload)
{
    pthread_join(reload->builder, NULL);
    reload->has_builder = false;
    generation_unref(TAKE(reload->candidate.current));
}

static void built_good(struct reload *reload)
{
    struct candidate *candidate = &reload->candidate;
    struct generation *generation = TAKE(candidate->generation);
    if (candidate->act.kind != ACT_ROLLBACK && candidate->act.kind != ACT_PREVIEW)
        reload->doubted = candidate->act.confirm_s > 0 && generation;
    if (candidate->unchanged && candidate->act.kind == ACT_RELOAD)
        reload->found = true;
    bool is_new = generation && candidate->act.kind != ACT_ACCEPT;
    if (is_new)
        introduce(reload, generation);
    if (candidate->unchanged)
        finish_good(reload, "unchanged: generation", current_of(reload));
    else if (!generation)
        accept_trial(reload);
    else if (candidate->act.kind == ACT_PREVIEW)
        offer(reload, generation);
    else
        switch_over(reload, generation);
}

static void built(struct loop_call *call)
{
    struct reload *reload = CONTAINER(call, struct reload, built);
    const struct candidate *candidate = &reload->candidate;
    if (!reload->has_builder)
        return; /* reload_close() was first */
    join(reload);
    if (reload->stopping)
        fail(reload, ERR_STATE, slice_of(stopping));
    else if (!candidate->good)
        finish(reload, false, (struct slice){candidate->text.data, candidate->text.len});
    else
        built_good(reload);
}

static void *build(void *argument)
{
    struct reload *reload = argument;
    candidate_make(&reload->candidate);
    loop_post(reload->plan.loop, &reload->built);
    return NULL;
}

static void begin_building(struct reload *reload)
{
    struct candidate *candidate = &reload->candidate;
    const struct preview *preview = pending_preview(&reload->pending);
    candidate->plan = &reload->plan;
    candidate->number = reload->highest + 1;
    candidate->current = generation_ref(current_of(reload));
    if (candidate->act.kind == ACT_ACCEPT && preview)
        candidate->generation = generation_ref(preview->generation);
    reload->has_builder = pthread_create(&reload->builder, NULL, build, reload) == 0;
    if (!reload->has_builder) {
        generation_unref(TAKE(candidate->current));
        fail(reload, ERR_IO, slice_of("cannot start a thread to build in\n"));
    }
}

/* ---- what is asked ---- */

static bool has_to_wait(const struct reload *reload)
{
    if (reload->building || STAILQ_EMPTY(&reload->asks) || reload->stopping)
        return true;
    enum act_kind kind = STAILQ_FIRST(&reload->asks)->act.kind;
    if (kind == ACT_ACCEPT || kind == ACT_DISCARD || reload->pending.before ||
        lives_have_room(reload->lives))
        return false;
    log_line(LOG_INFO, "a reload waits: %d generations are live", LIMIT_GENERATIONS);
    return true;
}

static void begin(struct reload *reload, const struct act *act)
{
    reload->building = true;
    reload->candidate.act = *act;
    reload->started = clock_monotonic();
    manager_reloading();
    bool leaves = act->kind == ACT_ROLLBACK || act->kind == ACT_DISCARD;
    if (leaves && reload->pending.before)
        go_back(reload);
    else if (act->kind == ACT_DISCARD)
        drop(reload);
    else
        begin_building(reload);
}

static void next(struct reload *reload)
{
    while (!has_to_wait(reload)) {
        pending_take(&reload->pending, &reload->asks, &reload->served, reload->plan.answer,
                     reload->plan.owner);
        if (!STAILQ_EMPTY(&reload->served))
            begin(reload, &STAILQ_FIRST(&reload->served)->act);
    }
}

/* Whoever has moved that file away says so by a reload, whatever comes of it. */
static void reopen_log(void)
{
    struct err err;
    if (!log_reopen_requests(&err))
        log_line(LOG_ERROR, "%s", err.text);
}

void reload_ask(struct reload *reload, const struct act *act, uint64_t client)
{
    if (act->kind == ACT_RELOAD)
        reopen_log();
    asks_add(&reload->asks, act, client);
    next(reload);
}

bool reload_may_upgrade(const struct reload *reload, const struct act *act, struct err *err)
{
    if (reload->building)
        return err_set(err, ERR_STATE, "a reload is under way");
    return pending_allows(&reload->pending, act, err);
}

static void asked_from_anywhere(struct loop_call *call)
{
    struct reload *reload = CONTAINER(call, struct reload, anywhere);
    atomic_store(&reload->anywhere_pending, false);
    if (!reload->stopping)
        reload_ask(reload, &(struct act){.kind = ACT_RELOAD}, 0);
}

void reload_from_anywhere(struct reload *reload)
{
    if (!atomic_exchange(&reload->anywhere_pending, true))
        loop_post(reload->plan.loop, &reload->anywhere);
}

/* A decision that is under way comes first. */
static void undecided(void *owner)
{
    struct reload *reload = owner;
    if (reload->stopping || reload->building || !STAILQ_EMPTY(&reload->asks))
        return;
    pending_put_down_lapse(&reload->pending);
    reload_ask(reload, &(struct act){.kind = ACT_DISCARD}, 0);
}

/* ---- life ---- */

static void has_room(void *owner)
{
    next(owner);
}

struct reload *reload_new(const struct reload_plan *plan)
{
    struct reload *reload = mem_new(1, sizeof *reload);
    struct instance *instance = plan->instance;
    const char *public = instance->options->public_url;
    reload->plan = *plan;
    STAILQ_INIT(&reload->asks);
    STAILQ_INIT(&reload->served);
    reload->built.run = built;
    reload->turned.run = turn_is_over;
    reload->anywhere.run = asked_from_anywhere;
    reload->doubted = instance->doubted > 0;
    reload->highest = instance->slot.current->number;
    if (instance->doubted > reload->highest && instance->doubted < UINT32_MAX)
        reload->highest = instance->doubted;
    reload->lives = lives_new(plan->loop, plan->workers, plan->nworkers, has_room, reload);
    lives_add(reload->lives, instance->slot.current);
    pending_init(&reload->pending, &(struct pending_plan){.loop = plan->loop,
                                                          .slot = &instance->slot,
                                                          .lives = reload->lives,
                                                          .site = public ? public : plan->site,
                                                          .over = undecided,
                                                          .owner = reload});
    failure_init(&reload->failure, (struct slice){instance->faults.data, instance->faults.len});
    passing_init(&reload->passing, plan->nworkers);
    gauge(instance->slot.current);
    return reload;
}

struct standing reload_standing(struct reload *reload)
{
    return (struct standing){.current = current_of(reload),
                             .lives = reload->lives,
                             .pending = &reload->pending,
                             .passing = &reload->passing,
                             .failure = &reload->failure,
                             .busy = reload->building,
                             .doubted = reload->doubted && !reload->pending.before,
                             .found = reload->found};
}

void reload_announce(const struct reload *reload)
{
    const struct generation *current = current_of(reload);
    CLEANUP(mem_freep)
    char *status = mem_format("generation %u (%s)%s", current->number, current->digest,
                              failure_word(&reload->failure));
    manager_ready(status);
}

void reload_stop(struct reload *reload)
{
    const struct ask_answer with = {false, ERR_STATE, slice_of(stopping)};
    if (!reload->stopping)
        passing_put_down(&reload->passing, current_of(reload)->number);
    reload->stopping = true;
    lives_stop(reload->lives);
    asks_end(&reload->asks, reload->plan.answer, reload->plan.owner, &with);
}

void reload_close(struct reload *reload)
{
    if (!reload)
        return;
    reload_stop(reload);
    pending_close(&reload->pending);
    if (!reload->has_builder)
        return;
    join(reload);
    fail(reload, ERR_STATE, slice_of(stopping));
}

void reload_free(struct reload *reload)
{
    if (!reload)
        return;
    lives_free(reload->lives);
    failure_done(&reload->failure);
    passing_done(&reload->passing);
    free(reload);
}
