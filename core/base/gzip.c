/* See gzip.h.  zlib's default header has no name and the time 0. */
#include "base/gzip.h"

#include "base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

/* 15 bits of window; 16 says "gzip", and less than 0 neither that nor zlib's own frame (zlib.h,
 * deflateInit2). */
enum { WINDOW = 15, GZIP = 16, MOST_MEMORY = 9 };

static voidpf allocate(voidpf opaque, uInt items, uInt size)
{
    (void)opaque;
    return mem_resize(NULL, items, size); /* not zeroed: that is zlib's own work */
}

static void release(voidpf opaque, voidpf memory)
{
    (void)opaque;
    free(memory);
}

/* Callers compress files and texts of a generation: LIMIT_FILE is far below what one call
 * takes. */
static void begin(z_stream *stream, struct slice data, int window)
{
    *stream = (z_stream){.zalloc = allocate,
                         .zfree = release,
                         .next_in = (z_const Bytef *)data.data,
                         .avail_in = (uInt)data.len};
    if (data.len > UINT_MAX / 2 || deflateInit2(stream, Z_BEST_COMPRESSION, Z_DEFLATED, window,
                                                MOST_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
}

void gzip_compress(struct slice data, struct buf *out)
{
    z_stream stream;

    begin(&stream, data, WINDOW + GZIP);
    uLong bound = deflateBound(&stream, data.len);
    buf_reserve(out, bound);
    stream.next_out = (Bytef *)out->data + out->len;
    stream.avail_out = (uInt)bound;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
        abort(); /* cannot happen: the bound holds for one call */
    out->len += stream.total_out;
    out->data[out->len] = '\0';
    deflateEnd(&stream);
}

/* ---- texts ---- */

enum { LEAST = 128 }; /* a shorter one hardly becomes shorter, and a checksum is no work */

void gzip_text_init(struct gzip_text *text)
{
    struct slice bytes = text->bytes;
    z_stream stream;

    if (bytes.len < LEAST)
        return;
    char *room = mem_resize(NULL, bytes.len, 1);
    begin(&stream, bytes, -WINDOW);
    stream.next_out = (Bytef *)room;
    stream.avail_out = (uInt)bytes.len;
    int result = deflate(&stream, Z_FULL_FLUSH);
    deflateEnd(&stream);
    if (result == Z_OK && stream.avail_out > 0) { /* all of it, and the flush */
        text->len = bytes.len - stream.avail_out - GZIP_TEXT;
        text->deflated = mem_copy(room, text->len);
        text->crc = (uint32_t)crc32_z(0, (const Bytef *)bytes.data, bytes.len);
        text->shift = (uint32_t)crc32_combine_gen((z_off_t)bytes.len);
    }
    free(room);
}

void gzip_text_done(struct gzip_text *text)
{
    free(text->deflated);
    text->deflated = NULL;
}

/* ---- members ---- */

static const char HEAD[] = "\x1F\x8B\x08\0\0\0\0\0\x02\x03" /* deflate; best, of Unix */
                           "\0";                            /* begins a stored block */
static const char LAST[] = "\x03";                          /* an empty block, 2 bytes */

static char *put16(char *at, size_t value)
{
    *at++ = (char)(value & 0xFF);
    *at++ = (char)(value >> 8 & 0xFF);
    return at;
}

static char *put32(char *at, size_t value)
{
    return put16(put16(at, value), value >> 16);
}

static void begin_stored(struct gzip *gzip)
{
    gzip->stored = gzip->at += GZIP_TEXT;
}

static void end_stored(struct gzip *gzip)
{
    size_t len = (size_t)(gzip->at - gzip->stored);

    put16(put16(gzip->stored - GZIP_TEXT, len), ~len);
    gzip->crc = (uint32_t)crc32_z(gzip->crc, (const Bytef *)gzip->stored, len);
    gzip->size += len;
}

void gzip_begin(struct gzip *gzip, char *at, bool again)
{
    memcpy(at, HEAD, sizeof HEAD - 1);
    *gzip = (struct gzip){.at = at + sizeof HEAD - 1, .again = again};
    begin_stored(gzip);
}

void gzip_store(struct gzip *gzip, struct slice bytes)
{
    if (bytes.len)
        memcpy(gzip->at, bytes.data, bytes.len);
    gzip->at += bytes.len;
}

void gzip_add(struct gzip *gzip, const struct gzip_text *text)
{
    end_stored(gzip);
    if (!gzip->again)
        memcpy(gzip->at, text->deflated, text->len);
    gzip->at += text->len;
    gzip->crc = (uint32_t)crc32_combine_op(gzip->crc, text->crc, text->shift);
    gzip->size += text->bytes.len;
    begin_stored(gzip);
}

void gzip_end(struct gzip *gzip)
{
    end_stored(gzip);
    memcpy(gzip->at, LAST, sizeof LAST);
    gzip->at = put32(put32(gzip->at + sizeof LAST, gzip->crc), gzip->size);
}
