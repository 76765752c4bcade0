/*
 * What an error says and where it is raised: errors of Lua may be any value, and a message of
 * error(text, 0) names no place.
 */
#pragma once

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* Writes "run.lua:12", where the innermost script of a thread stands from that level of its
 * stack on; false where nothing there has lines. */
bool raised_place(lua_State *thread, int level, char *place, size_t size);

/* Does the text at `index` begin with a place, "scripts/site.lua:12:"?  False for other values.
 */
bool raised_has_place(lua_State *L, int index);

/* Pushes the value at `index` as text: what its __tostring gives, or else what it is, of a
 * table in a line what is in it.  Raises only where there is no memory. */
void raised_push(lua_State *L, int index);
