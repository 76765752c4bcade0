/*
 * What waits for an admin's decision: a generation on trial, or a candidate in preview; one of
 * them at most.
 *
 *   nothing -> on trial:   the one before stays live -> accepted | taken back
 *          \-> in preview: it is in the slot for its browser -> accepted | withdrawn
 *
 * Both end by themselves: over(owner) is called at the end of their time, and again every
 * moment until somebody has done something about it.  Main thread only.
 */
#pragma once

#include "generation/preview.h"
#include "server/asks.h"
#include "server/live.h"

struct pending_plan {
    struct loop *loop;
    struct generation_slot *slot;
    struct lives *lives;
    const char *site; /* the address that a link begins with */
    void (*over)(void *owner);
    void *owner;
};

struct pending {
    struct pending_plan plan;
    struct generation *before; /* a reference: the current one is on trial */
    struct preview *left; /* taken out of the slot, and read until the workers' turns end */
    struct loop_timer end;
    uint64_t until;
};

void pending_init(struct pending *pending, const struct pending_plan *plan);

/* May this be done now, and has its asker seen what it is about?  ERR_CONFLICT else. */
bool pending_allows(const struct pending *pending, const struct act *act, struct err *err);

/* Takes the first of those who wait, and with it those who ask for the same, to those who are
 * served; or it is told why not. */
void pending_take(const struct pending *pending, struct asks *waiting, struct asks *served,
                  ask_answerer *answerer, void *owner);

/* The current generation is on trial from now on; the reference is taken over. */
void pending_try(struct pending *pending, struct generation *before, int seconds);
/* It is not any more; the reference is the caller's.  NULL: there was no trial. */
struct generation *pending_end_trial(struct pending *pending);

/* Takes the reference over.  Another candidate is withdrawn. */
void pending_offer(struct pending *pending, struct generation *generation);
/* Nobody else is pinned to the candidate once every worker has passed a turn, which
 * pending_turned() is to be told; it drains then.  Fine where there is none. */
void pending_withdraw(struct pending *pending);
void pending_turned(struct pending *pending);

const struct preview *pending_preview(const struct pending *pending); /* NULL: none */
/* What an answer says of it, and a line for `status`; nothing where nothing waits. */
void pending_tell(const struct pending *pending, struct buf *out);
void pending_show(const struct pending *pending, struct buf *out);
void pending_describe(const struct pending *pending, struct buf *out); /* see standing.h */
int pending_seconds(const struct pending *pending); /* that are left of its time */

/* For the audit: nobody has decided in time. */
void pending_put_down_lapse(const struct pending *pending);

void pending_close(struct pending *pending); /* behind the workers */
