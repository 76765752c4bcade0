/* What a client will take (RFC 9110 §12.5.3, §13.1.2): pure functions over its headers,
 * private to http/. */
#pragma once

#include "http/request.h"

/* Whether Accept-Encoding allows gzip: named with a weight above 0, or covered by "*". */
bool negotiate_gzip(const struct http_pairs *headers);

/* Whether If-None-Match is "*" or lists the tag, compared weakly.  etag has its quotes. */
bool negotiate_none_match(const struct http_pairs *headers, const char *etag);
