/*
 * Classes of userdata.  Their metatables are made here alone, so that no class can forget what
 * keeps scripts off C's memory: getmetatable() gives false, and every metamethod in C is called
 * through a closure that raises unless its value is one of the class.
 */
#pragma once

#include <lua.h>
#include <stdbool.h>

/* Pushes the metatable of that name, as luaL_newmetatable().  True: it was made just now and
 * wants its events. */
bool class_open(lua_State *L, const char *name);

/* Gives the metatable below `nvalues` values, which it pops, a metamethod.  The values are the
 * function's upvalues from CLASS_VALUE on. */
enum { CLASS_VALUE = 3 };
void class_event(lua_State *L, const char *event, lua_CFunction function, int nvalues);
