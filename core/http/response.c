/*
 * Answers on the wire.  libmicrohttpd adds Date, Content-Length and Connection, and leaves
 * the body out for HEAD, 204 and 304.
 *
 * The gzip form of an asset is another representation, so it has another entity tag
 * (RFC 9110 §8.8.3.3): the asset's with "-gz" inside the quotes.  A client that shows either
 * has the current bytes.
 */
#include "http/response.h"

#include "base/limits.h"
#include "base/mem.h"
#include "http/exchange.h"
#include "http/negotiate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAG = sizeof((struct http_asset *)0)->etag + 3, RANGE_TEXT = 80 };

/* libmicrohttpd takes no empty value; a blank is one (RFC 9110 §5.5). */
static void add(struct MHD_Response *response, const char *name, const char *value)
{
    (void)MHD_add_response_header(response, name, *value ? value : " ");
}

static bool is_vary(const struct http_reply_header *header)
{
    return slice_is_nocase(header->name, "Vary");
}

/* In one line with those of the reply: there are caches that heed the last line alone. */
static void add_encoding(struct MHD_Response *response, const struct http_reply *reply)
{
    static const char own[] = "Accept-Encoding";
    char vary[LIMIT_REPLY_HEAD + sizeof own], *at = vary;

    for (size_t i = 0; i < reply->headers.count; i++)
        if (is_vary(&reply->headers.items[i])) {
            struct slice value = reply->headers.items[i].value;
            at = mempcpy(mempcpy(at, value.data, value.len), ", ", 2);
        }
    memcpy(at, own, sizeof own);
    add(response, "Vary", vary);
    if (reply->gzip)
        add(response, "Content-Encoding", "gzip");
}

static void add_headers(struct MHD_Response *response, const struct http_reply *reply)
{
    for (size_t i = 0; i < reply->headers.count; i++)
        if (!reply->varies || !is_vary(&reply->headers.items[i]))
            add(response, reply->headers.items[i].name.data,
                reply->headers.items[i].value.data);
    if (reply->varies)
        add_encoding(response, reply);
    for (size_t i = 0; reply->standing && i < reply->standing->count; i++) {
        const struct http_reply_header *header = &reply->standing->items[i];
        if (!http_headers_find(&reply->headers, header->name))
            add(response, header->name.data, header->value.data);
    }
}

static struct MHD_Response *of_body(struct http_reply *reply, int status)
{
    struct slice body = reply->body;
    if (!body.len || status == 205) /* RFC 9110 §15.3.6 */
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (reply->joined)
        return MHD_create_response_from_buffer_with_free_callback(body.len, TAKE(reply->joined),
                                                                  http_body_free);
    return MHD_create_response_from_buffer_with_free_callback(
        body.len, mem_copy(body.data, body.len), free);
}

/* ---- assets ---- */

static void add_missing(struct MHD_Response *response, const struct http_reply *reply,
                        const char *name, const char *value)
{
    if (!http_headers_find(&reply->headers, slice_of(name)))
        add(response, name, value);
}

/* "0123" -> "0123-gz" */
static void gzip_tag(const char *etag, char tag[static TAG])
{
    snprintf(tag, TAG, "%.*s-gz\"", (int)strlen(etag) - 1, etag);
}

/* Judges the conditions in their order (RFC 9110 §13.2.2): 412 or 304, or the status stays.
 * Returns the tag of the representation that the answer is about: of a 304 the one that the
 * client has. */
static const char *judge_conditions(const struct http_asset *asset, const char *gzipped,
                                    const char *etag, struct http_request *request)
{
    const struct http_pairs *headers = &request->headers;
    const char *other = etag == gzipped ? asset->etag : gzipped;
    bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;

    if (request->status != 200)
        return etag;
    if (negotiate_precondition(headers, asset->etag, asset->modified) &&
        negotiate_precondition(headers, gzipped, asset->modified)) {
        request->status = 412;
        return etag;
    }
    bool has_it = reads && negotiate_none_match(headers, etag);
    bool has_other = reads && !has_it && negotiate_none_match(headers, other);
    if (has_it || has_other)
        request->status = 304; /* with the length that 200 would have (RFC 9110 §8.6) */
    return has_other ? other : etag;
}

