/*
 * What scripts do by the clock: host.timer.every(seconds, name, fn), declared while loading and
 * owned by the generation.  One worker of the process runs them all, each as a task, in the
 * current generation's state; a name never runs twice at once.
 *
 * Of a timer that is marked `cluster` one program on the database runs each turn: before a run
 * whoever keeps the turns (server/turn.c) is asked, and told of its end.
 *
 * When the generation changes, a timer with the same name and interval keeps its next due time,
 * one that is new or has another interval begins anew, one that is gone ends.  A run that is
 * under way ends in the generation in which it began, which it keeps alive.
 */
#pragma once

#include "generation/generation.h"
#include "loop/loop.h"

struct timers;
struct timer_turns;

/* The turn of one timer; part of it, and the keeper's between an asking and its end. */
struct timer_turn {
    struct timer_turns *turns;
    const char *name;
    uint64_t interval; /* nanoseconds */
    void (*told)(struct timer_turn *turn, bool mine);

    /* the keeper's own */
    struct db_op *op; /* under way; NULL: none */
    char *held;       /* what the row says while it is ours; owned */
    int64_t began;    /* unix seconds */
    bool known;       /* the row has been asked for before */
};

/* Each but forget ends in told(), at once or later. */
struct timer_turns {
    void (*take)(struct timer_turn *turn);  /* is it ours? */
    void (*leave)(struct timer_turn *turn); /* one that is; told() says false */
    void (*forget)(struct timer_turn *turn);
};

/* index: of the worker, whose states of each generation are used.  turns: borrowed; NULL: every
 * turn is this program's. */
struct timers *timers_new(struct loop *loop, int index, struct timer_turns *turns);

/* On the worker's thread, once the generation is current; the caller keeps it so until the next
 * call has returned. */
void timers_adopt(struct timers *timers, struct generation *generation);

#ifdef TC_TEST_CLOCK
/* Makes a timer of that name due now, where there is one; for specs. */
void timers_tick(struct timers *timers, const char *name);
#endif

/* Starts nothing any more, and calls idle(owner) once no run is under way: maybe at once. */
void timers_quiet(struct timers *timers, void (*idle)(void *owner), void *owner);
/* Cancels what runs and starts nothing any more; on the worker's thread. */
void timers_stop(struct timers *timers);
void timers_free(struct timers *timers); /* NULL is fine */
