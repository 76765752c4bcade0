/* How the last reload failed, or what faults the files had at the start, which any thread may
 * ask for. */
#pragma once

#include "base/buf.h"

#include <pthread.h>

struct failure {
    struct buf text; /* empty after a good one */
    bool at_start;   /* it is the start's */
    pthread_mutex_t telling;
};

void failure_init(struct failure *failure, struct slice at_start); /* copied */
void failure_set(struct failure *failure, struct slice text); /* copied; on the main thread */
bool failure_add(struct failure *failure, struct buf *out);   /* true: the start's */
void failure_show(const struct failure *failure, struct buf *out); /* for `status`; the same */
const char *failure_word(const struct failure *failure);           /* "; …", or ""; static */
void failure_done(struct failure *failure);
