/*
 * Who has asked for what, in order, and is owed an answer.  Main thread.
 */
#pragma once

#include "server/act.h"

#include <stdint.h>
#include <sys/queue.h>

struct ask {
    struct act act;
    uint64_t client; /* 0: nobody waits */
    STAILQ_ENTRY(ask) next;
};

STAILQ_HEAD(asks, ask);

struct ask_answer {
    bool good;
    enum err_kind kind; /* not good: why */
    struct slice text;
};

/* Tells a client how it ended; not called for client 0. */
typedef void ask_answerer(void *owner, uint64_t client, const struct ask_answer *answer);

void asks_add(struct asks *asks, const struct act *act, uint64_t client);
/* Takes the first off; the caller puts it into another list, or answers it. */
struct ask *asks_take(struct asks *asks);
/* Frees it. */
void ask_end(struct ask *ask, ask_answerer *answerer, void *owner,
             const struct ask_answer *answer);
void asks_end(struct asks *asks, ask_answerer *answerer, void *owner,
              const struct ask_answer *answer);
/* Is one build enough for both? */
bool ask_is_same(const struct ask *one, const struct ask *other);
