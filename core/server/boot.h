/*
 * The first generation of a server: from the files, or, where those are broken, from the last
 * good one on disk, with a loud warning (strict refuses instead).
 */
#pragma once

#include "server/instance.h"

/* Reads the files; the stored generation's where they cannot be read, and where what ran last
 * was on trial. */
bool boot_read(struct instance *instance, const struct options *options, const char *store,
               bool strict, struct err *err);

/* Builds into the slot and stores a good generation that is not stored yet.  Faults are written
 * to standard error; false when nothing could be built. */
bool boot_build(struct instance *instance, int nvms, const char *store, bool strict);
