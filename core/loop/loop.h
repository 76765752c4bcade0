/*
 * One event loop: epoll, timers, and calls from other threads.
 *
 * Everything but loop_post() belongs to the thread that runs the loop.  Watches, timers and
 * calls are embedded in their owner's struct; the loop borrows them from the moment they are
 * added until they are removed or have fired, and an owner may be freed right after removal,
 * also from inside a callback: events already fetched for it are dropped.
 */
#pragma once

#include "base/err.h"
#include "base/heap.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct loop;

/* A file descriptor and what to do when it is ready. */
struct loop_watch {
    int fd;
    void (*ready)(struct loop_watch *watch, uint32_t events);
    void *owner;
};

/* Fires once at due; set again to repeat.  A zeroed struct is one that is not set. */
struct loop_timer {
    void (*fire)(struct loop_timer *timer);
    void *owner;
    struct heap_node node; /* due: clock_monotonic() */
};

/* A call to be made on the loop's thread. */
struct loop_call {
    void (*run)(struct loop_call *call);
    STAILQ_ENTRY(loop_call) next;
};

/* Something to do on every turn before sleeping (libmicrohttpd's run).  turn() returns the
 * longest sleep that it can bear, in milliseconds, -1 for any. */
struct loop_hook {
    int (*turn)(struct loop_hook *hook);
    TAILQ_ENTRY(loop_hook) link;
};

bool loop_new(struct loop **ret_loop, struct err *err);
void loop_free(struct loop *loop);

/* Runs until loop_stop() is called on this thread (from a callback or a posted call); a stop
 * before the run ends it at once.  The turn is finished first.  Never from inside a callback.
 */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* events: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT …  The kernel
 * changes no watch that has EPOLLEXCLUSIVE: remove it and add it again. */
bool loop_add(struct loop *loop, struct loop_watch *watch, uint32_t events, struct err *err);
bool loop_change(struct loop *loop, struct loop_watch *watch, uint32_t events, struct err *err);
void loop_remove(struct loop *loop, struct loop_watch *watch); /* before its fd is closed */

/* Set while timers fire, none fires before the loop has looked at its descriptors again. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t due);
void loop_timer_clear(struct loop *loop, struct loop_timer *timer); /* also when not set */
/* When it fires; UINT64_MAX for one that is not set. */
static inline uint64_t loop_timer_due(const struct loop_timer *timer)
{
    return timer->node.place ? timer->node.due : UINT64_MAX;
}
static inline bool loop_timer_is_set(const struct loop_timer *timer)
{
    return timer->node.place != 0;
}

/* What was added last runs first, so that whoever was there before sees what it has done. */
void loop_hook_add(struct loop *loop, struct loop_hook *hook);
void loop_hook_remove(struct loop *loop, struct loop_hook *hook);

/* From any thread: call->run(call) is called on the loop's thread, in the order of posting.
 * The call is borrowed until it runs; by then its poster no longer touches the loop.  Calls
 * still waiting at loop_free() are run by it. */
void loop_post(struct loop *loop, struct loop_call *call);

/* As loop_post(), of a call that the loop owns: hear(owner, about) is called once. */
void loop_tell(struct loop *loop, void (*hear)(void *owner, const void *about), void *owner,
               const void *about);

/* The time of this turn, read once after waking: cheap and good enough for deadlines. */
uint64_t loop_now(const struct loop *loop);
