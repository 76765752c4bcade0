/* Urlencoded forms and request targets: what was read can be written again and read the same.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "base/str.h"
#include "http/form.h"

#include <string.h>

static void write_text(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++)
        buf_addf(out, "%%%02X", (unsigned char)text.data[i]);
}

static void same_text(struct slice a, struct slice b)
{
    MUST(a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0));
}

static void reads_the_same(const struct http_pairs *pairs)
{
    struct http_arena arena = {0};
    struct http_pairs again;
    struct buf text = {0};
    struct err err;

    for (size_t i = 0; i < pairs->count; i++) {
        write_text(pairs->items[i].name, &text);
        buf_addc(&text, '=');
        write_text(pairs->items[i].value, &text);
        buf_addc(&text, '&');
    }
    MUST(form_parse_urlencoded((struct slice){text.data, text.len}, LIMIT_FORM_FIELDS, &arena,
                               &again, &err));
    MUST(again.count == pairs->count);
    for (size_t i = 0; i < again.count; i++) {
        same_text(again.items[i].name, pairs->items[i].name);
        same_text(again.items[i].value, pairs->items[i].value);
    }
    buf_done(&text);
    http_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size}, path;
    struct http_arena arena = {0};
    struct http_pairs pairs;
    struct err err;

    if (form_parse_urlencoded(text, LIMIT_FORM_FIELDS, &arena, &pairs, &err)) {
        MUST(pairs.count <= LIMIT_FORM_FIELDS);
        reads_the_same(&pairs);
    } else {
        MUST(err.kind == ERR_INPUT || err.kind == ERR_LIMIT);
    }
    if (form_parse_target(text, LIMIT_FORM_FIELDS, &arena, &path, &pairs, &err)) {
        MUST(str_is_utf8(path));
        MUST(path.len == 0 || !memchr(path.data, '\0', path.len));
        reads_the_same(&pairs);
    }
    http_arena_done(&arena);
    return 0;
}
