/* See judge_running.h. */
#include "server/judge_running.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

static char *say_stuck(int worker, const struct stall_found *found)
{
    double seconds = (double)found->ns / (double)NS_PER_S;
    if (found->task == WATCHDOG_ROUTE)
        return mem_format("worker %d has not turned for %.0f s, at the route %s", worker,
                          seconds, found->name);
    if (found->task == WATCHDOG_TIMER)
        return mem_format("worker %d has not turned for %.0f s, at the timer %s", worker,
                          seconds, found->name);
    return mem_format("worker %d has not turned for %.0f s", worker, seconds);
}

static void judge_workers(const struct stall *stall, struct verdicts *out)
{
    struct stall_found found;
    for (int i = -1; (i = stall_find(stall, i + 1, &found)) >= 0;)
        verdict_add(out, VERDICT_BROKEN, "workers", say_stuck(i, &found),
                    mem_text("the page Errors has where it is; go back if it came with a "
                             "reload, else restart: docs/runbook.md, night 8"));
}

static char *say_failed(struct failure_when when, unsigned generation, const char *fault)
{
    if (when.at_start && when.left)
        return mem_format(
            "the files had faults at the start, before the rollback to generation "
            "%u: %s",
            generation, fault);
    if (when.at_start)
        return mem_format("the files had faults at the start; generation %u serves: %s",
                          generation, fault);
    if (when.left)
        return mem_format("a reload failed before the rollback to generation %u: %s",
                          generation, fault);
    return mem_format("the last reload failed; generation %u serves on: %s", generation, fault);
}

static void judge_loaded(const struct standing *standing, struct verdicts *out)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct failure_when when = failure_add(standing->failure, &text);
    if (text.len == 0)
        return;
    text.data[strcspn(text.data, "\n")] = '\0'; /* the first of its faults */
    verdict_add(out, when.left ? VERDICT_LOOK : VERDICT_BROKEN,
                when.at_start ? "files" : "reload",
                say_failed(when, standing->current->number, text.data),
                mem_text(when.left ? "a restart takes the files as they are then: mend them, "
                                     "then `timecapsule reload`"
                                   : "the page Generations has its faults: mend them, then "
                                     "`timecapsule reload`"));
}

static void judge_switch(const struct passing *passing, struct verdicts *out)
{
    uint64_t ns;
    int worker = passing_first(passing, &ns);
    if (worker >= 0 && ns >= NS_PER_S)
        verdict_add(out, VERDICT_LOOK, "reload",
                    mem_format("a switch waits for worker %d to turn, for %.0f s by now",
                               worker, (double)ns / (double)NS_PER_S),
                    mem_text("it ends when that worker turns; a restart ends it, too"));
}

/* A restart behaves otherwise than what runs. */
static void judge_start(const struct standing *standing, struct verdicts *out)
{
    const struct generation *before = standing->pending->before;
    unsigned number = standing->current->number, bytes_of = standing->current->bytes_of;
    if (before)
        verdict_add(out, VERDICT_LOOK, "reload",
                    mem_format("generation %u is on trial: in %d s generation %u serves again",
                               number, pending_seconds(standing->pending), before->number),
                    mem_text("if it is good, `timecapsule reload --accept` or the page "
                             "Generations keeps it"));
    else if (standing->doubted)
        verdict_add(out, VERDICT_LOOK, "reload",
                    mem_format("a generation was on trial and nobody kept it: a restart takes "
                               "generation %u, not the files",
                               number),
                    mem_text("until a reload is good: mend the files, then `timecapsule "
                             "reload`"));
    else if (bytes_of != number && !standing->found)
        verdict_add(out, VERDICT_LOOK, "reload",
                    mem_format("generation %u has the files of generation %u, by a rollback: a "
                               "restart takes those that are there now",
                               number, bytes_of),
                    mem_text("mend the files, then `timecapsule reload`"));
}

enum { CLOCK_MOVED_S = 60 };

/* By small steps it is kept right. */
static void judge_clock(int64_t moved, struct verdicts *out)
{
    static const char advice[] =
        "if it is right now, a restart ends this line; if not, set it, and let a time service "
        "keep it: docs/runbook.md, night 6";
    if (moved > CLOCK_MOVED_S)
        verdict_add(
            out, VERDICT_LOOK, "clock",
            mem_format("it was set forward by %lld s while the server ran", (long long)moved),
            mem_text(advice));
    else if (moved < -CLOCK_MOVED_S)
        verdict_add(
            out, VERDICT_LOOK, "clock",
            mem_format("it was set back by %lld s while the server ran", (long long)-moved),
            mem_text(advice));
}

void judge_running(struct reload *reload, const struct stall *stall, int64_t booted,
                   struct buf *out)
{
    const struct standing standing = reload_standing(reload);
    struct verdicts verdicts = {0};
    judge_workers(stall, &verdicts);
    judge_loaded(&standing, &verdicts);
    judge_switch(standing.passing, &verdicts);
    judge_start(&standing, &verdicts);
    judge_clock(clock_of_boot() - booted, &verdicts);
    verdicts_write(&verdicts, out);
    verdicts_done(&verdicts);
}
