/*
 * What a task that failed says: the error, or the limit that it was over and where, and the
 * stacks of all its coroutines.
 */
#pragma once

#include "vm/task.h"

/* How far a task has come that is dead, paused or parked: the error on top of its thread, and
 * its stacks.  To be freed. */
char *failure_describe(struct task *task);

/* The message handler of every task, at the place of the error: keeps the message in the task.
 */
int failure_keep(lua_State *L);

/* An error in a __close handler ends that handler alone, and has nobody but the log to go to.
 * It lies on top of the thread. */
void failure_log_close(const struct task *task, lua_State *thread);
