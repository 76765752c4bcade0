/*
 * Bodies of forms, and the smaller grammars of requests, parsed from bytes to pairs without
 * libmicrohttpd: each is a pure function, so that fuzzers can reach it.
 *
 * All of them take at most so many fields (`most`).  Pairs point into the text that was parsed
 * where it needs no decoding, else into an arena; both belong to the caller and must outlive
 * the pairs.
 */
#pragma once

#include "base/err.h"
#include "http/request.h"

/* Memory that is freed at once: the decoded bytes of one request. */
struct http_arena {
    struct http_arena_block *blocks;
    size_t size; /* of all blocks */
};

/* Not zeroed, aligned for pointers; never NULL. */
void *http_arena_take(struct http_arena *arena, size_t len);
void http_arena_done(struct http_arena *arena); /* also leaves it empty */

/* application/x-www-form-urlencoded, also the query (WHATWG URL §5.1, but a bad escape or an
 * encoded NUL is ERR_INPUT). */
bool form_parse_urlencoded(struct slice text, size_t most, struct http_arena *arena,
                           struct http_pairs *ret, struct err *err);
/* multipart/form-data (RFC 7578); the type is the whole Content-Type with its boundary.  Names
 * and file names as browsers send them (WHATWG HTML §4.10.21.8: %22 %0D %0A). */
bool form_parse_multipart(struct slice type, struct slice body, size_t most,
                          struct http_arena *arena, struct http_pairs *ret_fields,
                          struct http_files *ret_files, struct err *err);
/* Cookie header (RFC 6265 §4.2); what is no pair is skipped, as browsers may send it. */
void form_parse_cookies(struct slice header, size_t most, struct http_arena *arena,
                        struct http_pairs *ret);
/* A raw target to its decoded path and its query.  ERR_INPUT for %00, a bad escape, or a path
 * that is not UTF-8.  Dot segments are not resolved: no route has any. */
bool form_parse_target(struct slice target, size_t most, struct http_arena *arena,
                       struct slice *ret_path, struct http_pairs *ret_query, struct err *err);
