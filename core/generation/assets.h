/*
 * Static files of a generation, ready to be sent: content type, ETag, gzip made once, and a
 * URL that carries the content's hash ("/static/css/site.3f2a9c01d2e4.css"), which may be
 * cached for a year.  The plain URL works too and is revalidated; so is a URL with a hash that
 * nobody knows, of a file that there is: nodes of other files have named it.
 */
#pragma once

#include "generation/snapshot.h"
#include "http/reply.h"

struct asset {
    struct http_asset http;
    const char *path; /* "static/css/site.css", borrowed from the snapshot; NULL: carried */
    char *url;        /* hashed, owned */
    int age;          /* 0: of this generation; else how many generations ago it was current */
};

enum {
    ASSETS_CARRIED = 3
}; /* generations whose hashed URLs still answer with their own bytes */

struct assets {
    size_t count;
    struct asset *items; /* in the order of paths */
    size_t ncarried;
    struct asset *carried;       /* of earlier generations; bytes owned */
    const struct asset **by_url; /* all of both, sorted by url */
};

/* The snapshot must outlive the assets, which borrow its bytes.  before (or NULL) are those of
 * the generation that this one follows: pages that it rendered still find what they name. */
void assets_build(const struct snapshot *snapshot, const struct assets *before,
                  struct assets *ret_assets);
/* The same for a generation of which only the files are left, after a restart: so many
 * generations ago it was current.  Before anybody looks anything up. */
void assets_carry(struct assets *assets, const struct snapshot *earlier, int age);
void assets_done(struct assets *assets);

/* "css/site.css" (below static/); NULL where there is none. */
const struct asset *assets_find(const struct assets *assets, const char *path);
/* What a request for this decoded URL path gets; *ret_immutable tells a hashed one. */
const struct asset *assets_at(const struct assets *assets, struct slice url,
                              bool *ret_immutable);
