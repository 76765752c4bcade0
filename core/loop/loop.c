/*
 * The loop: one epoll descriptor, a binary heap of timers, a queue of posted calls.
 *
 * A turn is: hooks, sleep, events, posted calls, timers.  Whatever a callback did is
 * therefore seen by the hooks before the loop sleeps again, and how long it may sleep is
 * worked out after them.
 *
 * Owner:  of its two descriptors, the heap's array and nothing else.  Watches, timers, hooks
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

enum { EVENTS_AT_ONCE = 256, FIRST_TIMERS = 64 };

struct loop {
    int epoll;
    struct loop_watch wake; /* the eventfd that loop_post() writes */
    uint64_t now;
    bool stopped;
    bool firing;   /* inside fire_timers() */
    bool has_wake; /* the eventfd was readable on this turn */

    struct epoll_event events[EVENTS_AT_ONCE];
    int fetched, handled; /* events[handled … fetched-1] are still to be handed out */

    struct loop_timer **heap; /* heap[1] is due first; heap[0] is not used */
    size_t timers, heap_size;

    struct loop_hook *hooks;
    struct loop_hook *next_hook; /* the one after the running hook */

    pthread_mutex_t lock; /* of first_call and last_call */
    struct loop_call *first_call, *last_call;
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

    call->next = NULL;
    pthread_mutex_lock(&loop->lock);
    if (loop->last_call) {
        loop->last_call->next = call;
    } else {
        loop->first_call = call;
        /* Cannot fail: the counter is far from full, the descriptor is ours. */
        if (write(loop->wake.fd, &one, sizeof one) != sizeof one)
            abort();
    }
    loop->last_call = call;
    pthread_mutex_unlock(&loop->lock);
}

/* Runs what is there now; what these calls post waits for the next turn.  The eventfd has
 * been read before: the other way round a wake-up between the two would be lost. */
static bool run_calls(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct loop_call *call = loop->first_call;
    loop->first_call = loop->last_call = NULL;
    pthread_mutex_unlock(&loop->lock);

    bool any = call != NULL;
    while (call) {
        struct loop_call *next = call->next; /* run() may free the call */
        call->run(call);
        call = next;
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
    free(loop->heap);
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

static void heap_put(struct loop *loop, size_t place, struct loop_timer *timer)
{
    loop->heap[place] = timer;
    timer->place = place;
}

/* Moves the timer to where it belongs, coming from `place`. */
static void heap_settle(struct loop *loop, size_t place, struct loop_timer *timer)
{
    while (place > 1 && loop->heap[place / 2]->due > timer->due) {
        heap_put(loop, place, loop->heap[place / 2]);
        place /= 2;
    }
    for (;;) {
        size_t child = place * 2;
        if (child > loop->timers)
            break;
        if (child < loop->timers && loop->heap[child + 1]->due < loop->heap[child]->due)
            child++;
        if (loop->heap[child]->due >= timer->due)
            break;
        heap_put(loop, place, loop->heap[child]);
        place = child;
    }
    heap_put(loop, place, timer);
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t due)
{
    /* A timer that sets itself again at once must not keep the loop from its events. */
    if (loop->firing && due <= loop->now)
        due = loop->now + 1;
    timer->due = due;
    if (!timer->place) {
        if (loop->timers + 1 >= loop->heap_size) {
            loop->heap_size = loop->heap_size ? loop->heap_size * 2 : FIRST_TIMERS;
            loop->heap = mem_resize(loop->heap, loop->heap_size, sizeof *loop->heap);
        }
        timer->place = ++loop->timers;
    }
    heap_settle(loop, timer->place, timer);
}

void loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
    size_t place = timer->place;

    if (!place)
        return;
    timer->place = 0;
    struct loop_timer *last = loop->heap[loop->timers--];
    if (last != timer)
        heap_settle(loop, place, last);
}

static void fire_timers(struct loop *loop)
{
    loop->firing = true;
    while (loop->timers && loop->heap[1]->due <= loop->now) {
        struct loop_timer *timer = loop->heap[1];
        loop_timer_clear(loop, timer);
        timer->fire(timer);
    }
    loop->firing = false;
}

/* ---- hooks ---- */

void loop_hook_add(struct loop *loop, struct loop_hook *hook)
{
    struct loop_hook **link = &loop->hooks;

    while (*link)
        link = &(*link)->next;
    hook->next = NULL;
    *link = hook;
}

void loop_hook_remove(struct loop *loop, struct loop_hook *hook)
{
    struct loop_hook **link = &loop->hooks;

    while (*link && *link != hook)
        link = &(*link)->next;
    if (!*link)
        return;
    *link = hook->next;
    if (loop->next_hook == hook)
        loop->next_hook = hook->next;
}

/* The longest sleep that every hook can bear, in milliseconds; -1: any. */
static int run_hooks(struct loop *loop)
{
    int longest = -1;

    for (struct loop_hook *hook = loop->hooks; hook; hook = loop->next_hook) {
        loop->next_hook = hook->next;
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
    if (!loop->timers || longest == 0)
        return longest;
    uint64_t now = clock_monotonic(); /* hooks may have taken long since loop->now */
    uint64_t due = loop->heap[1]->due;
    if (due <= now)
        return 0;
    uint64_t left = (due - now - 1) / NS_PER_MS + 1;
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
