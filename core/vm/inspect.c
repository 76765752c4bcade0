/*
 * See inspect.h.
 *
 * A table is written in one line where it is short enough, else with an entry a line.  What is
 * read is the table itself, without metamethods; a sealed one (vm/sandbox_seal.c) is what lies
 * behind it.
 */
#include "vm/inspect.h"

#include "base/mem.h"
#include "base/str.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 6, ENTRIES = 200, TEXT = 4000, LINE = 96, INDENT = 2 };

static void add_value(lua_State *L, int index, int depth, struct buf *out);

/* ---- strings ---- */

static void add_character(struct slice rest, size_t *at, struct buf *out)
{
    static const char named[] = "a\ab\bt\tn\nv\vf\fr\r\"\"\\\\";
    char c = rest.data[*at];
    size_t len = str_character((struct slice){rest.data + *at, rest.len - *at});
    for (const char *pair = named; *pair; pair += 2)
        if (c && pair[1] == c) {
            buf_addf(out, "\\%c", pair[0]);
            *at += 1;
            return;
        }
    if (len == 0 || (unsigned char)c < ' ' || c == 0x7f)
        buf_addf(out, "\\x%02x", (unsigned char)c);
    else
        buf_add(out, rest.data + *at, len);
    *at += len ? len : 1;
}

static void add_string(lua_State *L, int index, struct buf *out)
{
    struct slice text;
    text.data = lua_tolstring(L, index, &text.len);
    buf_addc(out, '"');
    for (size_t at = 0; at < text.len && at < TEXT;)
        add_character(text, &at, out);
    buf_addc(out, '"');
    if (text.len > TEXT)
        buf_addf(out, "… (%zu bytes)", text.len);
}

/* ---- tables ---- */

static bool is_name(struct slice text)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return text.len > 0 && !(text.data[0] >= '0' && text.data[0] <= '9') &&
           strspn(text.data, letters) == text.len;
}

static void add_key(lua_State *L, int index, int depth, struct buf *out)
{
    struct slice text = {NULL, 0};
    if (lua_type(L, index) == LUA_TSTRING)
        text.data = lua_tolstring(L, index, &text.len);
    if (text.data && is_name(text)) {
        buf_add(out, text.data, text.len);
    } else {
        buf_addc(out, '[');
        add_value(L, index, depth, out);
        buf_addc(out, ']');
    }
    buf_adds(out, " = ");
}

/* Numbers before texts before the rest, which stays as it comes. */
static int compare(lua_State *L)
{
    int a = lua_type(L, 1), b = lua_type(L, 2);
    bool ordered = a == b && (a == LUA_TNUMBER || a == LUA_TSTRING);
    lua_pushboolean(L, ordered ? lua_compare(L, 1, 2, LUA_OPLT) : a < b);
    return 1;
}

/* Puts a key where it belongs among the first `count` of the list at `keys`. */
static void insert_key(lua_State *L, int keys, int count)
{
    int at = count;
    for (; at > 0; at--) {
        lua_pushcfunction(L, compare);
        lua_pushvalue(L, -2);
        lua_rawgeti(L, keys, at);
        lua_call(L, 2, 1);
        bool before = lua_toboolean(L, -1);
        lua_pop(L, 1);
        if (!before)
            break;
        lua_rawgeti(L, keys, at);
        lua_rawseti(L, keys, at + 1);
    }
    lua_rawseti(L, keys, at + 1);
}

/* The list of the keys behind 1 to `length`, sorted, is pushed; true where there are more. */
static bool push_keys(lua_State *L, int table, lua_Integer length, int *ret_count)
{
    lua_newtable(L);
    int keys = lua_gettop(L), count = 0;
    bool more = false;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        lua_Integer number = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
        more = more || count == ENTRIES;
        if ((number < 1 || number > length) && count < ENTRIES) {
            lua_pushvalue(L, -1);
            insert_key(L, keys, count++);
        }
    }
    *ret_count = count;
    return more;
}

