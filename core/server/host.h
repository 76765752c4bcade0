/* `timecapsule serve`: the main thread, which owns options, signals, listening sockets, the
 * control socket and the workers. */
#pragma once

#include "server/options.h"

/* Blocks until a signal ends it; returns the exit status.  A reload reads the options again
 * from the same words. */
int host_serve(const struct options *options, int argc, char **argv, char **env);
