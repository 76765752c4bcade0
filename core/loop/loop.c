/*
 * The loop: one epoll descriptor, a heap of timers, a queue of posted calls.
 *
 * A turn is: hooks, sleep, events, posted calls, timers.  Whatever a callback did is
 * therefore seen by the hooks before the loop sleeps again, and how long it may sleep is
 * worked out after them.
 *
 * Owner:  of its two descriptors, the heap and nothing else.  Watches, timers, hooks
 *         and calls are borrowed.
 * Thread: that of loop_run(), but for loop_post().  The poster writes the eventfd while it
 *         holds the lock, so that a poster whose call has been run is done with the loop, and
 *         the loop may be freed by that very call's consequences.
 */
#include "loop/loop.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 256 };

STAILQ_HEAD(loop_calls, loop_call);

struct loop {
    int epoll;
    struct loop_watch wake; /* the eventfd that loop_post() writes */
    uint64_t now;
    bool stopped;
    bool firing;   /* inside fire_timers() */
    bool has_wake; /* the eventfd was readable on this turn */

    struct epoll_event events[EVENTS_AT_ONCE];
    int fetched, handled; /* events[handled … fetched-1] are still to be handed out */

    struct heap timers;

    TAILQ_HEAD(, loop_hook) hooks;
    struct loop_hook *next_hook; /* the one after the running hook */

    pthread_mutex_t lock; /* of calls */
    struct loop_calls calls;
};

static void woken(struct loop_watch *watch, uint32_t events)
{
    struct loop *loop = watch->owner;
    uint64_t count;

    (void)events;
    if (read(watch->fd, &count, sizeof count) > 0)
        loop->has_wake = true;
}

bool loop_new(struct loop **ret_loop, struct err *err)
{
    struct loop *loop = mem_new(1, sizeof *loop);

    pthread_mutex_init(&loop->lock, NULL);
    STAILQ_INIT(&loop->calls);
    TAILQ_INIT(&loop->hooks);
    loop->now = clock_monotonic();
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = (struct loop_watch){
        .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .ready = woken, .owner = loop};
    if (loop->epoll < 0 || loop->wake.fd < 0) {
        err_set(err, ERR_IO, "cannot make an event loop: %s", strerror(errno));
        loop_free(loop);
        return false;
    }
    if (!loop_add(loop, &loop->wake, EPOLLIN, err)) {
        loop_free(loop);
        return false;
    }
    *ret_loop = loop;
    return true;
}

/* ---- posted calls ---- */

void loop_post(struct loop *loop, struct loop_call *call)
{
    const uint64_t one = 1;

    pthread_mutex_lock(&loop->lock);
    /* Cannot fail: the counter is far from full, the descriptor is ours. */
    if (STAILQ_EMPTY(&loop->calls) && write(loop->wake.fd, &one, sizeof one) != sizeof one)
        abort();
    STAILQ_INSERT_TAIL(&loop->calls, call, next);
    pthread_mutex_unlock(&loop->lock);
}

struct told {
    struct loop_call call;
    void (*hear)(void *owner, const void *about);
    void *owner;
    const void *about;
};

static void hear(struct loop_call *call)
{
    struct told *told = CONTAINER(call, struct told, call);

    told->hear(told->owner, told->about);
    free(told);
}

void loop_tell(struct loop *loop, void (*hear_it)(void *owner, const void *about), void *owner,
               const void *about)
{
    struct told *told = mem_new(1, sizeof *told);

    *told = (struct told){{.run = hear}, hear_it, owner, about};
    loop_post(loop, &told->call);
}

/* Runs what is there now; what these calls post waits for the next turn.  The eventfd has
 * been read before: the other way round a wake-up between the two would be lost. */
static bool run_calls(struct loop *loop)
{
    struct loop_calls calls = STAILQ_HEAD_INITIALIZER(calls);
    struct loop_call *call;
    bool any = false;

    pthread_mutex_lock(&loop->lock);
    STAILQ_CONCAT(&calls, &loop->calls);
    pthread_mutex_unlock(&loop->lock);
    while ((call = STAILQ_FIRST(&calls))) {
        STAILQ_REMOVE_HEAD(&calls, next);
        call->run(call); /* may free the call */
        any = true;
    }
    return any;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    while (run_calls(loop))
        ;
    if (loop->wake.fd >= 0)
        close(loop->wake.fd);
    if (loop->epoll >= 0)
        close(loop->epoll);
    pthread_mutex_destroy(&loop->lock);
    heap_done(&loop->timers);
    free(loop);
}

