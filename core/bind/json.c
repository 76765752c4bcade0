/*
 * host.json: texts are decoded by lua-cjson, made strict and exact, and written straight from
 * the value.
 *
 * decode: json_scan() judges the text and marks what cjson would lose; cjson builds the value;
 * settle() then turns whole numbers within ±2^53 into integers (JSON has one kind of number: 1,
 * 1.0 and 1e0 all become the integer 1; larger whole ones written with a point or an exponent
 * stay floats), marks become arrays again, and arrays are tagged so that one which is emptied
 * is still written as [].  cjson keeps the last of two members of one name, so counting the
 * entries of text and value finds them.
 *
 * encode: the order of an object's members is not defined.
 *
 * What is encoded comes from the script, so whatever cannot be encoded raises; a text to be
 * decoded comes from the world, so it fails with "input".
 */
#include "base/limits.h"
#include "base/str.h"
#include "bind/bind.h"
#include "bind/class.h"
#include "bind/json_scan.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h> /* strtod: the host never sets a locale */
#include <string.h>

int luaopen_cjson(lua_State *L); /* the library has no header */

static const char ARRAY[] = "host.json.array";
static char decode_key; /* cjson's function in the registry */

/* ---- decode ---- */

struct settled {
    size_t entries;
    bool infinite; /* a number that no double holds */
};

static bool is_whole(double number)
{
    return number == floor(number) && fabs(number) <= (double)JSON_INTEGER_MAX;
}

/* Replaces the string on top where it is marked. */
static bool settle_string(lua_State *L)
{
    size_t len;
    const char *text = lua_tolstring(L, -1, &len);
    if (len == 0 || text[0] != JSON_MARK)
        return false;
    if (len == sizeof JSON_EMPTY_ARRAY - 1 && !memcmp(text, JSON_EMPTY_ARRAY, len)) {
        lua_newtable(L);
        luaL_setmetatable(L, ARRAY);
    } else {
        lua_pushlstring(L, text + 1, len - 1);
    }
    lua_replace(L, -2);
    return true;
}

static bool settle_number(lua_State *L, struct settled *settled)
{
    double number = lua_tonumber(L, -1);
    if (!isfinite(number))
        settled->infinite = true;
    if (!is_whole(number))
        return false;
    lua_pop(L, 1);
    lua_pushinteger(L, (lua_Integer)number);
    return true;
}

/* Settles the value on top, in place; true where it is now another one. */
static bool settle(lua_State *L, struct settled *settled)
{
    int type = lua_type(L, -1);
    if (type == LUA_TNUMBER)
        return settle_number(L, settled);
    if (type == LUA_TSTRING)
        return settle_string(L);
    if (type != LUA_TTABLE)
        return false;

    luaL_checkstack(L, 8, "JSON");
    bool array = false;
    lua_pushnil(L);
    while (lua_next(L, -2)) { /* table, key, value */
        settled->entries++;
        array = lua_type(L, -2) == LUA_TNUMBER;
        if (settle(L, settled)) {
            lua_pushvalue(L, -2);
            lua_insert(L, -2);
            lua_rawset(L, -4); /* table, key */
        } else {
            lua_pop(L, 1);
        }
    }
    if (array)
        luaL_setmetatable(L, ARRAY);
    return false;
}

static int refuse(lua_State *L, const char *why)
{
    struct err err;
    err_set(&err, ERR_INPUT, "%s", why);
    return bind_fail(L, &err);
}

/* A whole number of the options at 2, from 1 on; 0 where there is none. */
static int64_t check_option(lua_State *L, const char *name)
{
    int whole = 1;
    lua_Integer number = 0;
    if (lua_getfield(L, 2, name) != LUA_TNIL)
        number = lua_tointegerx(L, -1, &whole);
    if (!whole || number < 0 || number > INT32_MAX)
        bind_arg_error(L, 2, "%s is no number of them", name);
    lua_pop(L, 1);
    return number;
}

