/*
 * Stacks as text, also where coroutines run inside each other: where the running one stands,
 * where each that resumed it does, and where one stood that ended with an error, which its
 * resumer then raised again.
 *
 * A coroutine that has ended is reset before anybody can ask it, so its stack is kept, with its
 * error, until its task waits or another one ends; it is told with an error that is the same or
 * ends with the same text.
 */
#pragma once

#include <lua.h>
#include <stdbool.h>

/* Keeps the stack of co, which has just ended with the error on its top.  May raise. */
void trace_keep(lua_State *L, lua_State *co);

/* From a message handler: keeps all the stacks of the running task as they are at the error at
 * `index`.  Raises only where there is no memory. */
void trace_keep_whole(lua_State *L, int index);
/* Pushes them where the error at `index` is the one that they were kept for. */
bool trace_push_whole(lua_State *L, int index);

void trace_forget(lua_State *L); /* raises nothing */

/* Pushes the stacks of a chain of coroutines, the innermost (chain[depth - 1]) first and from
 * that level of it on; before them the kept one that ended with the error at `error` (0: there
 * is none); LIMIT_TRACE bytes at most.  May raise. */
void trace_push(lua_State *L, lua_State *const *chain, int depth, int level, int error);

/* Pushes what the error at `index` says, with the place where it was raised unless it begins
 * with one: of an error that was kept the place where it was, else the line of the innermost
 * script of thread from that level on.  May raise. */
void trace_push_message(lua_State *L, lua_State *thread, int level, int index);

/* Cuts the text on top to LIMIT_TRACE bytes, and says so in it.  May raise. */
void trace_cut(lua_State *L);
