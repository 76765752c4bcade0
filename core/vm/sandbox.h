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

/* Puts in place of the table on top one through which it can be read, and only that.  What is
 * in the table still changes for C. */
void sandbox_view(lua_State *L, const char *name);

/* A function that is put over the library's owner.name, which is its upvalue 1. */
struct sandbox_function {
    const char *owner, *name;
    lua_CFunction function;
};

/* The parts, each in a file of its own; the last of each has a NULL name. */
extern const struct sandbox_function sandbox_basic[];    /* load xpcall setmetatable … */
extern const struct sandbox_function sandbox_bounded[];  /* string.rep and format, table.* */
extern const struct sandbox_function sandbox_files[];    /* io.open and io.lines */
extern const struct sandbox_function sandbox_patterns[]; /* string.find match gmatch gsub */
extern const struct sandbox_function sandbox_raw[];      /* rawset */
extern const struct sandbox_function sandbox_utf8[];     /* utf8.len */

/* Puts them over the library's.  May raise. */
void sandbox_replace(lua_State *L, const struct sandbox_function *list);

/* For them: calls the library's function as if it had been called in this one's place. */
static inline int sandbox_library(lua_State *L)
{
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}
