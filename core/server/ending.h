/*
 * Signals that end the program.  A thread of its own waits for them, so that the second one
 * ends the process whatever its loops do, also while it starts or closes.
 */
#pragma once

#include "base/err.h"

#include <signal.h>
#include <stdbool.h>

struct ending;

/* The first of the set, SIGTERM among them, which every thread blocks (signals_block), calls
 * begin(owner, which), on that thread; the next one ends the process with status 1, and keeps
 * in the data folder, for the audit, that it did (server/deeds.h).  Of two within a moment the
 * second is no other wish: timeout(1) and others signal a process and its group. */
bool ending_watch(const sigset_t *set, void (*begin)(void *owner, int number), void *owner,
                  const char *data, struct ending **ret_ending, struct err *err);
void ending_free(struct ending *ending); /* from then on nothing is called; NULL is fine */
