/*
 * What stops a task that runs too long.
 *
 * A timer counts the thread's own processor time and signals it every 10 ms of it; an idle
 * thread has none.  The signal's handler charges the running task.  One that has run for more
 * than 10 ms in one piece gets a hook, on the coroutine that runs and on all that have resumed
 * it, which looks at the next instruction what to do: pause the task, so that the loop serves
 * others before it goes on; wait for the next signal, where it cannot be paused; or end it.
 * Until then a task runs without any hook.
 *
 * A task that is over a limit is paused and never goes on.  Where it cannot be paused the hook
 * raises, at every instruction until it can, so that no pcall catches its way out.
 *
 * Thread: each function belongs to the thread that it is called on.
 */
#pragma once

#include "base/err.h"
#include "vm/task.h"

#include <lua.h>
#include <pthread.h>

/* For this thread, which runs tasks from now on. */
bool watchdog_start(struct err *err);
void watchdog_stop(void);

enum watchdog_task { WATCHDOG_NONE, WATCHDOG_ROUTE, WATCHDOG_TIMER };

/* For another thread that finds that this one does not turn: asks it to log, at its next
 * instruction in Lua, where it is; soon after, to tell what it has called last of the host
 * (NULL: nothing, or it runs no task), and what its task is, whose name is good until it is
 * asked anew.  One asks at a time, and not again before the thread has turned. */
struct watchdog *watchdog_this(void);
void watchdog_ask(struct watchdog *watchdog, pthread_t thread);
const char *watchdog_entered(struct watchdog *watchdog);
enum watchdog_task watchdog_at(struct watchdog *watchdog, const char **ret_name);

/* The task runs (NULL: none does).  Returns the one that did before. */
struct task *watchdog_watch(struct task *task);

/* The task is about to wait for the world: unless all of its processor time counts, what it has
 * used is forgotten. */
void watchdog_waits(const struct task *task);

/* The task is paused in this coroutine (NULL: it goes on): others come first. */
void watchdog_set_paused(struct task *task, lua_State *coroutine);

/* The task is over the limit: says where, and raises at its next instruction.  Raises nothing
 * itself and needs no memory. */
void watchdog_exceed(struct task *task, enum task_limit limit);
/* For C functions: the same, and raises; where no task runs, an error with that message. */
int watchdog_raise(lua_State *L, enum task_limit limit, const char *message);

/* Puts "run.lua:12", where the innermost coroutine of the task stands, into task->place. */
void watchdog_place(struct task *task);
