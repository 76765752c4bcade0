/* What a handler returned, as a reply of the host. */
#pragma once

#include "http/reply.h"

#include <lua.h>

/* Reads the table on top, the reply of the running task's request; raises, saying whose it is,
 * where it is none.  What the reply borrows lives as long as the table stays there. */
void reply_read(lua_State *L, struct http_reply *ret_reply);
