/*
 * require() takes scripts from the state's files alone: "web.router" is the file
 * scripts/web/router.lua or scripts/web/router/init.lua.
 */
#pragma once

#include "vm/files.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

/* package.preload gets the modules, and require is ours, which knows nothing but them and the
 * files; with open it is the library's, which looks into the files first.  May raise. */
void require_install(lua_State *L, const luaL_Reg *modules, bool open);

/* Raises nothing: pushes the compiled file, or why there is none: false. */
bool require_compile(lua_State *L, const struct vm_file *file);
