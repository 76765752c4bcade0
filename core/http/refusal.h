/* Turning away: telling of it, and answering without libmicrohttpd.  Private to http/. */
#pragma once

#include "http/daemon.h"

/* See http_hooks. */
void refusal_tell(struct http_server *server, int status, const char *why);

/* An answer past libmicrohttpd, in the one write that such a socket takes without waiting; a
 * client that goes on sending may see a reset instead. */
void refusal_answer(int fd, int status, const char *why);
