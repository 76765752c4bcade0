/*
 * What scripts find of Lua's standard library: what can stop a worker, end the process or reach
 * beyond the application is replaced by the same within bounds, or by a refusal that says what
 * to use instead.
 *
 *   install -> scripts load -> seal -> requests
 *
 * The state of `timecapsule test` has Lua's own library; so have all with --limits off.
 */
#pragma once

#include <lua.h>

/* Before the first script.  May raise. */
void sandbox_install(lua_State *L);

/* From now on _G and the standard tables are read-only, and reading a name that is not there
 * raises.  May raise. */
void sandbox_seal(lua_State *L);

/* Its parts, each in a file of its own; each puts its functions over the library's. */
void sandbox_basic(lua_State *L);    /* load xpcall setmetatable collectgarbage, traceback */
void sandbox_bounded(lua_State *L);  /* string.rep and format, table.* */
void sandbox_files(lua_State *L);    /* io.open and io.lines */
void sandbox_patterns(lua_State *L); /* string.find match gmatch gsub */

/* For them.  Replaces owner.name by the function, whose upvalue 1 is the library's. */
void sandbox_replace(lua_State *L, const char *owner, const char *name, lua_CFunction function);
/* Calls what upvalue 1 of the running function is, as if it had been called in its place. */
int sandbox_library(lua_State *L);
