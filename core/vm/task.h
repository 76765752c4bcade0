/*
 * A task: one coroutine that the host runs for a request, a command or a timer.
 *
 *   new -> RUNNING <-> PARKED (or paused by the watchdog) -> ended
 *               \_________/-> cancelled: coroutines reset innermost first -> ended
 *
 * Scripts look synchronous: a binding that must wait submits its operation, parks the task and
 * yields; the operation's completion calls task_resume().  Where a script's own coroutine
 * waits, the yield is passed up through every coroutine that the task has resumed
 * (vm/coro.c), so the whole task is parked, and later resumed from the outermost inwards.
 *
 * A task may have children (host.task.each), which end before it goes on or ends.  What they
 * use is used by their root, the one that has no parent: it counts the processor time, holds
 * the memory and bounds the number of all of them, and its deadline is theirs.
 *
 * Owner:  the vm; freed by itself right after its ended() callback.
 * Thread: its vm's loop thread only.
 */
#pragma once

#include "loop/loop.h"
#include "vm/label.h"
#include "vm/memory.h"

#include <lua.h>

enum task_outcome {
    TASK_FINISHED,  /* the function returned */
    TASK_FAILED,    /* it raised: message and stacks in task->message */
    TASK_TIMED_OUT, /* its deadline passed: where it waited, in task->message */
    TASK_EXCEEDED,  /* it was over another limit: which, and its stacks, in task->message */
    TASK_CANCELLED  /* task_cancel() */
};

enum task_limit {
    TASK_WITHIN, /* all of them */
    TASK_CPU,
    TASK_HOLD,
    TASK_MEMORY,
    TASK_PATTERN,
    TASK_TIME
};

enum { TASK_COROUTINES = 32, TASK_PLACE = 96 };

struct task {
    struct vm *vm;
    lua_State *thread;
    int reference; /* of the thread, in the registry */
    struct task *previous, *next;
    struct task *root;                  /* itself, unless it is a child */
    struct task *parent;                /* of a child; NULL: it is a root */
    int nchildren;                      /* of a root: those that live, and theirs */
    void *transaction;                  /* that it has open; NULL: none */
    void (*abandon)(void *transaction); /* called where it is still open at the task's end */

    lua_State *chain[TASK_COROUTINES]; /* coroutines that are being resumed; [0] is thread */
    int depth;

    struct memory_account memory; /* of a root, as the next two are */
    bool counts_all;              /* processor time in all, else since it last waited */
    volatile unsigned ticks;      /* … in the watchdog's ticks */
    volatile unsigned ticks_held; /* … since it was last resumed */
    enum task_limit exceeded;
    char place[TASK_PLACE]; /* where it was found over a limit; "" before */
    lua_State *paused;      /* the coroutine that the watchdog has paused; NULL: none */
    struct loop_timer turn; /* when it goes on then */

    void (*cancel)(void *owner); /* ends the operation it is parked on; NULL when not parked */
    void *operation;
    bool wrote;  /* a write was submitted: a client that goes does not end it */
    bool failed; /* its function raised */
    bool ending; /* being reset: nothing may wait any more */

    struct loop_timer deadline;
    struct task_label label;
    char *message; /* unless it finished or was cancelled; owned */
    void (*ended)(struct task *task, enum task_outcome outcome);
    void *owner;
};

/* A task that will call `function` with no arguments but `argument` as light userdata, to be
 * started with task_start().  NULL where the state has no memory for it. */
struct task *task_new(struct vm *vm, lua_CFunction function, void *argument,
                      void (*ended)(struct task *task, enum task_outcome outcome), void *owner);

/* A child of the task, or of its parent where the task is one.  NULL also where the root has
 * LIMIT_CHILDREN. */
struct task *task_new_child(struct task *parent, lua_CFunction function, void *argument,
                            void (*ended)(struct task *task, enum task_outcome outcome),
                            void *owner);

/* Runs it until it parks or ends.  due 0: no deadline.  The task may be gone afterwards. */
void task_start(struct task *task, uint64_t due);

/* Resets its coroutines, runs their pending __close, calls ended(TASK_CANCELLED).  Not from
 * inside the task itself. */
void task_cancel(struct task *task);

/* For bindings.  The running task; raises where nothing may wait, naming `what`: while loading,
 * while the task is being ended, or across a C call (table.sort, string.gsub, require). */
struct task *task_check(lua_State *L, const char *what);

/* Parks the running task on an operation that has been submitted: `return task_park(…)`.
 * cancel(operation) is called at most once, and then nothing resumes the task; else the
 * operation's owner calls task_resume() exactly once, and k(L, LUA_YIELD, context) goes on. */
int task_park(lua_State *L, void (*cancel)(void *operation), void *operation, lua_KFunction k,
              lua_KContext context);
void task_resume(struct task *task);

/* The transaction that the task, or one that it is a child of, has open; NULL: none does. */
const void *task_transaction(const struct task *task);
/* It is nobody's any more. */
void task_end_transaction(const struct vm *vm, const void *transaction);

/* For lua_callk() of a function whose results do not matter. */
int task_return_nothing(lua_State *L, int status, lua_KContext context);

/* Has the coroutine yielded to the host?  The host's mark lies on top of its stack until
 * task_unpark(), right before it is resumed, so that every other task keeps off it. */
bool task_is_parked(lua_State *thread);
/* A coroutine of the task that was parked or paused is about to go on. */
void task_unpark(struct task *task, lua_State *thread);
/* Passes such a yield on to the resumer of L. */
int task_pass_yield(lua_State *L, lua_KFunction k, lua_KContext context);
/* Does the coroutine wait in, or was it paused with, a task? */
bool task_is_taken(const struct vm *vm, lua_State *thread);

/* "cpu", "memory" … for logs and metrics. */
const char *task_limit_name(enum task_limit limit);
