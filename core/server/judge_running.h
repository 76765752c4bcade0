/*
 * What only the running server knows to be wrong with it, at this moment: workers that do not
 * turn, a switch that waits for one, files with faults, a clock that was set, what a restart
 * would do otherwise.  Main thread.
 */
#pragma once

#include "server/reload.h"
#include "server/stall.h"
#include "server/verdict.h"

/* booted: clock_of_boot() at the server's start.  Appends the lines of verdicts_write(), the
 * worst first; nothing where all is well. */
void judge_running(struct reload *reload, const struct stall *stall, int64_t booted,
                   struct buf *out);
