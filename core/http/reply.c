/* Replies before they are sent: checked headers, and content types by file name. */
#include "http/reply.h"

#include "base/mem.h"
#include "base/str.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static bool is_of_the_host(struct slice name)
{
    static const char *const names[] = {"Content-Length", "Transfer-Encoding", "Connection",
                                        "Date"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_is_nocase(name, names[i]))
            return true;
    return false;
}

const struct http_reply_header *http_headers_find(const struct http_headers *headers,
                                                  struct slice name)
{
    for (size_t i = 0; i < headers->count; i++) {
        struct slice other = headers->items[i].name;
        if (other.len == name.len && slice_same_nocase(name.data, other.data, name.len))
            return &headers->items[i];
    }
    return NULL;
}

bool http_headers_add(struct http_headers *headers, struct slice name, struct slice value,
                      struct err *err)
{
    if (!str_is_token(name))
        return err_set(err, ERR_INPUT, "a header name must be letters, digits and dashes");
    if (is_of_the_host(name))
        return err_set(err, ERR_INPUT, "the header %.*s is set by the host", (int)name.len,
                       name.data);
    if (!str_is_field_value(value))
        return err_set(err, ERR_INPUT, "the header %.*s has a control character in its value",
                       (int)name.len, name.data);
    const struct http_reply_header *other = http_headers_find(headers, name);
    if (other && !slice_is(name, other->name.data))
        return err_set(err, ERR_INPUT, "a reply has the header %s twice, also as %.*s",
                       other->name.data, (int)name.len, name.data);
    headers->bytes += name.len + value.len + sizeof ": \r\n" - 1;
    if (headers->bytes > LIMIT_REPLY_HEAD)
        return err_set(err, ERR_LIMIT, "the headers of a reply have more than %d bytes",
                       LIMIT_REPLY_HEAD);
    if (headers->count == LIMIT_REPLY_HEADERS)
        return err_set(err, ERR_LIMIT, "a reply has more than %d headers", LIMIT_REPLY_HEADERS);
    headers->items[headers->count++] = (struct http_reply_header){name, value};
    return true;
}

/* ---- bodies ---- */

/* A page's memory is given back with its answer and taken anew for the next one, and malloc()
 * takes its time over pieces of that size: a thread keeps some. */
enum { ROOM = 32 * 1024, LEAST = 4 * 1024, KEPT = 8 };

union body {
    bool is_room;
    union body *next; /* while it is kept */
    max_align_t aligned;
};

static _Thread_local struct {
    union body *first;
    size_t count;
} kept;

static char *body_new(size_t len)
{
    bool is_room = len >= LEAST && len <= ROOM;
    union body *body = is_room ? kept.first : NULL;

    if (body) {
        kept.first = body->next;
        kept.count--;
    } else {
        body = mem_resize(NULL, sizeof *body + (is_room ? (size_t)ROOM : len), 1);
    }
    body->is_room = is_room;
    return (char *)(body + 1);
}

void http_body_free(void *bytes)
{
    union body *body = bytes ? (union body *)bytes - 1 : NULL;

    if (!body || !body->is_room || kept.count == KEPT) {
        free(body);
        return;
    }
    body->next = kept.first;
    kept.first = body;
    kept.count++;
}

void http_bodies_done(void)
{
    while (kept.first) {
        union body *body = kept.first;
        kept.first = body->next;
        free(body);
    }
    kept.count = 0;
}

char *http_reply_join(struct http_reply *reply, size_t len)
{
    http_body_free(reply->joined);
    reply->joined = body_new(len);
    reply->body = (struct slice){reply->joined, len};
    return reply->joined;
}

void http_reply_done(struct http_reply *reply)
{
    if (reply)
        http_body_free(TAKE(reply->joined));
}

const char *http_content_type(const char *path)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        {"html", "text/html; charset=utf-8"},
        {"css", "text/css; charset=utf-8"},
        {"js", "text/javascript; charset=utf-8"},
        {"mjs", "text/javascript; charset=utf-8"},
        {"json", "application/json"},
        {"map", "application/json"},
        {"webmanifest", "application/manifest+json"},
        {"txt", "text/plain; charset=utf-8"},
        {"md", "text/markdown; charset=utf-8"},
        {"xml", "application/xml"},
        {"svg", "image/svg+xml"},
        {"png", "image/png"},
        {"jpg", "image/jpeg"},
        {"jpeg", "image/jpeg"},
        {"gif", "image/gif"},
        {"webp", "image/webp"},
        {"avif", "image/avif"},
        {"ico", "image/x-icon"},
        {"woff", "font/woff"},
        {"woff2", "font/woff2"},
        {"ttf", "font/ttf"},
        {"otf", "font/otf"},
        {"pdf", "application/pdf"},
        {"ics", "text/calendar; charset=utf-8"},
        {"wasm", "application/wasm"},
        {"mp3", "audio/mpeg"},
        {"mp4", "video/mp4"},
        {"webm", "video/webm"},
        {"gz", "application/gzip"},
        {"zip", "application/zip"},
    };
    const char *name = strrchr(path, '/');
    const char *dot = strrchr(name ? name : path, '.');

    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (slice_is_nocase(slice_of(dot + 1), types[i].ending))
            return types[i].type;
    return "application/octet-stream";
}