/* ---- watches ---- */

static bool control(struct loop *loop, int operation, struct loop_watch *watch, uint32_t events,
                    struct err *err)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};

    if (epoll_ctl(loop->epoll, operation, watch->fd, &event) < 0)
        return err_set(err, ERR_IO, "cannot watch descriptor %d: %s", watch->fd,
                       strerror(errno));
    return true;
}

bool loop_add(struct loop *loop, struct loop_watch *watch, uint32_t events, struct err *err)
{
    return control(loop, EPOLL_CTL_ADD, watch, events, err);
}

bool loop_change(struct loop *loop, struct loop_watch *watch, uint32_t events, struct err *err)
{
    return control(loop, EPOLL_CTL_MOD, watch, events, err);
}

void loop_remove(struct loop *loop, struct loop_watch *watch)
{
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    /* Its owner may be freed now: forget what was fetched for it and not yet handed out. */
    for (int i = loop->handled; i < loop->fetched; i++)
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
}

static void hand_out_events(struct loop *loop)
{
    while (loop->handled < loop->fetched) {
        struct epoll_event event = loop->events[loop->handled++];
        struct loop_watch *watch = event.data.ptr;
        if (watch)
            watch->ready(watch, event.events);
    }
}

/* ---- timers ---- */

void loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t due)
{
    /* A timer that sets itself again at once must not keep the loop from its events. */
    heap_set(&loop->timers, &timer->node,
             loop->firing && due <= loop->now ? loop->now + 1 : due);
}

void loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
    heap_remove(&loop->timers, &timer->node);
}

static void fire_timers(struct loop *loop)
{
    struct heap_node *first;

    loop->firing = true;
    while ((first = heap_first(&loop->timers)) && first->due <= loop->now) {
        struct loop_timer *timer = CONTAINER(first, struct loop_timer, node);
        heap_remove(&loop->timers, first);
        timer->fire(timer);
    }
    loop->firing = false;
}

/* ---- hooks ---- */

void loop_hook_add(struct loop *loop, struct loop_hook *hook)
{
    TAILQ_INSERT_HEAD(&loop->hooks, hook, link);
}

void loop_hook_remove(struct loop *loop, struct loop_hook *hook)
{
    if (loop->next_hook == hook)
        loop->next_hook = TAILQ_NEXT(hook, link);
    TAILQ_REMOVE(&loop->hooks, hook, link);
}

/* The longest sleep that every hook can bear, in milliseconds; -1: any. */
static int run_hooks(struct loop *loop)
{
    int longest = -1;

    for (struct loop_hook *hook = TAILQ_FIRST(&loop->hooks); hook; hook = loop->next_hook) {
        loop->next_hook = TAILQ_NEXT(hook, link);
        int bears = hook->turn(hook);
        if (bears >= 0 && (longest < 0 || bears < longest))
            longest = bears;
    }
    return longest;
}

/* ---- turns ---- */

/* Milliseconds until the first timer, rounded up, so that waking early makes no busy loop. */
static int sleep_for(const struct loop *loop, int longest)
{
    const struct heap_node *first = heap_first(&loop->timers);
    if (!first || longest == 0)
        return longest;
    uint64_t now = clock_monotonic(); /* hooks may have taken long since loop->now */
    if (first->due <= now)
        return 0;
    uint64_t left = (first->due - now - 1) / NS_PER_MS + 1;
    int sleep = left > INT_MAX ? INT_MAX : (int)left;
    return longest < 0 || sleep < longest ? sleep : longest;
}

static void turn(struct loop *loop)
{
    int longest = run_hooks(loop);
    if (loop->stopped)
        return;

    int count = epoll_wait(loop->epoll, loop->events, EVENTS_AT_ONCE, sleep_for(loop, longest));
    if (count < 0 && errno != EINTR)
        abort(); /* our own descriptor is broken: nothing can go on */
    loop->now = clock_monotonic();
    loop->handled = 0;
    loop->fetched = count < 0 ? 0 : count;

    hand_out_events(loop);
    if (loop->has_wake) {
        loop->has_wake = false;
        run_calls(loop);
    }
    fire_timers(loop);
}

void loop_run(struct loop *loop)
{
    loop->now = clock_monotonic();
    while (!loop->stopped)
        turn(loop);
    loop->stopped = false;
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

uint64_t loop_now(const struct loop *loop)
{
    return loop->now;
}
