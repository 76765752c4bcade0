/*
 * The headers that the host reads itself: Cookie, Accept-Encoding, If-None-Match.  The input is
 * a value; it is read as each of them.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "base/str.h"
#include "http/form.h"
#include "http/negotiate.h"

#include <string.h>

static const char etag[] = "\"0123456789abcdef\"";

static void read_cookies(struct slice value)
{
    struct http_arena arena = {0};
    struct http_pairs cookies;

    form_parse_cookies(value, LIMIT_FORM_FIELDS, &arena, &cookies);
    MUST(cookies.count <= LIMIT_FORM_FIELDS);
    for (size_t i = 0; i < cookies.count; i++) {
        const struct http_pair *cookie = &cookies.items[i];
        MUST(str_is_token(cookie->name));
        MUST(cookie->value.len == 0 || !memchr(cookie->value.data, ';', cookie->value.len));
        MUST(cookie->value.len <= value.len);
    }
    http_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice value = {(const char *)data, size};
    struct http_pair pairs[] = {{slice_of("Accept-Encoding"), value},
                                {slice_of("If-None-Match"), value}};
    struct http_pairs headers = {pairs, 2};

    read_cookies(value);
    if (negotiate_gzip(&headers))
        MUST(size > 0);
    if (negotiate_none_match(&headers, etag))
        MUST(memmem(data, size, etag, sizeof etag - 1) || memchr(data, '*', size));
    return 0;
}
