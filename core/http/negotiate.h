/* What a client will take (RFC 9110 §12.5.3, §13.1, §14): pure functions over its headers,
 * private to http/. */
#pragma once

#include "http/request.h"

#include <stdint.h>

/* Whether Accept-Encoding allows gzip: named with a weight above 0, or covered by "*". */
bool negotiate_gzip(const struct http_pairs *headers);

/* Whether If-None-Match is "*" or lists the tag, compared weakly.  etag has its quotes. */
bool negotiate_none_match(const struct http_pairs *headers, const char *etag);

/* Does the client want to be told if the representation is not the one it knows (412)?  Where
 * If-Match is neither "*" nor lists the tag, compared strongly; else where If-Unmodified-Since
 * is a date before `modified` (unix seconds). */
bool negotiate_precondition(const struct http_pairs *headers, const char *etag,
                            int64_t modified);

enum negotiate_range { RANGE_WHOLE, RANGE_PART, RANGE_NOWHERE };

/* Which bytes of a representation Range asks for.  A part of it where that is one range in
 * order, and If-Range, if there is one, is its very tag; the whole for several ranges, and for
 * what cannot be read; RANGE_NOWHERE where the range begins behind its end. */
enum negotiate_range negotiate_range(const struct http_pairs *headers, const char *etag,
                                     size_t size, size_t *ret_from, size_t *ret_len);
