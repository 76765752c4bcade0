/* How the last reload failed, which any thread may ask for. */
#pragma once

#include "base/buf.h"

#include <pthread.h>

struct failure {
    struct buf text; /* empty after a good one */
    pthread_mutex_t telling;
};

void failure_init(struct failure *failure);
void failure_set(struct failure *failure, struct slice text); /* copied; on the main thread */
void failure_add(struct failure *failure, struct buf *out);
void failure_done(struct failure *failure);
