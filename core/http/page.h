/*
 * A page: a body in parts, some of which are texts that stand.  They are the same for everybody
 * and stay what and where they are, by the word of who made them; the others are a visitor's.
 *
 * It is sent as it is or as gzip (base/gzip.h).  Then the texts were deflated once, each by
 * itself, and what is a visitor's is stored: it never meets the compressor, so that the length
 * of an answer says nothing of a secret in it (BREACH), whatever else a visitor had put there.
 */
#pragma once

#include "base/gzip.h"
#include "http/reply.h"
#include "http/request.h"

enum { PAGE_PARTS = 128 }; /* ours have up to 70 */

/* Owned by whoever made it. */
struct http_texts {
    bool is_deflated;
    size_t count;
    struct gzip_text items[];
};

void http_texts_done(struct http_texts *texts); /* all but itself */

struct http_part {
    struct slice bytes;
    const struct gzip_text *text; /* where it stands; or NULL */
};

struct http_page {
    size_t count, size; /* bytes of all parts */
    size_t standing;    /* … and of those that stand */
    bool gzip;          /* it is to be sent so */
    struct http_part parts[PAGE_PARTS];
};

/* Judges whether the page is to be sent as gzip to this request; deflates the texts where that
 * was not done yet. */
void http_page_negotiate(struct http_page *page, struct http_texts *texts,
                         const struct http_request *request);
/* The reply has the page for its body, and headers that are checked: says in it how it is sent.
 * A reply with an ETag or an encoding of its own is sent as it is. */
void http_page_settle(struct http_page *page, struct http_reply *reply);

size_t http_page_bytes(const struct http_page *page); /* that it has as it is sent */
/* Writes them.  again: a page of the same texts, and parts of the same length between them, is
 * there; it becomes this one, and its texts are not copied. */
void http_page_write(const struct http_page *page, char *at, bool again);