/* The parts of a table, each ended by NUL. */
static size_t add_parts(lua_State *L, int table, int depth, struct buf *out)
{
    lua_Integer length = (lua_Integer)lua_rawlen(L, table);
    lua_Integer shown = length < ENTRIES ? length : ENTRIES;
    int count;
    for (lua_Integer i = 1; i <= shown; i++) {
        lua_rawgeti(L, table, i);
        add_value(L, lua_gettop(L), depth + 1, out);
        buf_addc(out, '\0');
        lua_pop(L, 1);
    }
    bool more = push_keys(L, table, length, &count) || shown < length;
    int keys = lua_gettop(L);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, keys, i);
        add_key(L, lua_gettop(L), depth + 1, out);
        lua_pushvalue(L, -1);
        lua_rawget(L, table);
        add_value(L, lua_gettop(L), depth + 1, out);
        buf_addc(out, '\0');
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
    if (more)
        buf_add(out, "…", sizeof "…");
    return (size_t)shown + (size_t)count + more;
}

/* Joins the parts behind `from`, in one line where they fit. */
static void join(struct buf *out, size_t from, size_t count, int depth)
{
    size_t len = out->len - from;
    bool fits = len < LINE && !memchr(out->data + from, '\n', len);
    char *parts = mem_copy(out->data + from, len), *part = parts;
    out->len = from;
    buf_addc(out, '{');
    for (size_t i = 0; i < count; i++, part += strlen(part) + 1)
        if (fits)
            buf_addf(out, "%s%s", i ? ", " : " ", part);
        else
            buf_addf(out, "\n%*s%s,", INDENT * (depth + 1), "", part);
    if (fits)
        buf_adds(out, " }");
    else
        buf_addf(out, "\n%*s}", INDENT * depth, "");
    free(parts);
}

static bool is_empty(lua_State *L, int table)
{
    lua_pushnil(L);
    if (!lua_next(L, table))
        return true;
    lua_pop(L, 2);
    return false;
}

/* What an empty table has behind it, or itself, is pushed. */
static void push_contents(lua_State *L, int table)
{
    lua_pushvalue(L, table);
    if (!is_empty(L, lua_gettop(L)) || !lua_getmetatable(L, table))
        return;
    lua_pushliteral(L, "__index");
    lua_rawget(L, -2);
    lua_remove(L, -2);
    if (lua_istable(L, -1))
        lua_remove(L, -2);
    else
        lua_pop(L, 1);
}

static void add_table(lua_State *L, int index, int depth, struct buf *out)
{
    luaL_checkstack(L, 20, "too deep");
    if (depth == DEPTH) {
        buf_adds(out, "{…}");
        return;
    }
    push_contents(L, index);
    size_t from = out->len;
    size_t count = add_parts(L, lua_gettop(L), depth, out);
    if (count == 0)
        buf_adds(out, "{}");
    else
        join(out, from, count, depth);
    lua_pop(L, 1);
}

/* ---- the rest ---- */

static void add_function(lua_State *L, int index, struct buf *out)
{
    lua_Debug about;
    lua_pushvalue(L, index);
    lua_getinfo(L, ">S", &about);
    if (about.linedefined > 0)
        buf_addf(out, "function: %s:%d", about.short_src, about.linedefined);
    else
        buf_adds(out, "function: the host's");
}

static void add_value(lua_State *L, int index, int depth, struct buf *out)
{
    int type = lua_type(L, index);
    if (type == LUA_TSTRING) {
        add_string(L, index, out);
    } else if (type == LUA_TTABLE) {
        add_table(L, index, depth, out);
    } else if (type == LUA_TFUNCTION) {
        add_function(L, index, out);
    } else {
        buf_adds(out, luaL_tolstring(L, index, NULL));
        lua_pop(L, 1);
    }
}

void inspect(lua_State *L, int index, struct buf *out)
{
    add_value(L, lua_absindex(L, index), 0, out);
}
