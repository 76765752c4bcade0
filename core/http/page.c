/* See page.h. */
#include "http/page.h"

#include "http/negotiate.h"

#include <string.h>

enum { LEAST_SAVED = 256 }; /* bytes: for less no browser is kept busy */

void http_texts_done(struct http_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        gzip_text_done(&texts->items[i]);
}

static void deflate_all(struct http_texts *texts)
{
    for (size_t i = 0; !texts->is_deflated && i < texts->count; i++)
        gzip_text_init(&texts->items[i]);
    texts->is_deflated = true;
}

static bool is_deflated(const struct http_part *part)
{
    return part->text && part->text->deflated;
}

/* Bytes that are stored where the page is sent as gzip, and *saved by the others. */
static size_t count_stored(const struct http_page *page, size_t *saved)
{
    size_t stored = 0;

    *saved = 0;
    for (size_t i = 0; i < page->count; i++)
        if (is_deflated(&page->parts[i]))
            *saved += page->parts[i].bytes.len - page->parts[i].text->len - GZIP_TEXT;
        else
            stored += page->parts[i].bytes.len;
    return stored;
}

void http_page_negotiate(struct http_page *page, struct http_texts *texts,
                         const struct http_request *request)
{
    size_t saved;

    page->gzip = false;
    if (!negotiate_gzip(&request->headers))
        return;
    deflate_all(texts);
    page->gzip = count_stored(page, &saved) <= GZIP_STORED && saved >= LEAST_SAVED;
}

void http_page_settle(struct http_page *page, struct http_reply *reply)
{
    static const char *const own[] = {"ETag", "Content-Encoding", "Content-Range"};
    bool is_empty = reply->status == 204 || reply->status == 205 || reply->status == 304;

    reply->varies = page->standing > 0 && !is_empty;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        reply->varies &= !http_headers_find(&reply->headers, slice_of(own[i]));
    reply->gzip = page->gzip &= reply->varies;
}

size_t http_page_bytes(const struct http_page *page)
{
    size_t saved;

    if (!page->gzip)
        return page->size;
    (void)count_stored(page, &saved);
    return page->size - saved + GZIP_FRAME;
}

static void write_gzip(const struct http_page *page, char *at, bool again)
{
    struct gzip gzip;

    gzip_begin(&gzip, at, again);
    for (size_t i = 0; i < page->count; i++)
        if (is_deflated(&page->parts[i]))
            gzip_add(&gzip, page->parts[i].text);
        else
            gzip_store(&gzip, page->parts[i].bytes);
    gzip_end(&gzip);
}

void http_page_write(const struct http_page *page, char *at, bool again)
{
    if (page->gzip) {
        write_gzip(page, at, again);
        return;
    }
    for (size_t i = 0; i < page->count; at += page->parts[i].bytes.len, i++)
        if (page->parts[i].bytes.len && !(again && page->parts[i].text))
            memcpy(at, page->parts[i].bytes.data, page->parts[i].bytes.len);
}
