/* `timecapsule doctor`: prints what judge.h says of the installation, and lets the application
 * judge what is its own. */
#pragma once

#include "server/options.h"

/* Returns the exit status: 0, 1 where something is to be looked at, 2 where something is
 * broken. */
int doctor_run(const struct options *options);
