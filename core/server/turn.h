/*
 * Whose turn it is to run a timer of the cluster: of all programs on a database one runs each
 * turn.
 *
 * A turn is a row of `meta`, "timer NAME" → "UNTIL NODE": until then (unix seconds, twelve
 * digits, so that texts compare as numbers do) nobody else begins.  Whoever takes it holds it
 * for as long as a run may take, and when the run has ended leaves it until nine tenths of the
 * interval have passed since it began; one that dies holds it to the end of its time.
 *
 * Thread: the worker's that runs timers.
 */
#pragma once

#include "db/db.h"
#include "generation/timers.h"

struct turns;

/* name: this program's among those on the database; copied.  longest: nanoseconds of a run. */
struct turns *turns_new(struct db_worker *db, const char *name, uint64_t longest);
/* What timers ask; NULL where a database is one program's, so that every turn is its own. */
struct timer_turns *turns_asked(struct turns *turns);
void turns_free(struct turns *turns); /* NULL is fine; behind timers_stop() */
