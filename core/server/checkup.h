/*
 * What `doctor` says of the installation, for the pages of a running server: judged on a thread
 * of its own, because it waits for databases and mail servers, and not again within a while,
 * which is short where something is broken: it may have been mended.
 *
 * Any thread may ask.
 */
#pragma once

#include "base/buf.h"
#include "server/options.h"

#include <stdint.h>

enum {
    CHECKUP_STANDS_S = 30, /* what was found counts as the present state for so long … */
    CHECKUP_BROKEN_S = 5,  /* … where something was broken … */
    CHECKUP_LEAST_S = 1    /* … and for whoever wants to look again */
};

struct checkup;

struct checkup *checkup_new(const struct options *options); /* borrowed */
/* Waits for what is under way; NULL is fine. */
void checkup_free(struct checkup *checkup);

/* Appends what was found last, and begins to judge anew where that was a while ago; `again`:
 * where it was not just now.  A line each: verdict, subject, text and advice ("" for none),
 * divided by tabs.  *ret_at is when that was found, 0: nothing was yet.  True while it is
 * judging. */
bool checkup_ask(void *checkup, bool again, struct buf *out, int64_t *ret_at);

/* The same for a command: judges, and returns when that is done.  `options` are a struct
 * options. */
bool checkup_now(void *options, bool again, struct buf *out, int64_t *ret_at);
