/*
 * What heads are judged by: a flat list of method, path pattern, body limit and rates, read
 * once when a generation is built from what main's `routes` lists.
 *
 *   { method = "POST", path = "/put", body = 65536, rates = { { name = "put", minute = 60 } } }
 *
 * A pattern is `scripts/web/router.lua`'s: "/docs/:name", a last "*rest"; `admin = true` is of
 * the admin listener.  `body` is what is kept of one at most; without it the server's limit
 * stands for POST, PUT, PATCH and DELETE, and nothing is kept for other methods.  `name` is
 * what its requests are counted by.  A path that nobody lists takes no body; an application
 * that lists no route at all has every body kept.
 *
 * Rates: a client asks at most `minute` times within a minute of the clock, of all routes that
 * name the rate.  They are counted in shared memory, for all workers and generations.
 */
#pragma once

#include "http/request.h"

#include <lua.h>

struct route;

struct routes {
    struct route *items; /* of one method the more exact pattern first */
    size_t count;
};

/* Reads the list on top of the stack.  Raises at what is no route. */
void routes_read(lua_State *L, struct routes *routes);
void routes_done(struct routes *routes);

/* The series of its requests are there, and those of its rates, before the first request. */
void routes_begin_metrics(const struct routes *routes);

/* Lowers what is kept of its body, and counts it: sets `over` and `wait` of one that comes too
 * early, of which nothing is kept.  Borrows from the routes. */
void routes_judge(const struct routes *routes, struct http_request *request);
