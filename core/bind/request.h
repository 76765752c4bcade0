/*
 * The request as a handler sees it: a table, and a box around struct http_request that is
 * emptied when the request ends, so that a handle kept too long raises instead of dangling.
 *
 * Fields are made when they are first read and kept in the table, but for those that nearly
 * every request is asked for, which are there; scripts may set fields of their own.  The table
 * finds its box under a key of its own, whatever scripts do to it.
 */
#pragma once

#include "http/request.h"

#include <lua.h>

/* Once per state. */
void bind_request_open(lua_State *L);

/* Pushes the box, whose __close empties it (the task marks it with lua_toclose()), and the
 * table. */
void bind_request_push(lua_State *L, struct http_request *request);

/* Of the box at this index; NULL once it is empty. */
struct http_request *bind_request_in(lua_State *L, int box);
