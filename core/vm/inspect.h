/* A value of Lua's as people read it: tables with their keys sorted, strings quoted. */
#pragma once

#include "base/buf.h"

#include <lua.h>

/* Appends the value at the index, which may be several lines; no end of line behind it.  What
 * is deep, long or many is cut, and says so.  May raise (memory, __tostring). */
void inspect(lua_State *L, int index, struct buf *out);
