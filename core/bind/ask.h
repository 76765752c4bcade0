/*
 * What a script asks of the server around it (host.control), until it is answered.
 *
 *   made by the binding -> with whoever answers, on another thread -> answered: its done() is
 *   posted to the asker's loop, which frees it
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "loop/loop.h"

struct bind_ask {
    char *line;
    struct loop *loop;     /* the asker's */
    struct loop_call done; /* the asker's */
    void *owner;           /* the same; NULL: it does not wait any more, and then … */
    void (*missed)(const struct bind_ask *ask); /* … this hears the answer, where it is set */
    struct loop_call begin;                     /* the answerer's … */
    void *answerer;                             /* … as is this */

    bool good;
    enum err_kind kind; /* not good: why */
    struct buf text;
};

struct bind_ask *bind_ask_new(const char *line, struct loop *loop);
/* From any thread, once, while the asker's loop is there. */
void bind_ask_answer(struct bind_ask *ask, bool good, enum err_kind kind, struct slice text);
void bind_ask_free(struct bind_ask *ask); /* NULL is fine */
