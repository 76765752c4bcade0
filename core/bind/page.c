/* See page.h. */
#include "bind/page.h"

#include "bind/bind.h"
#include "bind/box.h"
#include "http/page.h"

#include <lauxlib.h>

static const char TEXTS[] = "host.still.texts"; /* a class */
static char texts_key;                          /* of a metatable */

static int texts_gc(lua_State *L)
{
    http_texts_done(lua_touserdata(L, 1));
    return 0;
}

/* The first, third, … of the list at 1. */
static void push_texts(lua_State *L)
{
    size_t count = (lua_rawlen(L, 1) + 1) / 2;
    struct http_texts *texts =
        bind_box(L, sizeof *texts + count * sizeof texts->items[0], 1, TEXTS, texts_gc);
    lua_createtable(L, (int)count, 0);
    for (; texts->count < count; texts->count++) {
        struct slice *bytes = &texts->items[texts->count].bytes;
        if (lua_rawgeti(L, 1, (lua_Integer)(2 * texts->count + 1)) != LUA_TSTRING)
            bind_arg_error(L, 1, "a text of it is a %s", luaL_typename(L, -1));
        bytes->data = lua_tolstring(L, -1, &bytes->len);
        lua_rawseti(L, -2, (lua_Integer)texts->count + 1);
    }
    lua_setiuservalue(L, -2, 1);
}

/* still.mark(form) -> metatable */
int bind_page_mark(lua_State *L)
{
    bind_check_table(L, 1);
    lua_createtable(L, 0, 2);
    push_texts(L);
    lua_rawsetp(L, -2, &texts_key);
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    return 1;
}

struct http_texts *bind_page_texts(lua_State *L, int body)
{
    if (!lua_getmetatable(L, body)) {
        lua_pushnil(L);
        return NULL;
    }
    lua_rawgetp(L, -1, &texts_key);
    lua_replace(L, -2);
    return luaL_testudata(L, -1, TEXTS); /* a script may have put anything there */
}
