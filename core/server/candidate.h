/*
 * A generation in the making: everything of an act that takes time, as one function that runs
 * on a thread of its own and touches nothing that serves.
 *
 * What it leaves on disk before anybody is served decides what a start serves: the stored
 * generation, or that it is on trial and the one before is stored (generation/store.h).
 */
#pragma once

#include "server/reload.h"

struct candidate {
    /* what to do; set by the asker */
    const struct reload_plan *plan;
    struct act act;
    unsigned number;            /* that it gets */
    struct generation *current; /* a reference of the asker's */
    struct generation
        *generation; /* to be accepted: the one in preview; NULL: the current one */

    /* the outcome */
    bool good;
    enum err_kind kind; /* not good: why */
    bool unchanged;     /* good, and there is nothing to switch to */
    unsigned bytes_of;  /* the stored one that was gone back to; 0: none */
    struct buf text;    /* what changed; or every fault */

    struct faults faults; /* while it is made */
    struct buf warnings;
};

/* Good and not unchanged: there is a generation, unless the current one was accepted. */
void candidate_make(struct candidate *candidate);
void candidate_done(struct candidate *candidate);
