/*
 * Compiling a source: what is wrong with it is told with its name and line, whatever it is.
 */
#pragma once

#include "base/buf.h"

#include <lua.h>
#include <stdbool.h>

/* Pushes the compiled text, or why it is none: false.  name as luaL_loadbuffer takes it
 * ("@scripts/site.lua").  Raises nothing. */
bool chunk_load(lua_State *L, struct slice text, const char *name);
/* The same of what is likely to be compiled again, by this process: see vm/compiled.h. */
bool chunk_load_kept(lua_State *L, struct slice text, const char *name);