/* Cuts the bytes to the part that a GET asks for, and makes the status 206 or 416; *range is
 * then the Content-Range. */
static void cut_to_range(struct http_request *request, const char *etag, struct slice *bytes,
                         char range[static RANGE_TEXT])
{
    size_t size = bytes->len, from, len;

    if (request->status != 200 || strcmp(request->method, "GET") != 0)
        return;
    switch (negotiate_range(&request->headers, etag, size, &from, &len)) {
    case RANGE_WHOLE:
        return;
    case RANGE_NOWHERE:
        request->status = 416;
        *bytes = (struct slice){0};
        snprintf(range, RANGE_TEXT, "bytes */%zu", size);
        return;
    case RANGE_PART:
        request->status = 206;
        *bytes = (struct slice){bytes->data + from, len};
        snprintf(range, RANGE_TEXT, "bytes %zu-%zu/%zu", from, from + len - 1, size);
        return;
    }
}

static struct MHD_Response *of_asset(const struct http_reply *reply,
                                     struct http_request *request)
{
    const struct http_asset *asset = reply->asset;
    bool gzip = asset->gzip.len && negotiate_gzip(&request->headers);
    struct slice bytes = gzip ? asset->gzip : asset->bytes;
    char gzipped[TAG], range[RANGE_TEXT] = "";

    gzip_tag(asset->etag, gzipped);
    const char *etag = judge_conditions(asset, gzipped, gzip ? gzipped : asset->etag, request);
    if (request->status == 304 && gzip != (etag == gzipped))
        bytes = gzip ? asset->bytes : asset->gzip;
    if (request->status == 412)
        bytes = (struct slice){0};
    cut_to_range(request, etag, &bytes, range);
    /* Not const in libmicrohttpd's interface; persistent memory is only read. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        bytes.len, (void *)(uintptr_t)bytes.data, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return NULL;
    add(response, "ETag", etag);
    add(response, "Accept-Ranges", "bytes");
    if (range[0])
        add(response, "Content-Range", range);
    if (asset->gzip.len)
        add(response, "Vary", "Accept-Encoding");
    add_missing(response, reply, "Cache-Control",
                reply->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    if (request->status != 304 && request->status != 412 && request->status != 416) {
        add_missing(response, reply, "Content-Type", asset->type);
        if (gzip)
            add(response, "Content-Encoding", "gzip");
    }
    request->sent = bytes.len;
    return response;
}

/* ---- all ---- */

struct MHD_Response *response_of_reply(struct http_reply *reply, int status)
{
    struct MHD_Response *response = of_body(reply, status);

    if (response)
        add_headers(response, reply);
    return response;
}

static struct MHD_Response *response_of_asset(struct http_reply *reply,
                                              struct http_request *request)
{
    struct MHD_Response *response = of_asset(reply, request);

    if (response)
        add_headers(response, reply);
    return response;
}

static struct MHD_Response *response_of_flow(const struct http_reply *reply,
                                             struct http_request *request)
{
    struct MHD_Response *response = flow_response(CONTAINER(request, struct exchange, request));

    if (response)
        add_headers(response, reply);
    return response;
}

struct MHD_Response *response_of(struct http_reply *reply, struct http_request *request)
{
    /* 1xx is libmicrohttpd's, and more than three digits is no status. */
    request->status = reply->status < 200 || reply->status > 999 ? 500 : reply->status;
    request->sent = reply->body.len;
    struct MHD_Response *response = reply->asset ? response_of_asset(reply, request)
                                    : reply->streams
                                        ? response_of_flow(reply, request)
                                        : response_of_reply(reply, request->status);
    if (strcmp(request->method, "HEAD") == 0 || request->status == 204 ||
        request->status == 205 || request->status == 304)
        request->sent = 0;
    return response;
}

struct MHD_Response *response_of_refusal(const char *why)
{
    char *body = mem_format("%s\n", why);
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback(strlen(body), body, free);

    if (response) {
        add(response, "Content-Type", "text/plain; charset=utf-8");
        add(response, "X-Content-Type-Options", "nosniff");
    }
    return response;
}
