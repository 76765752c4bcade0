/*
 * Scripts must not keep the process that builds them from ever being ready.  A generation with
 * such a script is refused like one with any other fault.
 */
#pragma once

#include <lua.h>

/* Between the two calls, on one thread, running more than the limit's processor time raises;
 * where a script swallows that, it raises again and again until nobody does. */
void guard_begin(lua_State *L);
void guard_end(lua_State *L);
/* Before a coroutine is resumed while nothing but loading runs: it is under the same limit. */
void guard_coroutine(lua_State *co);
