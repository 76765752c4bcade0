/* See pending.h. */
#include "server/pending.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/testing.h"
#include "server/deeds.h"

enum { AGAIN_MS = 100 };

static void is_over(struct loop_timer *timer)
{
    struct pending *pending = timer->owner;
    loop_timer_set(pending->plan.loop, timer, clock_monotonic() + AGAIN_MS * NS_PER_MS);
    pending->plan.over(pending->plan.owner);
}

void pending_init(struct pending *pending, const struct pending_plan *plan)
{
    *pending = (struct pending){.plan = *plan};
    pending->end = (struct loop_timer){.fire = is_over, .owner = pending};
}

static void end_in(struct pending *pending, uint64_t time)
{
    pending->until = clock_monotonic() + time;
    loop_timer_set(pending->plan.loop, &pending->end, pending->until);
}

int pending_seconds(const struct pending *pending)
{
    uint64_t now = clock_monotonic();
    return pending->until > now ? (int)((pending->until - now + NS_PER_S - 1) / NS_PER_S) : 0;
}

const struct preview *pending_preview(const struct pending *pending)
{
    return pending->plan.slot->preview;
}

/* ---- what may be done ---- */

static bool refuse_trial(const struct pending *pending, struct err *err)
{
    return err_set(err, ERR_CONFLICT,
                   "generation %u (%s) is on trial, for %d s more: `timecapsule reload "
                   "--accept` keeps it, `timecapsule rollback` goes back",
                   pending->plan.slot->current->number, pending->plan.slot->current->digest,
                   pending_seconds(pending));
}

static bool refuse_preview(const struct pending *pending, struct err *err)
{
    const struct generation *candidate = pending_preview(pending)->generation;
    return err_set(err, ERR_CONFLICT,
                   "generation %u (%s) is in preview, for %d s more: `timecapsule reload "
                   "--accept` switches to it, `timecapsule reload --discard` drops it",
                   candidate->number, candidate->digest, pending_seconds(pending));
}

/* What --accept and --discard are about. */
static bool decides(const struct pending *pending, const struct act *act, struct err *err)
{
    const struct generation_slot *slot = pending->plan.slot;
    if (!pending->before && !slot->preview)
        return err_set(err, ERR_CONFLICT,
                       "there is nothing to %s: no generation is on trial, none in preview",
                       act_name(act->kind));
    if (pending->before && act->confirm_s)
        return refuse_trial(pending, err);
    return act_has_seen(
        act, pending->before ? slot->current->digest : slot->preview->generation->digest, err);
}

bool pending_allows(const struct pending *pending, const struct act *act, struct err *err)
{
    if (act->kind == ACT_ACCEPT || act->kind == ACT_DISCARD)
        return decides(pending, act, err);
    if (!act_has_seen(act, pending->plan.slot->current->digest, err))
        return false;
    if (pending->before && act->kind != ACT_ROLLBACK)
        return refuse_trial(pending, err);
    if (pending_preview(pending) && act->kind == ACT_RELOAD)
        return refuse_preview(pending, err);
    return true;
}

static void tell_refused(const struct ask *ask, const struct err *err)
{
    log_line(ask->client ? LOG_INFO : LOG_ERROR, "a %s is refused: %s", act_name(ask->act.kind),
             err->text);
}

void pending_take(const struct pending *pending, struct asks *waiting, struct asks *served,
                  ask_answerer *answerer, void *owner)
{
    struct ask *first = asks_take(waiting), *more;
    struct err err;
    if (!pending_allows(pending, &first->act, &err)) {
        const struct ask_answer with = {false, err.kind, slice_of(err.text)};
        tell_refused(first, &err);
        ask_end(first, answerer, owner, &with);
        return;
    }
    STAILQ_INSERT_TAIL(served, first, next);
    while ((more = STAILQ_FIRST(waiting)) && ask_is_same(first, more) &&
           pending_allows(pending, &more->act, &err)) {
        asks_take(waiting);
        STAILQ_INSERT_TAIL(served, more, next);
    }
}

