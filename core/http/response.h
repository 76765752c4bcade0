/* From a reply to libmicrohttpd's response.  Private to http/. */
#pragma once

#include "http/reply.h"
#include "http/request.h"

#include <microhttpd.h>

/* Sets the request's status and sent.  NULL only without memory.  The body is copied, an
 * asset's bytes are not. */
struct MHD_Response *response_of(const struct http_reply *reply, struct http_request *request);

/* A sentence in plain text, for what no handler sees.  NULL without memory. */
struct MHD_Response *response_of_refusal(const char *why);
