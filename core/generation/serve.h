/*
 * From a complete request to an answer: static files at once, everything else by the
 * application's handle(), as a task with the request's deadline.
 *
 * A handler that raises, passes its deadline or cannot start is answered by the application's
 * failed() in a short task of its own, and where that fails too, in plain text.
 */
#pragma once

#include "http/request.h"
#include "vm/vm.h"

void serve_request(struct vm *vm, struct http_request *request);

/* The client has gone: a task that has submitted a write runs to its end, others are reset. */
void serve_gone(struct http_request *request);

/* Its time is over: the task is reset, whatever it has submitted. */
void serve_cancel(struct http_request *request);
