/*
 * Checks the variables that scripts read and that are not local, when a generation is built.  A
 * function that reads one which nobody has set raises when it runs, maybe years later; so that
 * is a fault with file and line, and so is it in a script itself, which would read nil, unless
 * it asks whether the name is there (`local unpack = table.unpack or unpack`).
 *
 * Known is what the state has, and what any script sets while it loads.
 */
#pragma once

#include "generation/faults.h"

#include <lua.h>

struct name_use;
struct names {
    size_t count;
    struct name_use *items; /* those that the state did not know when they were read */
};

/* Adds what the compiled script on top uses, in a state that has loaded none yet.  origin
 * outlives the names. */
void names_read(lua_State *L, const char *origin, struct names *names);
/* In the same state when all is loaded, and not sealed yet. */
void names_check(lua_State *L, struct names *names, struct faults *faults);
void names_done(struct names *names);
