/*
 * An exchange that waits for its handler, suspended in libmicrohttpd.  Private to http/.
 *
 * libmicrohttpd does not look at a suspended connection, so its socket is watched for a client
 * that goes; the handler is told once.
 */
#pragma once

#include "http/exchange.h"

/* Suspends it.  False, and it is not: its client has gone, and the handler has let go of it. */
bool parked_enter(struct exchange *exchange);
/* It is resumed, where it was suspended. */
void parked_leave(struct exchange *exchange);
