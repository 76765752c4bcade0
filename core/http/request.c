/*
 * What a request says: its headers as libmicrohttpd has them, and the rest parsed by us.
 *
 * Headers stay where libmicrohttpd keeps them, in the connection's pool, which outlives the
 * request; everything else is in the exchange's arena or its body.
 */
#include "http/request.h"

#include "base/cut.h"
#include "base/mem.h"
#include "http/exchange.h"

#include <string.h>

const struct slice *http_find(const struct http_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (slice_is(pairs->items[i].name, name))
            return &pairs->items[i].value;
    return NULL;
}

const struct slice *http_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->headers.count; i++)
        if (slice_is_nocase(request->headers.items[i].name, name))
            return &request->headers.items[i].value;
    return NULL;
}

/* ---- headers ---- */

static enum MHD_Result keep_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   size_t name_len, const char *value, size_t value_len)
{
    struct http_pairs *headers = cls;

    (void)kind;
    headers->items[headers->count++] =
        (struct http_pair){.name = {name, name_len}, .value = {value, value_len}};
    return MHD_YES;
}

void request_read_headers(struct exchange *exchange)
{
    struct http_pairs *headers = &exchange->request.headers;
    int count = MHD_get_connection_values_n(exchange->mhd, MHD_HEADER_KIND, NULL, NULL);

    if (count <= 0)
        return;
    headers->items = http_arena_take(&exchange->arena, (size_t)count * sizeof *headers->items);
    MHD_get_connection_values_n(exchange->mhd, MHD_HEADER_KIND, keep_header, headers);
}

void request_trim_headers(struct http_request *request)
{
    for (size_t i = 0; i < request->headers.count; i++)
        request->headers.items[i].value = cut_blanks(request->headers.items[i].value);
}

/* ---- the rest ---- */

static void refuse(struct exchange *exchange, int status, const char *what,
                   const struct err *err)
{
    struct http_request *request = &exchange->request;

    if (request->refused)
        return; /* the first reason stands */
    size_t len = strlen(what) + strlen(err->text) + sizeof ": ";
    char *refusal = http_arena_take(&exchange->arena, len);
    memcpy(refusal, what, strlen(what) + 1);
    if (err->text[0]) {
        memcpy(refusal + strlen(what), ": ", 3);
        memcpy(refusal + strlen(what) + 2, err->text, strlen(err->text) + 1);
    }
    request->refused = status;
    request->refusal = refusal;
}

static void parse_cookies(struct exchange *exchange)
{
    const struct slice *header = http_header(&exchange->request, "Cookie");

    if (header)
        form_parse_cookies(*header, &exchange->arena, &exchange->request.cookies);
}

static void parse_body(struct exchange *exchange)
{
    struct http_request *request = &exchange->request;
    const struct slice *coding = http_header(request, "Content-Encoding");
    const struct slice *type = http_header(request, "Content-Type");
    struct err err = {0};

    request->body = (struct slice){exchange->body.data, exchange->body.len};
    if (!request->body.len)
        return;
    if (coding && !slice_is_nocase(*coding, "identity")) {
        refuse(exchange, 415, "a body in a content encoding", &err);
        return;
    }
    if (!type)
        return;
    struct slice rest = *type, media = cut_blanks(cut_until(&rest, ';'));
    if (slice_is_nocase(media, "application/x-www-form-urlencoded")) {
        if (!form_parse_urlencoded(request->body, &exchange->arena, &request->form, &err))
            refuse(exchange, 400, "the form cannot be read", &err);
    } else if (slice_is_nocase(media, "multipart/form-data")) {
        if (!form_parse_multipart(*type, request->body, &exchange->arena, &request->form,
                                  &request->files, &err))
            refuse(exchange, 400, "the form cannot be read", &err);
    }
}

void request_parse(struct exchange *exchange)
{
    struct http_request *request = &exchange->request;
    struct err err;

    if (!form_parse_target(request->target, &exchange->arena, &request->path, &request->query,
                           &err))
        refuse(exchange, 400, "the address cannot be read", &err);
    parse_cookies(exchange);
    parse_body(exchange);
}

/* ---- ids ---- */

void request_make_id(struct http_request *request, uint64_t serial)
{
    static const char digits[] = "0123456789abcdef";

    /* A bijection of 64 bits (splitmix64's end): distinct serials give distinct ids that look
     * random.  They name requests; nothing depends on their being hard to guess. */
    serial = (serial ^ serial >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    serial = (serial ^ serial >> 27) * UINT64_C(0x94D049BB133111EB);
    serial ^= serial >> 31;
    for (int i = 0; i < HTTP_ID; i++)
        request->id[i] = digits[serial >> (60 - 4 * i) & 15];
}
