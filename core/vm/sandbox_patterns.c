/*
 * string.find, match, gmatch and gsub, by the metered matcher.  They do what the manual says of
 * the library's; a spec compares both on random patterns.
 */
#include "base/limits.h"
#include "vm/pattern.h"
#include "vm/sandbox.h"

#include <lauxlib.h>
#include <string.h>

/* Where the optional argument says to begin, counted from 0: beyond len where nowhere. */
static size_t begin_at(lua_State *L, int index, size_t len)
{
    lua_Integer at = luaL_optinteger(L, index, 1);
    if (at > 0)
        return (size_t)at - 1;
    if (at == 0 || at < -(lua_Integer)len)
        return 0;
    return len + (size_t)at;
}

static int find_plain(lua_State *L, const char *subject, size_t len, size_t from)
{
    size_t size;
    const char *text = lua_tolstring(L, 2, &size);
    const char *at = memmem(subject + from, len - from, text, size);
    if (!at) {
        luaL_pushfail(L);
        return 1;
    }
    lua_pushinteger(L, at - subject + 1);
    lua_pushinteger(L, at - subject + (lua_Integer)size);
    return 2;
}

static int search(lua_State *L, bool find)
{
    size_t len, size;
    const char *subject = luaL_checklstring(L, 1, &len), *text = luaL_checklstring(L, 2, &size);
    size_t from = begin_at(L, 3, len);
    if (from > len) {
        luaL_pushfail(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || pattern_is_plain(text, size)))
        return find_plain(L, subject, len, from);
    struct pattern pattern;
    pattern_init(&pattern, L, subject, len, text, size, true);
    const char *at = subject + from, *to = pattern_find(&pattern, &at);
    if (!to) {
        luaL_pushfail(L);
        return 1;
    }
    if (!find)
        return pattern_push_all(&pattern, at, to);
    lua_pushinteger(L, at - subject + 1);
    lua_pushinteger(L, to - subject);
    return 2 + (pattern.ncaptures > 0 ? pattern_push_all(&pattern, at, to) : 0);
}

/* string.find(s, pattern, init?, plain?) -> first, last, captures… | fail */
static int patterns_find(lua_State *L)
{
    return search(L, true);
}

/* string.match(s, pattern, init?) -> captures… | fail */
static int patterns_match(lua_State *L)
{
    return search(L, false);
}

/* ---- gmatch ---- */

struct iteration {
    struct pattern pattern;
    const char *at, *last; /* where to go on; where the last match ended */
};

/* A match that ends where the last one did is none: else an empty one would come twice. */
static const char *next_match(struct pattern *pattern, const char **at, const char *last)
{
    for (;;) {
        const char *to = pattern_find(pattern, at);
        if (!to || to != last)
            return to;
        if (pattern->anchored || ++*at > pattern->subject_end)
            return NULL;
    }
}

/* Upvalues: subject and pattern, which the iteration points into, and the iteration. */
static int go_on(lua_State *L)
{
    struct iteration *iteration = lua_touserdata(L, lua_upvalueindex(3));
    iteration->pattern.L = L;
    iteration->pattern.steps = LIMIT_PATTERN_STEPS;
    const char *at = iteration->at, *to = NULL;
    if (at <= iteration->pattern.subject_end)
        to = next_match(&iteration->pattern, &at, iteration->last);
    if (!to)
        return 0;
    iteration->at = iteration->last = to;
    return pattern_push_all(&iteration->pattern, at, to);
}

/* string.gmatch(s, pattern, init?) -> iterator */
static int patterns_gmatch(lua_State *L)
{
    size_t len, size;
    const char *subject = luaL_checklstring(L, 1, &len), *text = luaL_checklstring(L, 2, &size);
    size_t from = begin_at(L, 3, len);
    lua_settop(L, 2);
    struct iteration *iteration = lua_newuserdatauv(L, sizeof *iteration, 0);
    pattern_init(&iteration->pattern, L, subject, len, text, size, false);
    iteration->at = subject + (from > len ? len + 1 : from);
    iteration->last = NULL;
    lua_pushcclosure(L, go_on, 3);
    return 1;
}

/* ---- gsub ---- */

/* The text at 3, with %1 and the like replaced. */
static void add_text(struct pattern *m, luaL_Buffer *out, const char *at, const char *to)
{
    lua_State *L = m->L;
    size_t len;
    const char *text = lua_tolstring(L, 3, &len), *end = text + len, *mark;
    while ((mark = memchr(text, '%', (size_t)(end - text))) != NULL) {
        luaL_addlstring(out, text, (size_t)(mark - text));
        int c = (unsigned char)mark[1]; /* a NUL stands behind the text */
        text = mark + 2;
        if (c == '%') {
            luaL_addchar(out, '%');
        } else if (c == '0') {
            luaL_addlstring(out, at, (size_t)(to - at));
        } else if (c >= '1' && c <= '9') {
            pattern_push(m, c - '1', at, to);
            luaL_tolstring(L, -1, NULL); /* a position is a number */
            lua_remove(L, -2);
            luaL_addvalue(out);
        } else {
            luaL_error(L, "invalid use of '%%' in replacement string");
        }
    }
    luaL_addlstring(out, text, (size_t)(end - text));
}

/* Adds what a match is replaced by; false where it stays as it is. */
static bool add_replacement(struct pattern *m, luaL_Buffer *out, int type, const char *at,
                            const char *to)
{
    lua_State *L = m->L;
    if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        lua_call(L, pattern_push_all(m, at, to), 1);
    } else if (type == LUA_TTABLE) {
        pattern_push(m, 0, at, to);
        lua_gettable(L, 3);
    } else {
        add_text(m, out, at, to);
        return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(out, at, (size_t)(to - at));
        return false;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(out);
    return true;
}

static int check_replacement(lua_State *L)
{
    int type = lua_type(L, 3);
    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                         type == LUA_TTABLE,
                     3, "string/function/table");
    return type;
}

/* string.gsub(s, pattern, replacement, n?) -> string, count */
static int patterns_gsub(lua_State *L)
{
    size_t len, size;
    const char *subject = luaL_checklstring(L, 1, &len), *text = luaL_checklstring(L, 2, &size);
    int type = check_replacement(L);
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)len + 1), count = 0;
    bool changed = false;
    struct pattern pattern;
    luaL_Buffer out;
    pattern_init(&pattern, L, subject, len, text, size, true);
    luaL_buffinit(L, &out);
    const char *done = subject, *at = subject, *last = NULL;
    while (count < most && at <= pattern.subject_end) {
        const char *to = next_match(&pattern, &at, last);
        if (!to)
            break;
        luaL_addlstring(&out, done, (size_t)(at - done));
        changed = add_replacement(&pattern, &out, type, at, to) || changed;
        count++;
        done = at = last = to;
        if (pattern.anchored)
            break;
    }
    if (changed) {
        luaL_addlstring(&out, done, (size_t)(pattern.subject_end - done));
        luaL_pushresult(&out);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}

const struct sandbox_function sandbox_patterns[] = {{"string", "find", patterns_find},
                                                    {"string", "match", patterns_match},
                                                    {"string", "gmatch", patterns_gmatch},
                                                    {"string", "gsub", patterns_gsub},
                                                    {NULL, NULL, NULL}};
