/*
 * How the generations stand: which one serves, what waits for an admin's decision, how the last
 * reload failed, what a start would do otherwise.
 *
 * A look at struct reload (reload_standing()), whose parts it borrows.  Main thread only.
 */
#pragma once

#include "server/failure.h"
#include "server/live.h"
#include "server/passing.h"
#include "server/pending.h"

struct standing {
    const struct generation *current;
    const struct lives *lives;
    const struct pending *pending;
    const struct passing *passing;
    struct failure *failure;
    bool busy;    /* one is being built, or switched to */
    bool doubted; /* nobody accepted one that was on trial: a start does not take the files */
    bool found;   /* a reload has found that the files are those of the current one */
};

/* Appends lines for `status`: live generations, what is on trial or in preview, how the last
 * reload failed if it did. */
void standing_show(const struct standing *standing, struct buf *out);

/* The same for programs, in words: "current NUMBER DIGEST BYTES-OF", "live COUNT BYTES",
 * "trial SECONDS NUMBER DIGEST" (of the one before), "preview NUMBER DIGEST SECONDS LINK" ("-":
 * it was followed), "doubted", "busy", "started" (the failure is of the start, not of a
 * reload), "superseded" (by a rollback: the failure), "waits WORKER SECONDS". */
void standing_describe(const struct standing *standing, struct buf *out);
