/*
 * Which parts of a page stand still.  Who makes a page once for everybody says so of its texts,
 * and gets a metatable for the bodies that they stand in.
 *
 * A part stands where it is the very string that was given, at its place: the string is held
 * here, and what scripts do to a body puts another one there, or nothing.
 */
#pragma once

#include <lua.h>

struct http_texts;

int bind_page_mark(lua_State *L); /* host.still.mark() */

/* Pushes what holds the texts that the body at this index was marked with, or nil; returns
 * them, or NULL.  Part 2 i + 1 of the body stands where it is the very string of item i. */
struct http_texts *bind_page_texts(lua_State *L, int body);
