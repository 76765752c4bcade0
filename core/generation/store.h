/*
 * Good generations on disk, as bytes: what a server starts from when the files are broken, and
 * what `rollback` goes back to.
 *
 * DATA/generations/NUMBER holds one snapshot: a magic line, the number of files, each file's
 * path and bytes with their lengths, the same for the settings of the configuration's file, and
 * a BLAKE2b-256 of all that, so that a damaged one is told from a good one.  Written aside,
 * synced and renamed: it is there whole or not at all. All of these block.
 */
#pragma once

#include "generation/snapshot.h"

enum { STORE_KEEP = 4 }; /* generations that are kept */

struct store_list {
    size_t count;
    unsigned numbers[64]; /* newest first */
};

/* And removes all but the newest STORE_KEEP. */
bool store_save(const char *folder, unsigned number, const struct snapshot *snapshot,
                struct err *err);
bool store_load(const char *folder, unsigned number, struct snapshot *ret_snapshot,
                struct err *err);
void store_list(const char *folder,
                struct store_list *ret_list); /* a missing folder is empty */

/* A generation that is on trial is not stored; instead its number is, for good before it serves
 * anybody.  As long as that stands, a start takes the newest stored generation, whatever the
 * files are. */
bool store_doubt(const char *folder, unsigned number, struct err *err);
/* The number that is in doubt; 0: none. */
unsigned store_doubted(const char *folder);
bool store_settle(const char *folder, struct err *err); /* … no longer, for good */
