/*
 * The generations that are live: the current one, those that drain, one that may come back, and
 * a candidate; never more than LIMIT_GENERATIONS.
 *
 *   added -> (drained for LIMIT_DRAIN_S at most) -> its last reference is dropped -> freed
 *
 * Main thread only.
 */
#pragma once

#include "generation/generation.h"
#include "server/worker.h"

struct lives;

/* room(owner) is called when one has been freed. */
struct lives *lives_new(struct loop *loop, struct worker **workers, int nworkers,
                        void (*room)(void *owner), void *owner);
/* Looks after one; there has to be room. */
void lives_add(struct lives *lives, struct generation *generation);
bool lives_have_room(const struct lives *lives);
/* No request begins in it any more: what has not ended at the deadline is cut. */
void lives_drain(struct lives *lives, const struct generation *generation);
/* For `status`: how many, and what they hold of memory. */
void lives_show(const struct lives *lives, struct buf *out);
void lives_describe(const struct lives *lives, struct buf *out); /* see standing.h */
void lives_stop(struct lives *lives); /* nothing is cut: the server ends */
void lives_free(struct lives *lives);
