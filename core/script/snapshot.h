/*
 * The files of a generation, read once into memory so that every worker runs the same bytes:
 * scripts/ templates/ static/ sql/ below the application's folder, and the same below a site's,
 * whose files win.  A site's migrations are numbered by themselves and lie apart, below
 * "site/sql/migrations/".  Immutable after reading.
 */
#pragma once

#include "base/buf.h"
#include "base/crypto.h"
#include "base/err.h"

struct snapshot_file {
    char *path;    /* "scripts/web/router.lua": its name in the application */
    char *origin;  /* where it was read, for messages: path, or SITE/path */
    bool replaces; /* a site's, instead of the application's own of that path */
    struct slice bytes;
};

struct snapshot {
    size_t count;
    struct snapshot_file *files;       /* sorted by path */
    unsigned char digest[CRYPTO_HASH]; /* of all that is in the files */
};

/* Regular files only (symbolic links are followed); hidden ones and those ending in '~' are
 * left out.  site may be NULL.  A tree that somebody is writing to is read again until two
 * looks agree and it has been quiet for a moment; ERR_STATE when that takes too long.
 * ERR_LIMIT past LIMIT_FILE or LIMIT_TREE.  Blocks. */
bool snapshot_read(const char *folder, const char *site, struct snapshot *ret_snapshot,
                   struct err *err);
void snapshot_done(struct snapshot *snapshot);

/* To build one by hand: add files (copied) in any order, then seal it, which sorts and digests.
 */
void snapshot_add(struct snapshot *snapshot, struct slice path, struct slice origin,
                  bool replaces, struct slice bytes);
bool snapshot_seal(struct snapshot *snapshot, struct err *err);

const struct snapshot_file *snapshot_find(const struct snapshot *snapshot, const char *path);
/* Was it read from the site? */
bool snapshot_is_site(const struct snapshot_file *file);
/* Index of the first file whose path begins with the prefix; those that follow may too. */
size_t snapshot_from(const struct snapshot *snapshot, const char *prefix);

/* Appends one line per file that differs: "changed PATH", "added PATH", "removed PATH". */
void snapshot_differences(const struct snapshot *before, const struct snapshot *after,
                          struct buf *out);
