/*
 * `timecapsule backup FILE [--keep N]`: a copy of the database while servers write to it, whole
 * and of one moment.  It is written beside FILE, counted and verified, and only then takes its
 * name; --keep moves the ones before to FILE.1, FILE.2 …, N with the new one.  The server
 * secret is not in it.
 */
#pragma once

#include "server/options.h"

int backup_run(const struct options *options); /* 0; 2: nothing was written */
