/*
 * The declaration of one setting, a table { name, type, default, help, min, max, one_of }: what
 * it allows, and what a text is as a value of it.  Tables are looked at with raw access;
 * declaration is a place on the stack.  Nothing here raises.
 */
#pragma once

#include <lua.h>
#include <stdbool.h>

/* The text in a field; NULL where there is none.  The table keeps it. */
const char *declaration_field(lua_State *L, int declaration, const char *name);
/* Is there a type of that name?  NULL is fine. */
bool declaration_is_type(const char *type);
/* The name of a field that no declaration has; NULL where there is none. */
const char *declaration_stranger(lua_State *L, int declaration);
/* What is wrong with the fields beside name, type and default; NULL where nothing is. */
const char *declaration_misfit(lua_State *L, int declaration);

/* Is the value on top of that type, within the bounds and one of the words? */
bool declaration_allows(lua_State *L, int declaration, const char *type);
/* Pushes the value that a text stands for; pushes nothing where it is not allowed: false. */
bool declaration_push(lua_State *L, int declaration, const char *type, const char *text);
/* Pushes "an integer from 12 up to 32", for messages and help. */
const char *declaration_push_allowed(lua_State *L, int declaration, const char *type);
