/*
 * A hostile collector, for specs: what a binding or the application holds without anchoring it
 * is gone at the next moment, and not once in a million requests.
 *
 * In builds with TC_STRESS (debug and its kin) the variable TC_STRESS=N in the environment does
 * two things to every state that is loaded (loading would be past its limit): the collector
 * never pauses, and every Nth object is refused once, upon which Lua collects all garbage
 * on the spot and asks again.  The release program has no such thing.
 */
#pragma once

#include <lua.h>

struct stress;

/* NULL where it is not asked for.  The state's allocator may be any; it is wrapped. */
struct stress *stress_begin(lua_State *L);
void stress_end(struct stress *stress); /* behind lua_close(); NULL is fine */
