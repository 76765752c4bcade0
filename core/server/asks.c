/* See asks.h. */
#include "server/asks.h"

#include "base/mem.h"

#include <stdlib.h>

void asks_add(struct asks *asks, const struct act *act, uint64_t client)
{
    struct ask *ask = mem_new(1, sizeof *ask);
    ask->act = *act;
    ask->client = client;
    STAILQ_INSERT_TAIL(asks, ask, next);
}

struct ask *asks_take(struct asks *asks)
{
    struct ask *ask = STAILQ_FIRST(asks);
    STAILQ_REMOVE_HEAD(asks, next);
    return ask;
}

void ask_end(struct ask *ask, ask_answerer *answerer, void *owner,
             const struct ask_answer *answer)
{
    if (ask->client)
        answerer(owner, ask->client, answer);
    free(ask);
}

void asks_end(struct asks *asks, ask_answerer *answerer, void *owner,
              const struct ask_answer *answer)
{
    while (!STAILQ_EMPTY(asks))
        ask_end(asks_take(asks), answerer, owner, answer);
}

/* Two rollbacks go two steps back. */
bool ask_is_same(const struct ask *one, const struct ask *other)
{
    return one->act.kind == ACT_RELOAD && other->act.kind == ACT_RELOAD &&
           !one->act.confirm_s && !other->act.confirm_s;
}
