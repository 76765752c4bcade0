/*
 * What a generation is made of, read once into memory so that every worker runs the same bytes:
 * scripts/ templates/ static/ sql/ below the application's folder, and the same below a site's,
 * whose files win.  A site's migrations are numbered by themselves and lie apart, below
 * "site/sql/migrations/".  With them the settings that stand in the configuration's file: going
 * back takes those back too.  Immutable after reading.
 */
#pragma once

#include "base/buf.h"
#include "base/crypto.h"
#include "base/err.h"
#include "bind/state.h"
#include "vm/files.h"

struct snapshot {
    struct vm_files files;
    size_t ngiven;
    struct setting_given *given;       /* of the configuration's file, sorted by name */
    unsigned char digest[CRYPTO_HASH]; /* of names and contents, not of where they lie */
};

/* Regular files only (symbolic links are followed); hidden ones and those ending in '~' are
 * left out.  site may be NULL.  A tree that somebody is writing to is read again until two
 * looks agree and it has been quiet for a moment; ERR_STATE when that takes too long.
 * ERR_LIMIT past LIMIT_FILE or LIMIT_TREE.  Blocks. */
bool snapshot_read(const char *folder, const char *site, struct snapshot *ret_snapshot,
                   struct err *err);
void snapshot_done(struct snapshot *snapshot);

/* Copies those of the settings that stand in the file, and seals the snapshot again. */
bool snapshot_give(struct snapshot *snapshot, const struct setting_given *given, size_t count,
                   struct err *err);

/* To build one by hand: add files and settings (copied) in any order, then seal it, which sorts
 * and digests. */
void snapshot_add(struct snapshot *snapshot, struct slice path, struct slice origin,
                  bool replaces, struct slice bytes);
void snapshot_add_setting(struct snapshot *snapshot, struct slice name, struct slice value,
                          struct slice origin);
bool snapshot_seal(struct snapshot *snapshot, struct err *err);

/* Was it read from the site? */
bool snapshot_is_site(const struct vm_file *file);

/* Appends one line per file that differs: "changed PATH", "added PATH", "removed PATH"; the
 * same with "setting NAME". */
void snapshot_differences(const struct snapshot *before, const struct snapshot *after,
                          struct buf *out);
