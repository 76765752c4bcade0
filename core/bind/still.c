/*
 * host.still: what each answer does with a page that was made once: looks it up and fills what
 * is open in it.  See scripts/text/still.lua, which makes the pages, and
 * scripts/meta/still.lua.
 */
#include "bind/bind.h"
#include "bind/html.h"
#include "bind/page.h"

static char nothing; /* its address stands in a tree for nil */

/* still.find(tree, names, context) -> where the values of these names lead to, or nil */
static int l_find(lua_State *L)
{
    bind_check_table(L, 1);
    bind_check_table(L, 2);
    bind_check_table(L, 3);
    lua_pushvalue(L, 1);
    for (lua_Integer i = 1; lua_rawgeti(L, 2, i) != LUA_TNIL; i++) { /* …, at, name */
        if (lua_rawget(L, 3) == LUA_TNIL) {
            lua_pop(L, 1);
            lua_pushlightuserdata(L, &nothing);
        }
        lua_rawget(L, 4);
        lua_replace(L, 4);
        if (!lua_istable(L, 4)) {
            lua_pushnil(L);
            return 1;
        }
    }
    lua_settop(L, 4);
    return 1;
}

/* The string on top to each of these places, { name, is it escaped, place, … }, at -2. */
static void show(lua_State *L)
{
    lua_rawgeti(L, -2, 2);
    bool escaped = lua_toboolean(L, -1);
    lua_pop(L, 1);
    if (escaped)
        bind_html_escape(L);
    for (lua_Integer i = 3; lua_rawgeti(L, -2, i) == LUA_TNUMBER; i++) {
        lua_Integer place = lua_tointeger(L, -1);
        lua_copy(L, -2, -1);
        lua_rawseti(L, 1, place);
    }
    lua_pop(L, 2);
}

/* Adds what is on top but one to the list at 4, which may not be there yet. */
static void leave(lua_State *L)
{
    lua_pop(L, 1);
    if (lua_isnil(L, 4)) {
        lua_newtable(L);
        lua_replace(L, 4);
    }
    lua_rawseti(L, 4, (lua_Integer)lua_rawlen(L, 4) + 1);
}

/* still.fill(parts, names, context, mark) -> names whose value is no string, or nil */
static int l_fill(lua_State *L)
{
    bind_check_table(L, 1);
    bind_check_table(L, 2);
    bind_check_table(L, 3);
    if (!lua_isnil(L, 4))
        bind_check_table(L, 4);
    lua_setmetatable(L, 1);
    lua_pushnil(L);
    for (lua_Integer i = 1; lua_rawgeti(L, 2, i) == LUA_TTABLE; i++) { /* …, left, places */
        lua_rawgeti(L, -1, 1);
        if (lua_rawget(L, 3) != LUA_TSTRING) {
            leave(L);
            continue;
        }
        show(L);
        lua_pop(L, 1);
    }
    lua_settop(L, 4);
    return 1;
}

static const struct binding still_list[] = {{"find", l_find, 3, 3, "table?"},
                                            {"fill", l_fill, 3, 4, "table?"},
                                            {"mark", bind_page_mark, 1, 1, "table"},
                                            {NULL, NULL, 0, 0, NULL}};

int bind_still_open(lua_State *L)
{
    bind_module(L, "host.still", still_list);
    lua_pushlightuserdata(L, &nothing);
    lua_setfield(L, -2, "NOTHING");
    return 1;
}
