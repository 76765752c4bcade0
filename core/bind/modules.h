/*
 * The modules of the host: what a script can require besides the application's own.
 */
#pragma once

#include <lauxlib.h>

/* Openers by name, for a vm_plan. */
extern const luaL_Reg bind_modules[];
