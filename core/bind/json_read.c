/* See json_read.h.  Recursive descent, bounded by LIMIT_JSON_DEPTH; what is read lies on the
 * stack. */
#include "bind/json_read.h"

#include "base/eight.h"
#include "base/limits.h"
#include "base/str.h"
#include "bind/bind.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h> /* strtod: the host never sets a locale */
#include <string.h>

enum { MEMBERS = 4 }; /* that an object has room for at first */

struct reading {
    lua_State *L;
    const char *start, *at, *end;
    int depth;
    size_t entries;
    const struct json_allowed *allowed;
    struct err *err;
};

static bool fail(struct reading *reading, const char *what)
{
    return err_set(reading->err, ERR_INPUT, "not JSON at byte %zu: %s",
                   (size_t)(reading->at - reading->start) + 1, what);
}

static int peek(const struct reading *reading)
{
    return reading->at < reading->end ? (unsigned char)*reading->at : -1;
}

static bool take(struct reading *reading, int c)
{
    if (peek(reading) != c)
        return false;
    reading->at++;
    return true;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static void skip_space(struct reading *reading)
{
    for (int c = peek(reading); c == ' ' || c == '\t' || c == '\n' || c == '\r';
         c = peek(reading))
        reading->at++;
}

static bool word(struct reading *reading, int first)
{
    const char *text = first == 't' ? "true" : first == 'f' ? "false" : "null";
    size_t len = strlen(text);
    if ((size_t)(reading->end - reading->at) < len || memcmp(reading->at, text, len) != 0)
        return fail(reading, "a value was expected");
    reading->at += len;
    if (*text == 'n')
        lua_pushlightuserdata(reading->L, NULL);
    else
        lua_pushboolean(reading->L, *text == 't');
    return true;
}

/* ---- numbers ---- */

/* Skips digits; false where there is none. */
static bool digits(struct reading *reading)
{
    if (!is_digit(peek(reading)))
        return fail(reading, "a digit was expected");
    while (is_digit(peek(reading)))
        reading->at++;
    return true;
}

/* The digits up to here; 16 of them cannot overflow, and 2^53 has 16. */
static bool push_integer(struct reading *reading, const char *first, bool negative)
{
    int64_t value = 0;
    for (const char *p = first; p < reading->at && p - first < 17; p++)
        value = value * 10 + (*p - '0');
    if (reading->at - first > 16 || value > JSON_INTEGER_MAX)
        return fail(reading, "an integer beyond 2^53 would not stay exact");
    lua_pushinteger(reading->L, negative ? -value : value);
    return true;
}

static bool push_float(struct reading *reading, const char *from)
{
    double value = strtod(from, NULL);
    if (!isfinite(value))
        return err_set(reading->err, ERR_INPUT, "a number is too large");
    if (value == floor(value) && fabs(value) <= (double)JSON_INTEGER_MAX)
        lua_pushinteger(reading->L, (lua_Integer)value);
    else
        lua_pushnumber(reading->L, value);
    return true;
}

static bool number(struct reading *reading)
{
    const char *from = reading->at;
    bool negative = take(reading, '-');
    const char *first = reading->at;
    if (!take(reading, '0') && !digits(reading))
        return false;
    if (is_digit(peek(reading)))
        return fail(reading, "a number does not begin with 0");
    const char *end = reading->at;
    if (take(reading, '.') && !digits(reading))
        return false;
    if (take(reading, 'e') || take(reading, 'E')) {
        if (!take(reading, '+'))
            take(reading, '-');
        if (!digits(reading))
            return false;
    }
    return reading->at == end ? push_integer(reading, first, negative)
                              : push_float(reading, from);
}

/* ---- strings ---- */

/* Four hexadecimal digits; -1 where they are not. */
static int unit(struct reading *reading)
{
    int value = 0;
    if (reading->end - reading->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int c = (unsigned char)reading->at[i];
        int lower = c | 0x20;
        if (is_digit(c))
            value = value * 16 + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    reading->at += 4;
    return value;
}

/* Behind "\u": one unit, or a high surrogate and its low one. */
static bool code_point(struct reading *reading, struct buf *text)
{
    int code = unit(reading);
    if (code < 0)
        return fail(reading, "\\u needs four hexadecimal digits");
    if (code >= 0xd800 && code <= 0xdfff) {
        bool has_low = code <= 0xdbff && take(reading, '\\') && take(reading, 'u');
        int low = has_low ? unit(reading) : -1;
        if (low < 0xdc00 || low > 0xdfff)
            return fail(reading, "half a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    size_t len;
    lua_pushfstring(reading->L, "%U", (long)code);
    const char *bytes = lua_tolstring(reading->L, -1, &len);
    buf_add(text, bytes, len);
    lua_pop(reading->L, 1);
    return true;
}

/* Behind a backslash. */
static bool escape(struct reading *reading, struct buf *text)
{
    static const char names[] = "\"\\/bfnrtu", meant[] = "\"\\/\b\f\n\r\t";
    int c = peek(reading);
    const char *at = c < 0 ? NULL : memchr(names, c, sizeof names - 1);
    if (!at)
        return fail(reading, "an unknown escape");
    reading->at++;
    if (c == 'u')
        return code_point(reading, text);
    buf_addc(text, meant[at - names]);
    return true;
}

/* The characters of a string that mean themselves. */
static void skip_plain(struct reading *reading)
{
    for (; reading->end - reading->at >= 8; reading->at += 8) {
        uint64_t eight = eight_at(reading->at);
        if (eight_below(eight, 0x20) | eight_is(eight, '"') | eight_is(eight, '\\'))
            break;
    }
    while (peek(reading) >= 0x20 && *reading->at != '"' && *reading->at != '\\')
        reading->at++;
}

/* A string that does not end at its first plain characters, which begin at `from`. */
static bool escaped(struct reading *reading, const char *from)
{
    struct buf *text = bind_buffer(reading->L);
    for (;;) {
        buf_add(text, from, (size_t)(reading->at - from));
        int c = peek(reading);
        if (c < 0)
            return fail(reading, "a string does not end");
        if (c < 0x20)
            return fail(reading, "a control character in a string");
        reading->at++;
        if (c == '"')
            break;
        if (!escape(reading, text))
            return false;
        from = reading->at;
        skip_plain(reading);
    }
    lua_pushlstring(reading->L, text->data, text->len);
    return true;
}

/* Behind the opening quote. */
static bool string(struct reading *reading)
{
    const char *from = reading->at;
    skip_plain(reading);
    if (peek(reading) != '"')
        return escaped(reading, from);
    lua_pushlstring(reading->L, from, (size_t)(reading->at - from));
    reading->at++;
    return true;
}

/* ---- objects and arrays ---- */

static bool value(struct reading *reading);

/* Into the object on top. */
static bool member(struct reading *reading)
{
    lua_State *L = reading->L;
    skip_space(reading);
    if (!take(reading, '"'))
        return fail(reading, "a member's name was expected");
    if (!string(reading))
        return false;
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL)
        return err_set(reading->err, ERR_INPUT, "an object names a member twice");
    lua_pop(L, 1);
    skip_space(reading);
    if (!take(reading, ':'))
        return fail(reading, "':' was expected");
    if (!value(reading))
        return false;
    lua_rawset(L, -3);
    return true;
}

/* Into the array on top. */
static bool element(struct reading *reading)
{
    lua_Integer place = (lua_Integer)lua_rawlen(reading->L, -1) + 1;
    if (!value(reading))
        return false;
    lua_rawseti(reading->L, -2, place);
    return true;
}

/* The entries of an object or array, behind its opening bracket. */
static bool entries(struct reading *reading, bool (*entry)(struct reading *reading),
                    char closing)
{
    size_t most = reading->allowed->entries;
    do {
        if (++reading->entries > most && most)
            return err_set(reading->err, ERR_LIMIT,
                           "JSON with more than %zu members and elements", most);
        if (!entry(reading))
            return false;
    } while (take(reading, ','));
    if (!take(reading, closing))
        return fail(reading,
                    closing == '}' ? "',' or '}' was expected" : "',' or ']' was expected");
    return true;
}

static bool object(struct reading *reading)
{
    skip_space(reading);
    bool is_empty = take(reading, '}');
    lua_createtable(reading->L, 0, is_empty ? 0 : MEMBERS);
    return is_empty || entries(reading, member, '}');
}

static bool array(struct reading *reading)
{
    skip_space(reading);
    lua_newtable(reading->L);
    luaL_setmetatable(reading->L, JSON_ARRAY);
    return take(reading, ']') || entries(reading, element, ']');
}

static bool nested(struct reading *reading, bool (*read)(struct reading *reading))
{
    int most = reading->allowed->depth;
    if (++reading->depth > most && most)
        return err_set(reading->err, ERR_LIMIT, "JSON nested more than %d levels deep", most);
    if (reading->depth > LIMIT_JSON_DEPTH)
        return fail(reading, "nested too deeply");
    luaL_checkstack(reading->L, 8, "JSON");
    bool good = read(reading);
    reading->depth--;
    return good;
}

/* One value with the white space around it, onto the stack. */
static bool value(struct reading *reading)
{
    bool good;
    skip_space(reading);
    int c = peek(reading);
    if (c == '-' || is_digit(c))
        good = number(reading);
    else if (take(reading, '"'))
        good = string(reading);
    else if (take(reading, '{'))
        good = nested(reading, object);
    else if (take(reading, '['))
        good = nested(reading, array);
    else
        good = word(reading, c);
    skip_space(reading);
    return good;
}

bool json_read(lua_State *L, struct slice text, const struct json_allowed *allowed,
               struct err *err)
{
    if (text.len > LIMIT_JSON_BYTES)
        return err_set(err, ERR_INPUT, "JSON of %zu bytes is over the limit of %d", text.len,
                       LIMIT_JSON_BYTES);
    if (!str_is_utf8(text))
        return err_set(err, ERR_INPUT, "not JSON: it is not UTF-8");

    struct reading reading = {.L = L,
                              .start = text.data,
                              .at = text.data,
                              .end = text.data + text.len,
                              .allowed = allowed,
                              .err = err};
    if (!value(&reading))
        return false;
    return reading.at == reading.end || fail(&reading, "something follows the value");
}
