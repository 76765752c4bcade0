/*
 * What lies on disk beside the generation that runs: which files differ now, and which earlier
 * generations are stored.  Read on a thread of its own; those who ask meanwhile are served by
 * the next look.  Main thread.
 */
#pragma once

#include "server/asks.h"
#include "server/reload.h"

struct look;

struct look_plan {
    struct loop *loop;
    const struct reload_plan *reload; /* whose files, store and settings; borrowed */
    /* With lines of text: "file changed PATH", "stored NUMBER DIGEST UNIX", "fault TEXT". */
    ask_answerer *answer;
    void *owner;
};

struct look *look_new(const struct look_plan *plan);
void look_ask(struct look *look, uint64_t client);
void look_close(struct look *look); /* waits for it, and refuses who waits */
void look_free(struct look *look);  /* behind the loop */
