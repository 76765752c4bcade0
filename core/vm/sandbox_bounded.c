/*
 * Functions of string and table that could run for hours in one call, or take all memory, where
 * no hook can stop them: the library's, once it is clear that a call is small.
 *
 * What a table says of its own length (__len) is not believed: such a table is refused.
 */
#include "vm/limits.h"
#include "vm/sandbox.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <string.h>

static size_t string_limit(lua_State *L)
{
    return vm_of(L)->plan.limits->memory;
}

/* ---- string ---- */

static void repeat(char *to, const char *text, size_t len, const char *between, size_t gap,
                   lua_Integer count)
{
    while (count-- > 1) {
        memcpy(to, text, len);
        memcpy(to + len, between, gap);
        to += len + gap;
    }
    memcpy(to, text, len);
}

/* string.rep(s, n, sep?) -> string */
static int bounded_rep(lua_State *L)
{
    size_t len, gap, piece, total, limit = string_limit(L);
    const char *text = luaL_checklstring(L, 1, &len);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *between = luaL_optlstring(L, 3, "", &gap);
    if (count <= 0 || len + gap == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (__builtin_add_overflow(len, gap, &piece) ||
        __builtin_mul_overflow(piece, (size_t)count, &total) || total - gap > limit)
        return luaL_error(L,
                          "string.rep would make more than %I bytes; give it less, or "
                          "write the pieces one by one",
                          (LUAI_UACINT)limit);
    luaL_Buffer out;
    char *to = luaL_buffinitsize(L, &out, total - gap);
    repeat(to, text, len, between, gap, count);
    luaL_pushresultsize(&out, total - gap);
    return 1;
}

/* string.format(format, …) -> string */
static int bounded_format(lua_State *L)
{
    size_t total = 0, limit = string_limit(L);
    for (int i = lua_gettop(L); i > 0; i--)
        if (lua_type(L, i) == LUA_TSTRING)
            total += lua_rawlen(L, i);
    if (total > limit)
        return luaL_error(L, "string.format would make more than %I bytes; give it less",
                          (LUAI_UACINT)limit);
    return sandbox_library(L);
}

/* ---- table ---- */

/* A table that does not lie about its length. */
static void check_list(lua_State *L, const char *name)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (!lua_getmetatable(L, 1))
        return;
    lua_pushliteral(L, "__len");
    if (lua_rawget(L, -2) != LUA_TNIL)
        luaL_error(L, "table.%s takes no table with __len: only its own elements count", name);
    lua_pop(L, 2);
}

static void too_many(lua_State *L, const char *name, int limit)
{
    luaL_error(L, "table.%s takes at most %d elements at once", name, limit);
}

static void check_count(lua_State *L, const char *name, int limit)
{
    if (lua_rawlen(L, 1) > (lua_Unsigned)limit)
        too_many(L, name, limit);
}

/* The elements from … to, which may be as far apart as integers are. */
static void check_range(lua_State *L, const char *name, lua_Integer from, lua_Integer to)
{
    if (from <= to && (lua_Unsigned)to - (lua_Unsigned)from >= LIMIT_TABLE)
        too_many(L, name, LIMIT_TABLE);
}

/* table.insert(list, position?, value) */
static int bounded_insert(lua_State *L)
{
    check_list(L, "insert");
    if (lua_gettop(L) > 2)
        check_count(L, "insert", LIMIT_TABLE);
    return sandbox_library(L);
}

/* table.remove(list, position?) -> value */
static int bounded_remove(lua_State *L)
{
    check_list(L, "remove");
    if (lua_gettop(L) > 1)
        check_count(L, "remove", LIMIT_TABLE);
    return sandbox_library(L);
}

/* table.move(a1, f, e, t, a2?) -> a2 */
static int bounded_move(lua_State *L)
{
    lua_Integer from = luaL_checkinteger(L, 2), to = luaL_checkinteger(L, 3);
    check_range(L, "move", from, to);
    return sandbox_library(L);
}

/* table.concat(list, sep?, i?, j?) -> string */
static int bounded_concat(lua_State *L)
{
    check_list(L, "concat");
    if (lua_gettop(L) > 2) {
        lua_Integer from = luaL_optinteger(L, 3, 1);
        lua_Integer to = luaL_optinteger(L, 4, (lua_Integer)lua_rawlen(L, 1));
        check_range(L, "concat", from, to);
    }
    return sandbox_library(L);
}

/* table.unpack(list, i?, j?) -> … : the stack bounds how many */
static int bounded_unpack(lua_State *L)
{
    check_list(L, "unpack");
    return sandbox_library(L);
}

/* table.sort(list, less?) */
static int bounded_sort(lua_State *L)
{
    check_list(L, "sort");
    check_count(L, "sort", LIMIT_SORT);
    return sandbox_library(L);
}

const struct sandbox_function sandbox_bounded[] = {{"string", "rep", bounded_rep},
                                                   {"string", "format", bounded_format},
                                                   {"table", "insert", bounded_insert},
                                                   {"table", "remove", bounded_remove},
                                                   {"table", "move", bounded_move},
                                                   {"table", "concat", bounded_concat},
                                                   {"table", "unpack", bounded_unpack},
                                                   {"table", "sort", bounded_sort},
                                                   {NULL, NULL, NULL}};
