/* Text in the forms of protocols.  See str.h; the escapes of HTML and JSON are in
 * str_escape.c. */
#include "base/str.h"

#include "base/eight.h"

#include <sodium/utils.h>
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
    size_t at = 0;

    while (at < text.len) {
        if (text.len - at >= 8 && !eight_beyond_ascii(eight_at(text.data + at))) {
            at += 8;
            continue;
        }
        if (!((unsigned char)text.data[at] & 0x80)) {
            at++;
            continue;
        }
        size_t len = str_character((struct slice){text.data + at, text.len - at});
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

/* ---- hexadecimal, base64 and base64url: in constant time, most by libsodium ---- */

enum {
    BASE64 = sodium_base64_VARIANT_ORIGINAL,
    BASE64URL = sodium_base64_VARIANT_URLSAFE_NO_PADDING
};

/* Where `more` bytes can be written behind what is there. */
static char *room(struct buf *out, size_t more)
{
    buf_reserve(out, more);
    return out->data + out->len;
}

static bool grow(struct buf *out, bool good, size_t len)
{
    out->len += good ? len : 0;
    out->data[out->len] = '\0';
    return good;
}

void str_hex(struct slice bytes, struct buf *out)
{
    size_t len = bytes.len * 2;

    sodium_bin2hex(room(out, len), len + 1, (const unsigned char *)bytes.data, bytes.len);
    grow(out, true, len);
}

bool str_unhex(struct slice text, struct buf *out)
{
    unsigned char *bytes = (unsigned char *)room(out, text.len / 2);
    size_t len = 0;
    int failed = sodium_hex2bin(bytes, text.len / 2, text.data, text.len, NULL, &len, NULL);

    return grow(out, !failed, len);
}

/* All of it lies in one line of the processor's memory, so that looking a secret up in it takes
 * the same time whatever it is. */
static const char base64url[] __attribute__((aligned(64))) =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Of three bytes, those that are there no more as zeros; all four characters are written. */
static void group_of(const unsigned char *bytes, size_t count, char *at)
{
    uint32_t group = (uint32_t)bytes[0] << 16;

    if (count > 1)
        group |= (uint32_t)bytes[1] << 8;
    if (count > 2)
        group |= bytes[2];
    at[0] = base64url[group >> 18];
    at[1] = base64url[group >> 12 & 63];
    at[2] = base64url[group >> 6 & 63];
    at[3] = base64url[group & 63];
}

void str_base64url(struct slice bytes, struct buf *out)
{
    const unsigned char *from = (const unsigned char *)bytes.data;
    char *at = room(out, (bytes.len + 2) / 3 * 4);

    for (size_t i = 0; i < bytes.len; i += 3, at += 4)
        group_of(from + i, bytes.len - i, at);
    grow(out, true, (bytes.len * 4 + 2) / 3);
}

static bool of_base64(struct slice text, int variant, struct buf *out)
{
    size_t most = text.len / 4 * 3 + 3, len = 0;
    unsigned char *bytes = (unsigned char *)room(out, most);
    int failed = sodium_base642bin(bytes, most, text.data, text.len, NULL, &len, NULL, variant);

    return grow(out, !failed, len);
}

bool str_unbase64url(struct slice text, struct buf *out)
{
    return of_base64(text, BASE64URL, out);
}

void str_base64(struct slice bytes, struct buf *out)
{
    size_t size = sodium_base64_encoded_len(bytes.len, BASE64); /* with a NUL */

    sodium_bin2base64(room(out, size), size, (const unsigned char *)bytes.data, bytes.len,
                      BASE64);
    grow(out, true, size - 1);
}

bool str_unbase64(struct slice text, struct buf *out)
{
    return of_base64(text, BASE64, out);
}

/* ---- percent-encoding ---- */

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

/* The byte that the %XX at `at` stands for; -1: for none. */
static int percent_byte(struct slice text, size_t at)
{
    if (text.len - at < 3)
        return -1;
    int high = hex_digit(text.data[at + 1]), low = hex_digit(text.data[at + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool str_percent_decode(struct slice text, bool plus, char *out, size_t *ret_len)
{
    char *at = out;

    for (size_t i = 0; i < text.len; i++) {
        int c = (unsigned char)text.data[i];
        if (c == '%') {
            c = percent_byte(text, i);
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        if (c < 0)
            return false;
        *at++ = (char)c;
    }
    *ret_len = (size_t)(at - out);
    return true;
}

/* ---- HTTP's words, numbers ---- */

static const bool of_token[UINT8_MAX + 1] = {
    ['0' ... '9'] = true,  ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['!'] = true,
    ['#' ... '\''] = true, ['*'] = true,         ['+'] = true,         ['-'] = true,
    ['.'] = true,          ['^' ... '`'] = true, ['|'] = true,         ['~'] = true,
};

bool str_is_token(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!of_token[(unsigned char)text.data[i]])
            return false;
    return text.len > 0;
}

/* Where a byte is that may be a control character, from `at` on; or the end. */
static size_t plain_until(struct slice text, size_t at)
{
    for (; text.len - at >= 8; at += 8) {
        uint64_t eight = eight_at(text.data + at);
        if (eight_below(eight, 0x20) | eight_is(eight, 0x7F))
            break;
    }
    return at;
}

bool str_is_field_value(struct slice text)
{
    for (size_t i = plain_until(text, 0); i < text.len; i++) {
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

/* Every bit of the word moves low ones and high ones. */
static uint64_t mix(uint64_t hash)
{
    hash = (hash << 29 | hash >> 35) * UINT64_C(0xBF58476D1CE4E5B9);
    return hash ^ hash >> 32;
}

uint64_t str_hash(uint64_t before, const char *text)
{
    uint64_t word;
    size_t len = strlen(text);

    for (; len >= sizeof word; text += sizeof word, len -= sizeof word) {
        memcpy(&word, text, sizeof word);
        before = mix(before ^ word);
    }
    for (word = 0xFF; len > 0; text++, len--) /* in front: no text begins like this */
        word = word << 8 | (unsigned char)*text;
    return mix(before ^ word);
}
