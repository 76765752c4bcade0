/*
 * What a request says: its headers as libmicrohttpd has them, and the rest parsed by us.
 *
 * Headers stay where libmicrohttpd keeps them, in the connection's pool, which outlives the
 * request; everything else is in the exchange's arena or its body.
 */
#include "http/request.h"

#include "base/cut.h"
#include "http/exchange.h"
#include "http/judge.h"

#include <string.h>
#include <strings.h>

const struct slice *http_find(const struct http_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (slice_is(pairs->items[i].name, name))
            return &pairs->items[i].value;
    return NULL;
}

const struct slice *http_find_header(const struct http_pairs *headers, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < headers->count; i++)
        if (headers->items[i].name.len == len &&
            slice_same_nocase(headers->items[i].name.data, name, len))
            return &headers->items[i].value;
    return NULL;
}

const struct slice *http_header(const struct http_request *request, const char *name)
{
    return http_find_header(&request->headers, name);
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

    if (count < 0)
        count = 0;
    /* One more: a Host of ours, see request_settle_headers(). */
    headers->items =
        http_arena_take(&exchange->arena, ((size_t)count + 1) * sizeof *headers->items);
    MHD_get_connection_values_n(exchange->mhd, MHD_HEADER_KIND, keep_header, headers);
}

/* What stands between the values of several lines of one name; NULL where the first stands. */
static const char *joint_of(struct slice name)
{
    static const char *const lists[] = {"Accept",           "Accept-Charset",
                                        "Accept-Encoding",  "Accept-Language",
                                        "Cache-Control",    "Connection",
                                        "Forwarded",        "If-Match",
                                        "If-None-Match",    "Via",
                                        "X-Forwarded-For",  "X-Forwarded-Host",
                                        "X-Forwarded-Proto"};

    if (slice_is_nocase(name, "Cookie"))
        return "; "; /* RFC 6265bis §5.8.3, RFC 9113 §8.2.3 */
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (slice_is_nocase(name, lists[i]))
            return ", "; /* RFC 9110 §5.3 */
    return NULL;
}

static bool is_same_name(struct slice a, struct slice b)
{
    return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
}

static struct slice joined(struct http_arena *arena, struct slice a, const char *joint,
                           struct slice b)
{
    size_t len = strlen(joint);

    if (!a.len || !b.len)
        return a.len ? a : b;
    char *text = http_arena_take(arena, a.len + len + b.len);
    memcpy(text, a.data, a.len);
    memcpy(text + a.len, joint, len);
    memcpy(text + a.len + len, b.data, b.len);
    return (struct slice){text, a.len + len + b.len};
}

/* Joins a line to an earlier one of its name, if its grammar is a list. */
static bool join_line(struct http_arena *arena, struct http_pairs *before,
                      const struct http_pair *line)
{
    for (size_t i = 0; i < before->count; i++) {
        struct http_pair *pair = &before->items[i];
        if (!is_same_name(pair->name, line->name))
            continue;
        const char *joint = joint_of(line->name);
        if (joint)
            pair->value = joined(arena, pair->value, joint, line->value);
        return joint != NULL;
    }
    return false;
}

/* The absolute form's host stands for Host (RFC 9112 §3.2.2). */
static void take_authority(struct exchange *exchange)
{
    struct http_pairs *headers = &exchange->request.headers;
    struct slice *target = &exchange->request.target, authority, rest;

    if (!judge_split(*target, &authority, &rest))
        return;
    char *copy = http_arena_take(&exchange->arena, authority.len + rest.len + 1);
    memcpy(copy, authority.data, authority.len);
    size_t at = 0;
    while (at < headers->count && !slice_is_nocase(headers->items[at].name, "Host"))
        at++;
    headers->count += at == headers->count;
    headers->items[at] = (struct http_pair){slice_of("Host"), {copy, authority.len}};
    if (rest.len && rest.data[0] == '/') {
        *target = rest;
        return;
    }
    char *path = copy + authority.len;
    path[0] = !rest.len && strcmp(exchange->request.method, "OPTIONS") == 0 ? '*' : '/';
    memcpy(path + 1, rest.data, rest.len);
    *target = (struct slice){path, rest.len + 1};
}

void request_settle_headers(struct exchange *exchange)
{
    struct http_pairs *headers = &exchange->request.headers, kept = {headers->items, 0};

    for (size_t i = 0; i < headers->count; i++) {
        struct http_pair line = headers->items[i];
        line.value = cut_blanks(line.value);
        if (!join_line(&exchange->arena, &kept, &line))
            kept.items[kept.count++] = line;
    }
    *headers = kept;
    take_authority(exchange);
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
        form_parse_cookies(*header, exchange->conn->server->field_limit, &exchange->arena,
                           &exchange->request.cookies);
}

static void parse_body(struct exchange *exchange)
{
    struct http_request *request = &exchange->request;
    size_t most = exchange->conn->server->field_limit;
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
        if (!form_parse_urlencoded(request->body, most, &exchange->form, &request->form, &err))
            refuse(exchange, 400, "the form cannot be read", &err);
    } else if (slice_is_nocase(media, "multipart/form-data")) {
        if (!form_parse_multipart(*type, request->body, most, &exchange->form, &request->form,
                                  &request->files, &err))
            refuse(exchange, 400, "the form cannot be read", &err);
    }
}

void request_parse_target(struct exchange *exchange)
{
    struct http_request *request = &exchange->request;
    struct err err;

    if (!form_parse_target(request->target, exchange->conn->server->field_limit,
                           &exchange->arena, &request->path, &request->query, &err))
        refuse(exchange, 400, "the address cannot be read", &err);
}

void request_parse(struct exchange *exchange)
{
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
