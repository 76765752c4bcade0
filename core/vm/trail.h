/*
 * What the latest requests of a worker have asked of the database: names and durations, never
 * arguments.  Kept with --watch alone, for the page that shows an error to its developer.
 *
 * A ring of steps: the oldest is forgotten.  Belongs to a vm, on its thread.
 */
#pragma once

#include <lua.h>
#include <stdbool.h>

struct trail;

struct trail *trail_new(void);
void trail_free(struct trail *trail); /* NULL is fine */

/* The request is about to submit an operation of that name.  Returns the step's number. */
unsigned trail_begin(struct trail *trail, const char *request, const char *name);
void trail_end(struct trail *trail, unsigned number, bool good);

/* Pushes an array of { name =, ms =, good = }; ms is nil while a step has not ended.  trail may
 * be NULL: then it is empty. */
void trail_push(lua_State *L, const struct trail *trail, const char *request);
