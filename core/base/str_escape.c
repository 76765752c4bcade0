/* The escapes of HTML and JSON.  Runs without anything to escape are copied whole: pages are
 * made of them. */
#include "base/str.h"

static const char *html_escape(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

bool str_html_is_plain(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (html_escape(text.data[i]))
            return false;
    return true;
}

void str_html(struct slice text, struct buf *out)
{
    size_t copied = 0;

    buf_reserve(out, text.len);
    for (size_t i = 0; i < text.len; i++) {
        const char *escape = html_escape(text.data[i]);
        if (!escape)
            continue;
        buf_add(out, text.data + copied, i - copied);
        buf_adds(out, escape);
        copied = i + 1;
    }
    if (copied < text.len)
        buf_add(out, text.data + copied, text.len - copied);
}

static bool is_plain_json(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
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
        while (i < text.len && is_plain_json((unsigned char)text.data[i]))
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
