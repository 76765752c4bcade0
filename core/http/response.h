/* From a reply to libmicrohttpd's response.  Private to http/. */
#pragma once

#include "http/reply.h"
#include "http/request.h"

#include <microhttpd.h>

/* Sets the request's status and sent.  NULL only without memory.  A borrowed body is copied, a
 * joined one taken over; an asset's bytes stay where they are. */
struct MHD_Response *response_of(struct http_reply *reply, struct http_request *request);

/* The same of a status and a joined or borrowed body, for no request yet. */
struct MHD_Response *response_of_reply(struct http_reply *reply, int status);

/* A sentence in plain text, for what no handler sees.  NULL without memory. */
struct MHD_Response *response_of_refusal(const char *why);
