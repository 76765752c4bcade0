/*
 * `timecapsule site`: makes an overlay and compares it with the application.
 *
 *     site new DIR             writes a small one that runs, into an empty folder
 *     site add page NAME       a page, or migration NAME: see site_add.h
 *     site copy PATH… --site   takes a shipped file over, to be changed
 *     site diff --site         what is overridden, and whether the shipped file has changed
 *     site accept [PATH…]      … has been seen to
 *                              (`diff` goes on with names: scripts/commands/site_check.lua)
 *     site check --against V   is scripts/commands/site_check.lua
 *
 * DIR/.shipped/PATH is the shipped file as it was when DIR/PATH was made from it (or accepted):
 * `diff` compares it with the one that is shipped now, and so can a person.
 */
#pragma once

#include "base/buf.h"
#include "server/options.h"

/* Runs the command; returns its exit status: diff's is 1 where a shipped file has changed. */
int site_run(const struct options *options);

/* Appends a line, with these words before it, for every folder whose name is nearly that of one
 * that is read.  No site (NULL) has none. */
void site_warn_folders(const char *site, const char *before, struct buf *out);

/* The same, and one for every overridden file whose shipped one has changed. */
void site_warn(const struct options *options, struct buf *out);