/* json.decode(text, {depth=, entries=}?) -> value | nil, message, "input" or "limit" */
static int l_decode(lua_State *L)
{
    struct slice text = bind_slice(L, 1);
    struct json_scan scan = {.marked = bind_buffer(L)};
    if (!lua_isnil(L, 2)) {
        bind_check_table(L, 2);
        scan.max_depth = (int)check_option(L, "depth");
        scan.max_entries = (size_t)check_option(L, "entries");
    }
    struct err err;
    if (!json_scan(text, &scan, &err))
        return bind_fail(L, &err);

    lua_rawgetp(L, LUA_REGISTRYINDEX, &decode_key);
    if (scan.marked->len > 0)
        bind_push_buffer(L, scan.marked);
    else
        lua_pushvalue(L, 1);
    int status = lua_pcall(L, 1, 1, 0);
    if (status == LUA_ERRRUN) /* cjson is stricter than the standard somewhere */
        return refuse(L, lua_tostring(L, -1));
    if (status != LUA_OK)
        return lua_error(L);

    struct settled settled = {0};
    settle(L, &settled);
    if (settled.infinite)
        return refuse(L, "a number is too large");
    if (settled.entries != scan.entries)
        return refuse(L, "an object names a member twice");
    return 1;
}

/* ---- encode ---- */

/* From a table to one of its values, while that is looked at. */
struct step {
    const struct step *up;
    int key; /* where it lies on the stack; 0: an item */
    lua_Integer item;
};

struct encoding {
    const struct step *at; /* NULL: the value that was given */
    int depth;
    struct buf *out;
};

/* "a.list[2]" */
static void add_path(lua_State *L, const struct step *step, char *text, size_t size)
{
    if (step->up)
        add_path(L, step->up, text, size);
    size_t len = strlen(text);
    if (step->key)
        snprintf(text + len, size - len, "%s%s", len ? "." : "", lua_tostring(L, step->key));
    else
        snprintf(text + len, size - len, "[%lld]", (long long)step->item);
}

/* Raises: the value that is looked at cannot be encoded. */
__attribute__((format(printf, 3, 4))) static void
no_json(lua_State *L, const struct encoding *encoding, const char *format, ...)
{
    char why[128], path[160] = "";
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    if (encoding->at)
        add_path(L, encoding->at, path, sizeof path);
    bind_arg_error(L, 1, "%s%s%s", path, path[0] ? ": " : "", why);
}

/* At least so many bytes more: bounds the work on shared tables, too. */
static void check_room(lua_State *L, const struct encoding *encoding, size_t bytes)
{
    if (encoding->out->len + bytes > LIMIT_JSON_BYTES)
        bind_arg_error(L, 1, "it is over the limit of %d bytes as JSON", LIMIT_JSON_BYTES);
}

static void add_string(lua_State *L, int index, const struct encoding *encoding)
{
    struct slice text;
    text.data = lua_tolstring(L, index, &text.len);
    check_room(L, encoding, text.len + 2);
    if (!str_is_utf8(text))
        no_json(L, encoding, "a string that is not UTF-8");
    str_json(text, encoding->out);
}

/* The shortest text that reads back as the same double.  A whole one beyond 2^53 gets a point,
 * so that it is not taken for an integer that lost its last digits. */
static void format_float(double number, char *text, size_t size)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    size_t len = strlen(text);
    if (fabs(number) > (double)JSON_INTEGER_MAX && !strpbrk(text, ".e"))
        snprintf(text + len, size - len, ".0");
}

static void add_number(lua_State *L, int index, const struct encoding *encoding)
{
    char text[48];
    if (lua_isinteger(L, index)) {
        lua_Integer integer = lua_tointeger(L, index);
        if (integer > JSON_INTEGER_MAX || integer < -JSON_INTEGER_MAX)
            no_json(L, encoding, "integer %" PRId64 " is beyond 2^53", (int64_t)integer);
        snprintf(text, sizeof text, "%" PRId64, (int64_t)integer);
    } else {
        double number = lua_tonumber(L, index);
        if (!isfinite(number))
            no_json(L, encoding, "NaN and infinity are no JSON numbers");
        format_float(number, text, sizeof text);
    }
    buf_adds(encoding->out, text);
}

static void add_value(lua_State *L, int index, struct encoding *encoding);

static bool is_array_marked(lua_State *L, int index)
{
    if (!lua_getmetatable(L, index))
        return false;
    luaL_getmetatable(L, ARRAY);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    if (!same)
        bind_arg_error(L, 1, "a table in it has a metatable");
    return same;
}

/* How many elements the array has; raises for a key that is not one of 1 … n. */
static lua_Integer array_length(lua_State *L, int index, const struct encoding *encoding)
{
    lua_Integer count = 0, length = (lua_Integer)lua_rawlen(L, index);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        lua_Integer key = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
        if (key < 1 || key > length)
            no_json(L, encoding, "an array with holes, or keys beside 1 to n");
        count++;
    }
    if (count != length)
        no_json(L, encoding, "an array with holes, or keys beside 1 to n");
    return length;
}

