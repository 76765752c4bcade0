/*
 * Included before everything when clang-tidy reads the project (spec/lint), never in a build:
 * the analyzer sees one file at a time and cannot know that err_set() always returns false, so
 * it would follow paths on which a function has failed and yet filled in its result.  Nor does
 * Lua's header say which of its functions never return.
 */
#pragma once

#include "base/err.h"

#define err_set(...) ((void)err_set(__VA_ARGS__), false)
#define err_prefix(...) ((void)err_prefix(__VA_ARGS__), false)

#include "bind/bind.h"

#include <lauxlib.h>

int luaL_error(lua_State *L, const char *format, ...) __attribute__((noreturn));
int luaL_argerror(lua_State *L, int index, const char *message) __attribute__((noreturn));
int luaL_typeerror(lua_State *L, int index, const char *type) __attribute__((noreturn));
int lua_error(lua_State *L) __attribute__((noreturn));
int bind_arg_error(lua_State *L, int index, const char *format, ...) __attribute__((noreturn));
