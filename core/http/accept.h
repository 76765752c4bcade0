/* Listeners, and connections until their first bytes have come.  Private to http/. */
#pragma once

#include "http/daemon.h"

void accept_init(struct http_server *server);

/* Watches the listeners that there is room for, and no others. */
void accept_watch(struct http_server *server);

/* Accepts what this turn has time for, from those that are ready; the admin's first. */
void accept_ready(struct http_server *server);

/* Accepts all that waits. */
void accept_waiting(struct http_server *server);

/* No more for a moment: something has run out. */
void accept_later(struct http_server *server);

/* A connection has ended: accept again, or tell that the last one has. */
void accept_ended(struct http_server *server);

/* Frees connections that libmicrohttpd does not have, and the listeners. */
void accept_done(struct http_server *server);
