/*
 * This program's row in the table `node`: its name, a heartbeat, the generation that is
 * current, what that is made of and since when, the version, how the last reload went, and
 * which server secrets it knows (never what they are), so that each program on a database can
 * show all.
 *
 * In turn it reads how the others are that are live: those that run other files or another
 * version, or could not reload, are told in the shared space "status" under "nodes".
 *
 * A program that stops says so in its row, by generation 0; one that is silent has not.
 *
 * Written by one worker, through its own connection to the database: at once when something has
 * changed, else every NODE_BEAT_S.  A write that fails is made up for by the next.
 *
 * Thread: the worker's.
 */
#pragma once

#include "db/db.h"
#include "generation/generation.h"
#include "loop/loop.h"

enum {
    NODE_BEAT_S = 30,
    NODE_LIVE_S = 3 * NODE_BEAT_S, /* one whose heart has beaten since then is live */
    NODE_END_S = 2,
    NODE_FORGET_S = 30 * 86400 /* rows of programs that have been silent for so long go */
};

struct keyring;
struct node;

/* What tells this program from the others on the database, and stays through restarts: a text
 * for free(). */
char *node_name(const char *url);

/* name: this program's among those on the database; copied.  The keyring is borrowed. */
struct node *node_new(struct loop *loop, struct db_worker *db, const char *name,
                      struct keyring *keyring);
/* NULL is fine for each of these.  The generation is current now. */
void node_adopt(struct node *node, const struct generation *generation);
/* A reload has ended just now. */
void node_reloaded(struct node *node, bool good);
void node_look(struct node *node); /* at its secrets, now */
/* Its last word, which takes NODE_END_S at most: over(owner) is called then.  False: there is
 * none. */
bool node_end(struct node *node, void (*over)(void *owner), void *owner);
void node_stop(struct node *node); /* writes no more; before the database is detached */
void node_free(struct node *node); /* after that */
