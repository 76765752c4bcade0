/* See json_scan.h.  Recursive descent, bounded by LIMIT_JSON_DEPTH. */
#include "bind/json_scan.h"

#include "base/eight.h"
#include "base/limits.h"
#include "base/str.h"

#include <string.h>

struct scan {
    const char *at, *end;
    const char *start, *copied; /* what lies before `copied` is in marked already */
    int depth;
    struct json_scan *ret;
    struct err *err;
};

static bool fail(struct scan *scan, const char *what)
{
    return err_set(scan->err, ERR_INPUT, "not JSON at byte %zu: %s",
                   (size_t)(scan->at - scan->start) + 1, what);
}

static int peek(const struct scan *scan)
{
    return scan->at < scan->end ? (unsigned char)*scan->at : -1;
}

static bool take(struct scan *scan, int c)
{
    if (peek(scan) != c)
        return false;
    scan->at++;
    return true;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static void skip_space(struct scan *scan)
{
    while (peek(scan) == ' ' || peek(scan) == '\t' || peek(scan) == '\n' || peek(scan) == '\r')
        scan->at++;
}

/* Copies the text up to `until`, then the replacement; goes on copying at `from`. */
static void replace(struct scan *scan, const char *until, const char *replacement,
                    const char *from)
{
    buf_add(scan->ret->marked, scan->copied, (size_t)(until - scan->copied));
    buf_adds(scan->ret->marked, replacement);
    scan->copied = from;
}

static bool literal(struct scan *scan, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
        return fail(scan, "a value was expected");
    scan->at += len;
    return true;
}

/* Skips digits; false where there is none. */
static bool digits(struct scan *scan)
{
    if (!is_digit(peek(scan)))
        return fail(scan, "a digit was expected");
    while (is_digit(peek(scan)))
        scan->at++;
    return true;
}

/* Up to 16 digits cannot overflow; 2^53 has 16. */
static bool is_exact(const char *first, const char *end)
{
    int64_t value = 0;
    if (end - first > 16)
        return false;
    for (; first < end; first++)
        value = value * 10 + (*first - '0');
    return value <= JSON_INTEGER_MAX;
}

static bool number(struct scan *scan)
{
    take(scan, '-');
    const char *first = scan->at;
    if (!take(scan, '0') && !digits(scan))
        return false;
    if (is_digit(peek(scan)))
        return fail(scan, "a number does not begin with 0");
    const char *end = scan->at;
    if (take(scan, '.') && !digits(scan))
        return false;
    if (take(scan, 'e') || take(scan, 'E')) {
        if (!take(scan, '+'))
            take(scan, '-');
        if (!digits(scan))
            return false;
    }
    if (scan->at == end && !is_exact(first, end))
        return fail(scan, "an integer beyond 2^53 would not stay exact");
    return true;
}

/* Four hexadecimal digits; -1 where they are not. */
static int unit(struct scan *scan)
{
    int value = 0;
    if (scan->end - scan->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int c = (unsigned char)scan->at[i];
        int lower = c | 0x20;
        if (is_digit(c))
            value = value * 16 + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    scan->at += 4;
    return value;
}

/* Behind "\u": one unit, or a high surrogate and its low one. */
static bool code_point(struct scan *scan)
{
    int high = unit(scan);
    if (high < 0)
        return fail(scan, "\\u needs four hexadecimal digits");
    if (high < 0xd800 || high > 0xdfff)
        return true;
    if (high > 0xdbff || !take(scan, '\\') || !take(scan, 'u'))
        return fail(scan, "half a surrogate pair");
    int low = unit(scan);
    if (low < 0xdc00 || low > 0xdfff)
        return fail(scan, "half a surrogate pair");
    return true;
}

static bool escape(struct scan *scan)
{
    int c = peek(scan);
    if (c < 0 || !memchr("\"\\/bfnrtu", c, 9))
        return fail(scan, "an unknown escape");
    scan->at++;
    return c != 'u' || code_point(scan);
}

/* The characters of a string that mean themselves. */
static void skip_plain(struct scan *scan)
{
    for (; scan->end - scan->at >= 8; scan->at += 8) {
        uint64_t eight = eight_at(scan->at);
        if (eight_below(eight, 0x20) | eight_is(eight, '"') | eight_is(eight, '\\'))
            break;
    }
    while (peek(scan) >= 0x20 && *scan->at != '"' && *scan->at != '\\')
        scan->at++;
}

/* Behind the opening quote. */
static bool string_rest(struct scan *scan)
{
    for (;;) {
        skip_plain(scan);
        int c = peek(scan);
        if (c < 0)
            return fail(scan, "a string does not end");
        if (c < 0x20)
            return fail(scan, "a control character in a string");
        scan->at++;
        if (c == '"')
            return true;
        if (c == '\\' && !escape(scan))
            return false;
    }
}

static bool string_value(struct scan *scan)
{
    scan->at++;
    if (scan->end - scan->at >= 6 && !memcmp(scan->at, "\\u0001", 6))
        replace(scan, scan->at, "\\u0001", scan->at);
    return string_rest(scan);
}

static bool value(struct scan *scan);

static bool member(struct scan *scan)
{
    skip_space(scan);
    if (!take(scan, '"'))
        return fail(scan, "a member's name was expected");
    if (!string_rest(scan))
        return false;
    skip_space(scan);
    if (!take(scan, ':'))
        return fail(scan, "':' was expected");
    return value(scan);
}

/* The entries of an object or array, behind its opening bracket. */
static bool entries(struct scan *scan, bool (*entry)(struct scan *scan), char closing)
{
    do {
        if (++scan->ret->entries > scan->ret->max_entries && scan->ret->max_entries)
            return err_set(scan->err, ERR_LIMIT, "JSON with more than %zu members and elements",
                           scan->ret->max_entries);
        if (!entry(scan))
            return false;
    } while (take(scan, ','));
    if (!take(scan, closing))
        return fail(scan,
                    closing == '}' ? "',' or '}' was expected" : "',' or ']' was expected");
    return true;
}

static bool nested(struct scan *scan)
{
    const char *opening = scan->at++;
    if (++scan->depth > scan->ret->max_depth && scan->ret->max_depth)
        return err_set(scan->err, ERR_LIMIT, "JSON nested more than %d levels deep",
                       scan->ret->max_depth);
    if (scan->depth > LIMIT_JSON_DEPTH)
        return fail(scan, "nested too deeply");
    skip_space(scan);
    bool good;
    if (*opening == '{') {
        good = take(scan, '}') || entries(scan, member, '}');
    } else if (take(scan, ']')) {
        replace(scan, opening, "\"\\u0001[]\"", scan->at);
        good = true;
    } else {
        good = entries(scan, value, ']');
    }
    scan->depth--;
    return good;
}

/* One value with the white space around it. */
static bool value(struct scan *scan)
{
    bool good;
    skip_space(scan);
    int c = peek(scan);
    if (c == '{' || c == '[')
        good = nested(scan);
    else if (c == '"')
        good = string_value(scan);
    else if (c == '-' || is_digit(c))
        good = number(scan);
    else
        good = literal(scan, c == 't' ? "true" : c == 'f' ? "false" : "null");
    skip_space(scan);
    return good;
}

bool json_scan(struct slice text, struct json_scan *ret, struct err *err)
{
    if (text.len > LIMIT_JSON_BYTES)
        return err_set(err, ERR_INPUT, "JSON of %zu bytes is over the limit of %d", text.len,
                       LIMIT_JSON_BYTES);
    if (!str_is_utf8(text))
        return err_set(err, ERR_INPUT, "not JSON: it is not UTF-8");

    struct scan scan = {.at = text.data,
                        .end = text.data + text.len,
                        .start = text.data,
                        .copied = text.data,
                        .ret = ret,
                        .err = err};
    if (!value(&scan))
        return false;
    if (scan.at < scan.end)
        return fail(&scan, "something follows the value");
    if (ret->marked->len > 0)
        replace(&scan, scan.end, "", scan.end);
    return true;
}
