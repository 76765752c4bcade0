/*
 * coroutine.* for scripts: the library's, but resume and wrap pass the host's own yields up to
 * the host, so that an operation inside a script's coroutine parks the whole task instead of
 * going to its resumer.  A coroutine that waits like this belongs to its task: others can
 * neither resume nor close it.
 */
#pragma once

#include <lua.h>

/* Replaces coroutine.resume, wrap and close in the state's standard library. */
void coro_install(lua_State *L);
