/* See json_read.h.  Recursive descent, bounded by LIMIT_JSON_DEPTH. */
#include "bind/json_read.h"

#include "base/limits.h"
#include "base/str.h"
#include "bind/bind.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h> /* strtod: the host never sets a locale */
#include <string.h>

enum { USUAL_MEMBERS = 4 /* of an object: room for them is made at once */ };

struct reading {
    lua_State *L;
    const char *start, *at, *end;
    int depth;
    size_t entries;
    const struct json_most *most;
    struct err *err;
};

static bool fail(struct reading *in, const char *what)
{
    return err_set(in->err, ERR_INPUT, "not JSON at byte %zu: %s",
                   (size_t)(in->at - in->start) + 1, what);
}

static int peek(const struct reading *in)
{
    return in->at < in->end ? (unsigned char)*in->at : -1;
}

static bool take(struct reading *in, int c)
{
    if (peek(in) != c)
        return false;
    in->at++;
    return true;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static void skip_space(struct reading *in)
{
    while (peek(in) == ' ' || peek(in) == '\t' || peek(in) == '\n' || peek(in) == '\r')
        in->at++;
}

static bool take_word(struct reading *in, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(in->end - in->at) < len || memcmp(in->at, word, len) != 0)
        return fail(in, "a value was expected");
    in->at += len;
    return true;
}

static bool literal(struct reading *in, int c)
{
    if (!take_word(in, c == 't' ? "true" : c == 'f' ? "false" : "null"))
        return false;
    if (c == 'n')
        lua_pushlightuserdata(in->L, NULL);
    else
        lua_pushboolean(in->L, c == 't');
    return true;
}

/* ---- numbers ---- */

/* Skips digits; false where there is none. */
static bool digits(struct reading *in)
{
    if (!is_digit(peek(in)))
        return fail(in, "a digit was expected");
    while (is_digit(peek(in)))
        in->at++;
    return true;
}

/* Of a whole number without point and exponent; up to 16 digits cannot overflow, 2^53 has 16.
 */
static bool push_integer(struct reading *in, const char *first, bool is_negative)
{
    int64_t value = 0;
    if (in->at - first <= 16)
        for (const char *at = first; at < in->at; at++)
            value = value * 10 + (*at - '0');
    if (in->at - first > 16 || value > JSON_INTEGER_MAX)
        return fail(in, "an integer beyond 2^53 would not stay exact");
    lua_pushinteger(in->L, is_negative ? -value : value);
    return true;
}

static bool push_double(struct reading *in, const char *text)
{
    double value = strtod(text, NULL); /* a Lua string ends with a NUL */
    if (!isfinite(value))
        return err_set(in->err, ERR_INPUT, "a number is too large");
    if (value == floor(value) && fabs(value) <= (double)JSON_INTEGER_MAX)
        lua_pushinteger(in->L, (lua_Integer)value);
    else
        lua_pushnumber(in->L, value);
    return true;
}

static bool number(struct reading *in)
{
    const char *text = in->at;
    bool is_negative = take(in, '-');
    const char *first = in->at;
    if (!take(in, '0') && !digits(in))
        return false;
    if (is_digit(peek(in)))
        return fail(in, "a number does not begin with 0");
    const char *end = in->at;
    if (take(in, '.') && !digits(in))
        return false;
    if (take(in, 'e') || take(in, 'E')) {
        if (!take(in, '+'))
            take(in, '-');
        if (!digits(in))
            return false;
    }
    return in->at == end ? push_integer(in, first, is_negative) : push_double(in, text);
}

/* ---- strings ---- */

