/* The escapes of HTML, JSON and a shell.  Runs without anything to escape are copied whole:
 * pages are made of them. */
#include "base/str.h"

#include "base/eight.h"

#include <string.h>

static const char *const html_escapes[UINT8_MAX + 1] = {
    ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};

static const char *html_escape(char c)
{
    return html_escapes[(unsigned char)c];
}

/* & and ', like < and >, differ in one bit. */
static bool eight_are_plain_html(uint64_t eight)
{
    return !(eight_is(eight | EIGHT_ONES, '\'') | eight_is(eight | EIGHT_ONES * 2, '>') |
             eight_is(eight, '"'));
}

/* Where the first character is that is escaped, from `at` on; or the end. */
static size_t html_until(struct slice text, size_t at)
{
    while (text.len - at >= 8 && eight_are_plain_html(eight_at(text.data + at)))
        at += 8;
    while (at < text.len && !html_escape(text.data[at]))
        at++;
    return at;
}

bool str_html_is_plain(struct slice text)
{
    return html_until(text, 0) == text.len;
}

void str_html(struct slice text, struct buf *out)
{
    buf_reserve(out, text.len);
    for (size_t at = 0; at < text.len;) {
        size_t stop = html_until(text, at);
        buf_add(out, text.data + at, stop - at);
        if (stop < text.len)
            buf_adds(out, html_escape(text.data[stop]));
        at = stop + 1;
    }
}

void str_shell(struct slice text, struct buf *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:@%+,=";
    size_t good = 0;

    while (good < text.len && memchr(plain, text.data[good], sizeof plain - 1))
        good++;
    if (text.len > 0 && good == text.len) {
        buf_add(out, text.data, text.len);
        return;
    }
    buf_addc(out, '\'');
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, text.data[i]);
    buf_addc(out, '\'');
}

static const bool plain_json[UINT8_MAX + 1] = {
    [' '] = true, ['!'] = true, ['#' ... '['] = true, [']' ... 0x7F] = true};

static bool eight_are_plain_json(uint64_t eight)
{
    return !(eight_below(eight, 0x20) | eight_beyond_ascii(eight) | eight_is(eight, '"') |
             eight_is(eight, '\\'));
}

static void json_escape(unsigned char c, struct buf *out)
{
    switch (c) {
    case '"':
    case '\\':
        buf_addc(out, '\\');
        buf_addc(out, (char)c);
        break;
    case '\n':
        buf_adds(out, "\\n");
        break;
    case '\r':
        buf_adds(out, "\\r");
        break;
    case '\t':
        buf_adds(out, "\\t");
        break;
    default:
        buf_addf(out, "\\u%04x", c);
    }
}

void str_json(struct slice text, struct buf *out)
{
    buf_reserve(out, text.len + 2);
    buf_addc(out, '"');
    for (size_t i = 0; i < text.len;) {
        size_t start = i;
        while (text.len - i >= 8 && eight_are_plain_json(eight_at(text.data + i)))
            i += 8;
        while (i < text.len && plain_json[(unsigned char)text.data[i]])
            i++;
        buf_add(out, text.data + start, i - start);
        if (i == text.len)
            break;
        size_t len = str_character((struct slice){text.data + i, text.len - i});
        if (len == 1)
            json_escape((unsigned char)text.data[i], out);
        else if (len > 1)
            buf_add(out, text.data + i, len);
        else
            buf_adds(out, STR_REPLACEMENT);
        i += len ? len : 1;
    }
    buf_addc(out, '"');
}
