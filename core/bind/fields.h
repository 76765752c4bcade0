/*
 * Arguments that are tables of named fields, read raw: no metamethod can hand out a value that
 * nothing keeps.  The argument is the first; each raises by bind_arg_error().
 */
#pragma once

#include "base/buf.h"

#include <lua.h>

/* The value on top: a string, which its table keeps; `what` names it. */
struct slice fields_text(lua_State *L, const char *what);
/* The same without a NUL inside. */
const char *fields_word(lua_State *L, const char *what);
/* The key under the value on top, a string. */
const char *fields_key(lua_State *L, const char *what);
/* Raises: `what`, the argument at that index, has no field `key`; the nearest of `names`, which
 * ends with NULL, is told, or all of them. */
void fields_unknown(lua_State *L, int index, const char *what, const char *key,
                    const char *const *names);
/* The value on top is a table. */
void fields_table(lua_State *L, const char *what);
