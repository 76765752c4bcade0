/*
 * Which variables a chunk reads and writes that are not local, as its compiled form says: what
 * the compiler took for a local, an upvalue or a field of a table is none, however it is named.
 *
 * The form is the one that lua_dump() gives in Lua 5.4.
 */
#pragma once

#include "base/nearest.h"

#include <lua.h>
#include <stdbool.h>

struct global_use {
    struct slice name; /* for the call */
    int line;
    bool writes;
    bool in_function; /* which may run when loading is over */
    bool asks;        /* a test decides whether it is there, or whether it is read at all */
    const struct global_scope *scope;
};

/* Calls use(), which raises nothing, for each in the function on top: a compiled chunk, which
 * stays there. */
void globals_walk(lua_State *L, void (*use)(void *owner, const struct global_use *use),
                  void *owner);

/* Offers the names of the locals of the function that a use is in, and of those around it;
 * within the call alone. */
void globals_offer(const struct global_scope *scope, struct nearest *nearest);
