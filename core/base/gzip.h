/*
 * gzip (RFC 1952): members with no time and no name, so that the same bytes always give the
 * same, and texts that are deflated once for all the members that they stand in.
 *
 * A member is put together from such texts and from bytes stored as they are, in turn, stored
 * ones first and last:
 *
 *   head | 00 | LEN NLEN bytes | deflated | LEN NLEN bytes | … | 03 00 | CRC32 ISIZE
 *
 * Each text was deflated by itself and refers to nothing outside of it.  It was flushed, which
 * begins an empty stored block; without that block's length the bytes behind it are its
 * content. The member's checksum comes of those of its parts (crc32_combine), so that a text
 * costs the same whatever its length.
 */
#pragma once

#include "base/buf.h"

#include <stdint.h>

/* Appends one member of all the data, at the best level. */
void gzip_compress(struct slice data, struct buf *out);

struct gzip_text {
    struct slice bytes;
    char *deflated; /* owned; NULL: stored it is as short, or not deflated yet */
    size_t len;
    uint32_t crc, shift; /* of its bytes, and what its length does to the checksum before it */
};

/* Deflates one whose bytes are set and stay. */
void gzip_text_init(struct gzip_text *text);
void gzip_text_done(struct gzip_text *text);

/* A member being put together.  Needs GZIP_FRAME bytes, for each text its len and GZIP_TEXT,
 * and those to be stored, which are no more than GZIP_STORED between two texts. */
struct gzip {
    char *at, *stored;
    size_t size;
    uint32_t crc;
    bool again;
};

enum { GZIP_FRAME = 25, GZIP_TEXT = 4, GZIP_STORED = 65535 };

/* again: a member of these texts, with as many bytes between them, is there; it becomes another
 * one, and its texts are not copied. */
void gzip_begin(struct gzip *gzip, char *at, bool again);
void gzip_store(struct gzip *gzip, struct slice bytes);
void gzip_add(struct gzip *gzip, const struct gzip_text *text); /* one that was deflated */
void gzip_end(struct gzip *gzip);                               /* gzip->at is behind it */
