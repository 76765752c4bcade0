/* Signals as loop events, by signalfd(2).  Main thread only. */
#pragma once

#include "loop/loop.h"

#include <signal.h>

struct loop_signals {
    struct loop_watch watch;
    void (*caught)(void *owner, int number);
    void *owner;
};

/* Blocks the signals in the calling thread; call before other threads start, so that they
 * inherit it.  SIGPIPE and SIGXFSZ are ignored: the calls themselves fail. */
void signals_block(const sigset_t *set);
bool signals_open(struct loop *loop, struct loop_signals *signals, const sigset_t *set,
                  struct err *err);
void signals_close(struct loop *loop, struct loop_signals *signals);