static void add_array(lua_State *L, int index, struct encoding *encoding)
{
    const struct step *up = encoding->at;
    lua_Integer length = array_length(L, index, encoding);
    check_room(L, encoding, (size_t)length * 2);
    buf_addc(encoding->out, '[');
    for (lua_Integer i = 1; i <= length; i++) {
        struct step step = {.up = up, .item = i};
        encoding->at = &step;
        if (i > 1)
            buf_addc(encoding->out, ',');
        lua_rawgeti(L, index, i);
        add_value(L, lua_gettop(L), encoding);
        lua_pop(L, 1);
    }
    encoding->at = up;
    buf_addc(encoding->out, ']');
}

static void add_object(lua_State *L, int index, struct encoding *encoding)
{
    const struct step *up = encoding->at;
    char before = '{';
    lua_pushnil(L);
    int key = lua_gettop(L);
    for (; lua_next(L, index); lua_pop(L, 1), before = ',') {
        if (lua_type(L, key) != LUA_TSTRING)
            no_json(L, encoding, "a key of a table is a %s", luaL_typename(L, key));
        buf_addc(encoding->out, before);
        add_string(L, key, encoding);
        buf_addc(encoding->out, ':');
        struct step step = {.up = up, .key = key};
        encoding->at = &step;
        add_value(L, key + 1, encoding);
        encoding->at = up;
    }
    buf_adds(encoding->out, before == '{' ? "{}" : "}");
}

static void add_table(lua_State *L, int index, struct encoding *encoding)
{
    if (++encoding->depth > LIMIT_JSON_DEPTH)
        bind_arg_error(L, 1, "it is nested deeper than %d tables, or holds itself",
                       LIMIT_JSON_DEPTH);
    luaL_checkstack(L, 12, "JSON");
    check_room(L, encoding, 2);
    bool array = is_array_marked(L, index);
    if (!array) {
        lua_pushnil(L);
        if (lua_next(L, index)) {
            array = lua_type(L, -2) == LUA_TNUMBER;
            lua_pop(L, 2);
        }
    }
    if (array)
        add_array(L, index, encoding);
    else
        add_object(L, index, encoding);
    encoding->depth--;
}

/* Writes the value at `index` (absolute). */
static void add_value(lua_State *L, int index, struct encoding *encoding)
{
    int type = lua_type(L, index);
    if (type == LUA_TSTRING)
        add_string(L, index, encoding);
    else if (type == LUA_TNUMBER)
        add_number(L, index, encoding);
    else if (type == LUA_TTABLE)
        add_table(L, index, encoding);
    else if (type == LUA_TBOOLEAN)
        buf_adds(encoding->out, lua_toboolean(L, index) ? "true" : "false");
    else if (type == LUA_TLIGHTUSERDATA && !lua_touserdata(L, index))
        buf_adds(encoding->out, "null");
    else
        no_json(L, encoding, "JSON has no %s", luaL_typename(L, index));
}

/* json.encode(value) -> text */
static int l_encode(lua_State *L)
{
    struct encoding encoding = {.out = bind_buffer(L)};
    add_value(L, 1, &encoding);
    check_room(L, &encoding, 0);
    return bind_push_buffer(L, encoding.out);
}

/* json.array(t?) -> t, which is always written as an array */
static int l_array(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) {
        lua_newtable(L);
        lua_replace(L, 1);
    }
    bind_check_table(L, 1);
    is_array_marked(L, 1); /* raises for a table of another class */
    luaL_setmetatable(L, ARRAY);
    return 1;
}

static const struct binding json_list[] = {{"encode", l_encode, 1, 1, "string"},
                                           {"decode", l_decode, 1, 2, "any?,string?,string?"},
                                           {"array", l_array, 0, 1, "table"},
                                           {NULL, NULL, 0, 0, NULL}};

int bind_json_open(lua_State *L)
{
    lua_pushcfunction(L, luaopen_cjson); /* not by require: scripts shall not find it */
    lua_call(L, 0, 1);
    lua_getfield(L, -1, "decode");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &decode_key);
    lua_pop(L, 1);
    class_open(L, ARRAY);
    lua_pop(L, 1);

    bind_module(L, "host.json", json_list);
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    return 1;
}
