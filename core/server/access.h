/* The access log (one line per request) and the metrics of requests.  Never the target, the
 * query or any header: they may carry keys. */
#pragma once

#include "http/request.h"

/* Where the line of each request goes, as --access-log says; NULL: among
 * the others. */
bool access_open(const char *option, struct err *err);
void access_record(const struct http_request *request, const char *generation);
/* A message that was refused before it became a request. */
void access_refused(int status, const char *why);
