/*
 * A reply whose body a function of the script writes, piece by piece, in the task of its
 * request: `{ stream = function(write) write("…") end }`.
 *
 * The head goes out with the first piece, so that what fails before is answered as any failure.
 * write() waits until its piece has been taken, which is as fast as the client takes it.  What
 * fails behind the first piece, and whatever ends the task, cuts the answer.
 */
#pragma once

#include "http/request.h"

#include <lua.h>

/* Calls the function of the reply on top, which is such a one, and ends the answer: `return
 * stream_run(…)`.  The request's box lies at that index. */
int stream_run(lua_State *L, int box);

/* For the hook: what write() waits for has come. */
void stream_taken(struct http_request *request);
