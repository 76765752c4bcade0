/* Other programs. */
#pragma once

#include <spawn.h>

/* As posix_spawnp(3), 0 or an error number; no signal is blocked in the child. */
int child_spawn(pid_t *ret_pid, const char *program, const posix_spawn_file_actions_t *actions,
                char *const *argv, char *const *env);
