/* Runs one of the application's commands (scripts/commands/NAME.lua) as a task on a loop of its
 * own: `timecapsule NAME argument…`. */
#pragma once

#include "base/err.h"
#include "vm/vm.h"

/* Blocks until it has ended; db_worker as bind_state_attach() got it.  *ret_status is the
 * command's exit status.  false where the command raised. */
bool command_run(struct vm *vm, const char *name, char **args, size_t nargs, int *ret_status,
                 struct err *err);
