/*
 * The request as a handler sees it: a box around struct http_request that is emptied when the
 * request ends, so that a handle kept too long raises instead of dangling.
 *
 * Fields are made when they are first read and kept; scripts may set fields of their own.
 */
#pragma once

#include "http/request.h"

#include <lua.h>

/* Once per state. */
void bind_request_open(lua_State *L);

/* Pushes a box.  Its __close empties it: the task marks it with lua_toclose(). */
void bind_request_push(lua_State *L, struct http_request *request);
