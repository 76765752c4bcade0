/* How the last reload failed, or what faults the files had at the start, which any thread may
 * ask for. */
#pragma once

#include "base/buf.h"

#include <pthread.h>
#include <stdint.h>

struct failure_when {
    bool at_start; /* else by the last reload */
    bool left;     /* there was a rollback since, which mends no files */
};

struct failure {
    struct buf text; /* empty after a good one */
    struct failure_when when;
    int64_t ended_at; /* when the last reload did; 0: there was none */
    bool ended_good;
    pthread_mutex_t telling;
};

void failure_init(struct failure *failure, struct slice at_start); /* copied */
void failure_set(struct failure *failure, struct slice text); /* copied; on the main thread */
void failure_end(struct failure *failure, bool good);         /* a reload has ended just now */
/* False: none has. */
bool failure_ended(struct failure *failure, int64_t *ret_at, bool *ret_good);
void failure_leave(struct failure *failure); /* there was a rollback */
struct failure_when failure_add(struct failure *failure, struct buf *out);
void failure_tell(const struct failure *failure, struct buf *out); /* see standing.h */
void failure_show(const struct failure *failure, struct buf *out); /* for `status`; the same */
const char *failure_word(const struct failure *failure);           /* "; …", or ""; static */
void failure_done(struct failure *failure);
