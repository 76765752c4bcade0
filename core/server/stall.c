/* See stall.h. */
#include "server/stall.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/testing.h"
#include "server/manager.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct look {
    struct loop_call call;
    struct worker *worker;
    _Atomic bool pending; /* the call has not run yet */
    uint64_t since;       /* … and was sent then */
    enum { LOOK_FINE, LOOK_ASKED, LOOK_TOLD } state;
};

struct stall {
    struct loop *loop;
    struct loop_timer timer;
    uint64_t limit;
    int count;
    struct look looks[];
};

static void turned(struct loop_call *call)
{
    struct look *look = CONTAINER(call, struct look, call);
    atomic_store(&look->pending, false);
}

static void tell(const struct stall *stall, const struct look *look)
{
    char number[16], ms[24];
    const char *entered = worker_entered(look->worker);
    snprintf(number, sizeof number, "%d", (int)(look - stall->looks));
    snprintf(ms, sizeof ms, "%llu",
             (unsigned long long)((clock_monotonic() - look->since) / NS_PER_MS));
    struct log_field fields[] = {{"worker", number, LOG_NUMBER},
                                 {"ms", ms, LOG_NUMBER},
                                 {"binding", entered, LOG_WORDS}};
    log_event(LOG_ERROR, "a worker does not turn; the binding is what it has called last",
              fields, entered ? 3 : 2);
    metric_record(METRIC_COUNTER, "tc_worker_stalls_total", NULL, 0, 1);
}

static void look_at(const struct stall *stall, struct look *look)
{
    if (look->state == LOOK_ASKED) {
        tell(stall, look);
        look->state = LOOK_TOLD;
    }
    if (!atomic_load(&look->pending)) {
        look->state = LOOK_FINE;
        look->since = clock_monotonic();
        atomic_store(&look->pending, true);
        worker_post(look->worker, &look->call);
    } else if (look->state == LOOK_FINE && clock_monotonic() - look->since >= stall->limit) {
        worker_ask(look->worker);
        look->state = LOOK_ASKED;
    }
}

static void set_timer(struct stall *stall)
{
    loop_timer_set(stall->loop, &stall->timer,
                   clock_monotonic() + stall->limit / LIMIT_STALL_S);
}

static void fire(struct loop_timer *timer)
{
    struct stall *stall = timer->owner;
    bool fine = true;
    for (int i = 0; i < stall->count; i++) {
        look_at(stall, &stall->looks[i]);
        fine &= stall->looks[i].state == LOOK_FINE;
    }
    if (fine)
        manager_alive();
    set_timer(stall);
}

struct stall *stall_new(struct loop *loop, struct worker **workers, int nworkers)
{
    struct stall *stall = mem_new(1, sizeof *stall + (size_t)nworkers * sizeof stall->looks[0]);
    stall->loop = loop;
    stall->limit = testing_ms("TIMECAPSULE_STALL_MS", LIMIT_STALL_S * NS_PER_S);
    stall->count = nworkers;
    stall->timer = (struct loop_timer){.fire = fire, .owner = stall};
    for (int i = 0; i < nworkers; i++) {
        stall->looks[i].call.run = turned;
        stall->looks[i].worker = workers[i];
    }
    set_timer(stall);
    return stall;
}

int stall_find(const struct stall *stall, int from, struct stall_found *ret)
{
    for (int i = from; stall && i < stall->count; i++) {
        const struct look *look = &stall->looks[i];
        if (look->state != LOOK_TOLD || !atomic_load(&look->pending))
            continue;
        ret->ns = clock_monotonic() - look->since;
        ret->task = worker_at(look->worker, &ret->name);
        return i;
    }
    return -1;
}

void stall_show(const struct stall *stall, struct buf *out)
{
    struct stall_found found;
    for (int i = -1; (i = stall_find(stall, i + 1, &found)) >= 0;)
        buf_addf(out, "stuck        worker %d, for %.0f s%s%s\n", i,
                 (double)found.ns / (double)NS_PER_S, found.task ? ", at " : "",
                 found.task ? found.name : "");
}

void stall_stop(struct stall *stall)
{
    if (stall)
        loop_timer_clear(stall->loop, &stall->timer);
}

void stall_free(struct stall *stall)
{
    free(stall);
}
