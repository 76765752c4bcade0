/* `timecapsule check`: what a reload would say of the files, without a server. */
#pragma once

#include "server/options.h"

/* Prints every fault, or that there is none, and warnings.  Returns the exit status. */
int check_run(const struct options *options);
