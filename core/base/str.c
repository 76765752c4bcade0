/* Text in the forms of protocols.  See str.h; the escapes of HTML and JSON are in
 * str_escape.c. */
#include "base/str.h"

#include <string.h>

/* ---- UTF-8 ---- */

static bool continues(const unsigned char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((text[i] & 0xC0) != 0x80)
            return false;
    return true;
}

size_t str_character(struct slice text)
{
    const unsigned char *s = (const unsigned char *)text.data;

    if (text.len == 0)
        return 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xC2) /* a continuation, or a form longer than needed */
        return 0;
    if (s[0] < 0xE0)
        return text.len >= 2 && continues(s + 1, 1) ? 2 : 0;
    if (s[0] < 0xF0) {
        if (text.len < 3 || !continues(s + 1, 2) || (s[0] == 0xE0 && s[1] < 0xA0) ||
            (s[0] == 0xED && s[1] > 0x9F)) /* too long; a surrogate */
            return 0;
        return 3;
    }
    if (s[0] > 0xF4 || text.len < 4 || !continues(s + 1, 3) || (s[0] == 0xF0 && s[1] < 0x90) ||
        (s[0] == 0xF4 && s[1] > 0x8F)) /* too long; above U+10FFFF */
        return 0;
    return 4;
}

bool str_is_utf8(struct slice text)
{
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    size_t at = 0;

    while (at < text.len) {
        uint64_t eight;
        if (text.len - at >= sizeof eight) { /* most texts are mostly ASCII */
            memcpy(&eight, text.data + at, sizeof eight);
            if (!(eight & high_bits)) {
                at += sizeof eight;
                continue;
            }
        }
        size_t len = str_character((struct slice){text.data + at, text.len - at});
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

/* ---- hexadecimal and base64url ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

void str_hex(struct slice bytes, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";

    buf_reserve(out, bytes.len * 2);
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        buf_addc(out, digits[byte >> 4]);
        buf_addc(out, digits[byte & 15]);
    }
}

bool str_unhex(struct slice text, struct buf *out)
{
    if (text.len % 2 != 0)
        return false;
    buf_reserve(out, text.len / 2);
    for (size_t i = 0; i < text.len; i += 2) {
        int high = hex_digit(text.data[i]), low = hex_digit(text.data[i + 1]);
        if (high < 0 || low < 0)
            return false;
        buf_addc(out, (char)(high << 4 | low));
    }
    return true;
}

void str_base64url(struct slice bytes, struct buf *out)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    int have = 0;

    buf_reserve(out, bytes.len / 3 * 4 + 4);
    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | (unsigned char)bytes.data[i];
        for (have += 8; have >= 6; have -= 6)
            buf_addc(out, digits[bits >> (have - 6) & 63]);
    }
    if (have)
        buf_addc(out, digits[bits << (6 - have) & 63]);
}

static int base64url_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool str_unbase64url(struct slice text, struct buf *out)
{
    uint32_t bits = 0;
    int have = 0;

    if (text.len % 4 == 1)
        return false;
    buf_reserve(out, text.len / 4 * 3 + 3);
    for (size_t i = 0; i < text.len; i++) {
        int digit = base64url_digit(text.data[i]);
        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        if (have >= 8) {
            have -= 8;
            buf_addc(out, (char)(bits >> have & 255));
        }
    }
    return (bits & ((1U << have) - 1)) == 0; /* one text for one value */
}

bool str_percent_decode(struct slice text, bool plus, struct buf *out)
{
    buf_reserve(out, text.len);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '%') {
            if (text.len - i < 3)
                return false;
            int high = hex_digit(text.data[i + 1]), low = hex_digit(text.data[i + 2]);
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        buf_addc(out, c);
    }
    return true;
}

/* ---- HTTP's words, numbers ---- */

static bool is_token_char(char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return true;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

bool str_is_token(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_token_char(text.data[i]))
            return false;
    return text.len > 0;
}

bool str_is_field_value(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

bool str_to_int64(struct slice text, int64_t min, int64_t max, int64_t *ret)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    int64_t number = 0;
    size_t i = negative ? 1 : 0;

    if (i == text.len)
        return false;
    for (; i < text.len; i++) {
        int digit = text.data[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, negative ? -digit : digit, &number))
            return false;
    }
    if (number < min || number > max)
        return false;
    *ret = number;
    return true;
}
