/*
 * A generation in the making: everything of a reload that takes time, as one function that runs
 * on a thread of its own and touches nothing that serves.
 */
#pragma once

#include "server/reload.h"

struct candidate {
    /* what to do; set by the asker */
    const struct reload_plan *plan;
    enum reload_kind kind;
    struct generation *current; /* a reference of the asker's */

    /* the outcome */
    bool good;
    bool unchanged;                /* good, and there is nothing to switch to */
    struct generation *generation; /* good and not unchanged */
    unsigned bytes_of;             /* the stored one that was gone back to; 0: none */
    struct buf text;               /* what changed; or every fault */

    struct faults faults; /* while it is made */
    struct buf warnings;
};

void candidate_make(struct candidate *candidate);
void candidate_done(struct candidate *candidate);