/* Four hexadecimal digits; -1 where they are not. */
static int unit(struct reading *in)
{
    int value = 0;
    if (in->end - in->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int c = (unsigned char)in->at[i];
        int lower = c | 0x20;
        if (is_digit(c))
            value = value * 16 + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    in->at += 4;
    return value;
}

static void add_character(struct buf *out, int code)
{
    static const int marks[] = {0xf0, 0xe0, 0xc0};
    int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

    buf_addc(out, (char)(more ? marks[3 - more] | code >> 6 * more : code));
    while (more-- > 0)
        buf_addc(out, (char)(0x80 | (code >> 6 * more & 0x3f)));
}

/* Behind "\u": one unit, or a high surrogate and its low one. */
static bool code_point(struct reading *in, struct buf *out)
{
    int high = unit(in);
    if (high < 0)
        return fail(in, "\\u needs four hexadecimal digits");
    if (high >= 0xd800 && high <= 0xdfff) {
        bool has_pair = high <= 0xdbff && take(in, '\\') && take(in, 'u');
        int low = has_pair ? unit(in) : -1;
        if (low < 0xdc00 || low > 0xdfff)
            return fail(in, "half a surrogate pair");
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    add_character(out, high);
    return true;
}

/* Behind a backslash. */
static bool escape(struct reading *in, struct buf *out)
{
    static const char names[] = "\"\\/bfnrtu", meant[] = "\"\\/\b\f\n\r\t";
    int c = peek(in);
    const char *name = c > 0 ? strchr(names, c) : NULL;
    if (!name)
        return fail(in, "an unknown escape");
    in->at++;
    if (c == 'u')
        return code_point(in, out);
    buf_addc(out, meant[name - names]);
    return true;
}

static bool is_plain(int c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/* Behind the opening quote. */
static bool string(struct reading *in)
{
    struct buf *out = NULL; /* of a string with escapes */
    for (;;) {
        const char *from = in->at;
        while (is_plain(peek(in)))
            in->at++;
        size_t len = (size_t)(in->at - from);
        if (!out && take(in, '"')) {
            lua_pushlstring(in->L, from, len);
            return true;
        }
        out = out ? out : bind_buffer(in->L);
        buf_add(out, from, len);
        if (take(in, '"'))
            return bind_push_buffer(in->L, out);
        if (!take(in, '\\'))
            return fail(in, peek(in) < 0 ? "a string does not end"
                                         : "a control character in a string");
        if (!escape(in, out))
            return false;
    }
}

/* ---- objects and arrays ---- */

static bool value(struct reading *in);

/* Each takes one entry of the table on top. */

static bool member(struct reading *in, lua_Integer nth)
{
    (void)nth;
    skip_space(in);
    if (!take(in, '"'))
        return fail(in, "a member's name was expected");
    if (!string(in))
        return false;
    lua_pushvalue(in->L, -1);
    if (lua_rawget(in->L, -3) != LUA_TNIL)
        return err_set(in->err, ERR_INPUT, "an object names a member twice");
    lua_pop(in->L, 1);
    skip_space(in);
    if (!take(in, ':'))
        return fail(in, "':' was expected");
    if (!value(in))
        return false;
    lua_rawset(in->L, -3);
    return true;
}

static bool element(struct reading *in, lua_Integer nth)
{
    if (!value(in))
        return false;
    lua_rawseti(in->L, -2, nth);
    return true;
}

/* The entries of an object or array, behind its opening bracket. */
static bool entries(struct reading *in, bool (*entry)(struct reading *in, lua_Integer nth),
                    char closing)
{
    lua_Integer count = 0;
    do {
        if (++in->entries > in->most->entries && in->most->entries)
            return err_set(in->err, ERR_LIMIT, "JSON with more than %zu members and elements",
                           in->most->entries);
        if (!entry(in, ++count))
            return false;
    } while (take(in, ','));
    if (!take(in, closing))
        return fail(in, closing == '}' ? "',' or '}' was expected" : "',' or ']' was expected");
    return true;
}

static bool nested(struct reading *in)
{
    bool is_object = *in->at++ == '{';
    if (++in->depth > in->most->depth && in->most->depth)
        return err_set(in->err, ERR_LIMIT, "JSON nested more than %d levels deep",
                       in->most->depth);
    if (in->depth > LIMIT_JSON_DEPTH)
        return fail(in, "nested too deeply");
    luaL_checkstack(in->L, 8, "JSON");
    skip_space(in);
    char closing = is_object ? '}' : ']';
    bool is_empty = take(in, closing);
    lua_createtable(in->L, 0, is_object && !is_empty ? USUAL_MEMBERS : 0);
    if (!is_object)
        luaL_setmetatable(in->L, JSON_ARRAY);
    bool good = is_empty || entries(in, is_object ? member : element, closing);
    in->depth--;
    return good;
}

/* One value with the white space around it. */
static bool value(struct reading *in)
{
    bool good;
    skip_space(in);
    int c = peek(in);
    if (c == '{' || c == '[')
        good = nested(in);
    else if (c == '"')
        good = take(in, '"') && string(in);
    else if (c == '-' || is_digit(c))
        good = number(in);
    else
        good = literal(in, c);
    skip_space(in);
    return good;
}

bool json_read(lua_State *L, struct slice text, const struct json_most *most, struct err *err)
{
    if (text.len > LIMIT_JSON_BYTES)
        return err_set(err, ERR_INPUT, "JSON of %zu bytes is over the limit of %d", text.len,
                       LIMIT_JSON_BYTES);
    if (!str_is_utf8(text))
        return err_set(err, ERR_INPUT, "not JSON: it is not UTF-8");

    struct reading in = {.L = L,
                         .start = text.data,
                         .at = text.data,
                         .end = text.data + text.len,
                         .most = most,
                         .err = err};
    if (!value(&in))
        return false;
    return in.at == in.end || fail(&in, "something follows the value");
}
