/*
 * What a request is answered with.
 *
 * A reply owns nothing but a body that was joined.  What else it points at is borrowed until
 * http_respond(); an asset must live until the request's generation is unpinned.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"

#include <stdint.h>

struct http_answer;

/* A static file of a generation, ready to be sent. */
struct http_asset {
    struct slice bytes;
    struct slice gzip; /* empty where it is not smaller */
    char etag[36];     /* quoted */
    int64_t modified;  /* not after this: when it was read, in unix seconds */
    const char *type;  /* Content-Type */
};

/* Borrowed, with a NUL behind each. */
struct http_reply_header {
    struct slice name, value;
};

struct http_headers {
    struct http_reply_header items[LIMIT_REPLY_HEADERS];
    size_t count, bytes;
};

struct http_reply {
    int status;
    const struct http_headers *standing; /* those of every reply, unless it has its own of that
                                            name; or NULL */
    struct slice body;                   /* borrowed: copied by http_respond() … */
    char *joined;                        /* … or owned, see http_reply_join() */
    const struct http_asset *asset; /* instead of a body: ETag, Range and gzip are done, and
                                       Content-Type and Cache-Control unless in headers */
    bool varies, gzip;          /* of a body: it is sent as gzip to who takes it; it is so */
    bool streams;               /* instead of a body: http_write() and http_end() follow */
    bool immutable;             /* of an asset: its URL carries its hash */
    struct http_answer *answer; /* a kept one (http/answer.h) instead of all of this; or NULL */
    struct http_headers headers;
};

/* Neither allocates nor frees.  ERR_INPUT for a name that is no token, a value with CR, LF, NUL
 * or another control character, for headers that are the host's (Content-Length,
 * Transfer-Encoding, Connection, Date), and for a name that is there in another spelling;
 * ERR_LIMIT past LIMIT_REPLY_HEAD and LIMIT_REPLY_HEADERS. */
bool http_headers_add(struct http_headers *headers, struct slice name, struct slice value,
                      struct err *err);
/* The first of that name, in whatever case; or NULL. */
const struct http_reply_header *http_headers_find(const struct http_headers *headers,
                                                  struct slice name);
/* Room for a body of that many bytes, which the reply owns; the caller fills all of it. */
char *http_reply_join(struct http_reply *reply, size_t len);
void http_body_free(void *bytes); /* one that was joined; NULL is fine */
void http_bodies_done(void);      /* frees what this thread keeps for those to come */
void http_reply_done(struct http_reply *reply);

/* By a file name's ending; "application/octet-stream" where unknown.  Static. */
const char *http_content_type(const char *path);
