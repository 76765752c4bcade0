/*
 * A generation: everything that was read from scripts, templates, static files and statements
 * at one moment, and one Lua state per worker made of it.
 *
 *   built -> current -> retired (requests that began in it end) -> freed
 *
 * Built beside the running one, on any thread, then immutable but for its states, each of which
 * belongs to its worker.  Counted: every request holds one reference from its first byte to its
 * completion, the host holds one of the current generation.  Who drops the last one tells the
 * host (retired()), which frees it.
 */
#pragma once

#include "bind/state.h"
#include "db/db.h"
#include "generation/assets.h"
#include "generation/faults.h"
#include "generation/routes.h"
#include "generation/settings.h"
#include "generation/snapshot.h"
#include "loop/loop.h"
#include "vm/vm.h"

struct generation {
    unsigned number;
    unsigned bytes_of; /* the generation whose bytes it has: its own, or one rolled back to */
    bool unchecked;    /* statements were not prepared: the database was away */
    char label[16];    /* the number as text, for logs */
    char digest[17];   /* the first 16 hex digits of the snapshot's */
    struct snapshot files;
    struct assets assets;
    struct routes routes;
    struct statement_set *statements;
    struct setting_given *given; /* the settings it was built with; owned */
    size_t ngiven;
    int nvms;
    struct vm **vms;         /* each with a bind_state of its own */
    size_t bytes;            /* that it held of memory when it was built */
    int references;          /* atomic */
    struct loop_call retire; /* for retired()'s owner */
    void (*retired)(struct generation *generation, void *owner); /* on any thread */
    void *owner;
};

struct preview;

/* Where workers find the current generation.  The host changes it by one store, and keeps its
 * reference to the old one until every worker has passed a turn of its loop, so that nobody is
 * between reading the pointer and counting. */
struct generation_slot {
    struct generation *current; /* atomic */
    struct preview *preview;    /* atomic: a candidate for whom its link is; NULL: none */
};

struct generation_plan {
    unsigned number;
    struct snapshot *files; /* taken over, also on failure */
    const struct bind_host *host;
    struct db *db;                     /* statements are prepared on it; NULL: not checked */
    const struct sql_dialect *dialect; /* of statements; NULL: the database's, else the first
                                          of the drivers that the host has */
    const struct generation *before;   /* whose assets still answer; NULL: none */
    const struct setting_given *given; /* the process's; those in a file are the snapshot's */
    size_t ngiven;
    int nvms;
    bool open; /* states may load other Lua and C modules: for specs */
};

/* Appends what is shown of a snapshot's digest. */
void generation_digest(const struct snapshot *files, struct buf *out);
/* One reference.  On failure every fault that could be found is in *faults. */
bool generation_build(const struct generation_plan *plan, struct faults *faults,
                      struct generation **ret_generation);
struct generation *generation_ref(struct generation *generation);
void generation_unref(struct generation *generation); /* NULL is fine */
void generation_free(struct generation *generation);  /* by retired()'s owner alone */

/* A reference to the current one; for workers. */
struct generation *generation_pin(struct generation_slot *slot);
/* Makes it the current one; the caller's reference moves into the slot, and the old one's out
 * of it, to the caller. */
struct generation *generation_switch(struct generation_slot *slot,
                                     struct generation *generation);
