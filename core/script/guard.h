/*
 * What scripts must not do to the process that builds them: end it, or keep it from ever being
 * ready.  A generation with such a script is refused like one with any other fault.
 */
#pragma once

#include <lua.h>

/* os.exit raises in this state. */
void guard_install(lua_State *L);

/* Between the two calls, on one thread, running more than LIMIT_LOAD_S of processor time
 * raises; where a script swallows that, it raises again and again until nobody does. */
void guard_begin(lua_State *L);
void guard_end(lua_State *L);
