/* See state.h. */
#include "bind/state.h"

#include "http/answer.h"
#include "vm/trail.h"

#include <stdlib.h>

void bind_state_attach(struct vm *vm, struct loop *loop, struct db_worker *db,
                       struct mailer *mail, struct fetcher *fetcher)
{
    vm->loop = loop;
    vm->plan.bound->db = db;
    vm->plan.bound->mail = mail;
    vm->plan.bound->fetcher = fetcher;
}

void bind_state_free(struct bind_state *state)
{
    if (!state)
        return;
    trail_free(state->trail);
    for (int i = 0; i < state->ntimers; i++)
        free(state->timers[i].name);
    free(state->timers);
    free(state->headers);
    http_answers_free(state->answers);
    buf_done(&state->scratch);
    free(state);
}
