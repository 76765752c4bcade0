/*
 * `timecapsule app new DIR`: writes an application that runs, into an empty folder.
 */
#pragma once

#include "server/options.h"

/* Runs the command; returns its exit status. */
int app_run(const struct options *options);
