/*
 * Finds workers whose loops do not turn: one second after the other each is sent a call, and
 * one that has not run it for LIMIT_STALL_S is asked where it is.  Nothing else is done about
 * it, but the service manager is told that all is well only while every worker turns: what a
 * script may do is bounded elsewhere, so this is a fault of the host, or of limits that were
 * set high.
 *
 * Main thread.  To be stopped before the workers are, and freed after they have been joined.
 */
#pragma once

#include "base/buf.h"
#include "loop/loop.h"
#include "server/worker.h"

struct stall;

struct stall *stall_new(struct loop *loop, struct worker **workers, int nworkers);
/* The next worker from that index on that has been found not to turn, for so long until now,
 * and what its task is, as far as that is known; -1: none is left.  NULL is fine. */
struct stall_found {
    uint64_t ns;
    enum watchdog_task task;
    const char *name; /* borrowed, until the loop turns */
};
int stall_find(const struct stall *stall, int from, struct stall_found *ret);
void stall_show(const struct stall *stall, struct buf *out); /* for `status` */

void stall_stop(struct stall *stall); /* NULL is fine */
void stall_free(struct stall *stall); /* the same */
