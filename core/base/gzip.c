/* One member by zlib.  Its default header has no name and the time 0. */
#include "base/gzip.h"

#include "base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

/* 15 bits of window, and 16 says "gzip" (zlib.h, deflateInit2). */
enum { WINDOW = 15 + 16, MOST_MEMORY = 9 };

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

void gzip_compress(struct slice data, struct buf *out)
{
    z_stream stream = {.zalloc = allocate, .zfree = release};

    /* Callers compress files of a generation: LIMIT_FILE is far below what one call takes. */
    if (data.len > UINT_MAX / 2 || deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, WINDOW,
                                                MOST_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    uLong bound = deflateBound(&stream, data.len);
    buf_reserve(out, bound);
    stream.next_in = (z_const Bytef *)data.data;
    stream.avail_in = (uInt)data.len;
    stream.next_out = (Bytef *)out->data + out->len;
    stream.avail_out = (uInt)bound;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
        abort(); /* cannot happen: the bound holds for one call */
    out->len += stream.total_out;
    out->data[out->len] = '\0';
    deflateEnd(&stream);
}
