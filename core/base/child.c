/* See child.h. */
#include "base/child.h"

#include <signal.h>

int child_spawn(pid_t *ret_pid, const char *program, const posix_spawn_file_actions_t *actions,
                char *const *argv, char *const *env)
{
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    int failed = posix_spawnp(ret_pid, program, actions, &attributes, argv, env);
    posix_spawnattr_destroy(&attributes);
    return failed;
}