/* ---- the trial ---- */

void pending_try(struct pending *pending, struct generation *before, int seconds)
{
    pending->before = before;
    end_in(pending, (uint64_t)seconds * NS_PER_S);
}

struct generation *pending_end_trial(struct pending *pending)
{
    if (pending->before)
        loop_timer_clear(pending->plan.loop, &pending->end);
    return TAKE(pending->before);
}

/* ---- the preview ---- */

static void put(struct pending *pending, struct preview *preview)
{
    struct preview **place = &pending->plan.slot->preview;
    struct preview *other = __atomic_exchange_n(place, preview, __ATOMIC_SEQ_CST);
    if (other)
        pending->left = other;
}

void pending_offer(struct pending *pending, struct generation *generation)
{
    put(pending, preview_new(generation));
    end_in(pending, testing_ms("TIMECAPSULE_PREVIEW_MS", LIMIT_PREVIEW_S * NS_PER_S));
}

void pending_withdraw(struct pending *pending)
{
    if (pending_preview(pending))
        loop_timer_clear(pending->plan.loop, &pending->end);
    put(pending, NULL);
}

static void release(struct preview *preview)
{
    if (preview)
        generation_unref(preview->generation);
    preview_free(preview);
}

void pending_turned(struct pending *pending)
{
    struct preview *left = TAKE(pending->left);
    if (left && left->generation != pending->plan.slot->current)
        lives_drain(pending->plan.lives, left->generation);
    release(left);
}

/* ---- telling ---- */

void pending_tell(const struct pending *pending, struct buf *out)
{
    const struct preview *preview = pending_preview(pending);
    if (pending->before)
        buf_addf(
            out,
            "on trial for %d s: `timecapsule reload --accept` keeps it, else generation %u "
            "(%s) serves again\n",
            pending_seconds(pending), pending->before->number, pending->before->digest);
    if (preview)
        buf_addf(out,
                 "link %s/?preview=%s\nIt leads one browser there, once, in the next %d s; "
                 "`timecapsule reload --accept` switches to it, `timecapsule reload --discard` "
                 "drops it.\n",
                 pending->plan.site, preview->link, pending_seconds(pending));
}

void pending_show(const struct pending *pending, struct buf *out)
{
    const struct preview *preview = pending_preview(pending);
    if (pending->before)
        buf_addf(out, "trial        %d s are left, then generation %u (%s) serves again\n",
                 pending_seconds(pending), pending->before->number, pending->before->digest);
    if (preview)
        buf_addf(out, "preview      generation %u (%s), %d s are left\n",
                 preview->generation->number, preview->generation->digest,
                 pending_seconds(pending));
}

/* Its link, until it is followed: whoever has asked may not have waited for the answer. */
static void add_preview(const struct pending *pending, const struct preview *preview,
                        struct buf *out)
{
    buf_addf(out, "preview %u %s %d ", preview->generation->number, preview->generation->digest,
             pending_seconds(pending));
    if (preview->followed)
        buf_adds(out, "-\n");
    else
        buf_addf(out, "%s/?preview=%s\n", pending->plan.site, preview->link);
}

void pending_describe(const struct pending *pending, struct buf *out)
{
    const struct preview *preview = pending_preview(pending);
    if (pending->before)
        buf_addf(out, "trial %d %u %s\n", pending_seconds(pending), pending->before->number,
                 pending->before->digest);
    if (preview)
        add_preview(pending, preview, out);
}

void pending_put_down_lapse(const struct pending *pending)
{
    const struct preview *preview = pending_preview(pending);
    const struct generation *lapsed =
        preview ? preview->generation : pending->plan.slot->current;
    CLEANUP(mem_freep)
    char *words = mem_format("generation %u (%s)", lapsed->number, lapsed->digest);
    deed_by_host("the end of its time", preview ? "preview_lapsed" : "trial_lapsed", words);
}

void pending_close(struct pending *pending)
{
    generation_unref(pending_end_trial(pending));
    pending_withdraw(pending);
    release(TAKE(pending->left));
}
