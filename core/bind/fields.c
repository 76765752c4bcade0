/* See fields.h. */
#include "bind/fields.h"

#include "base/nearest.h"
#include "bind/bind.h"

#include <lauxlib.h>
#include <string.h>

struct slice fields_text(lua_State *L, const char *what)
{
    struct slice text = {0};
    if (lua_type(L, -1) != LUA_TSTRING)
        bind_arg_error(L, 1, "%s is a %s, not a string", what, luaL_typename(L, -1));
    text.data = lua_tolstring(L, -1, &text.len);
    return text;
}

const char *fields_word(lua_State *L, const char *what)
{
    struct slice text = fields_text(L, what);
    if (memchr(text.data, 0, text.len))
        bind_arg_error(L, 1, "%s holds a NUL", what);
    return text.data;
}

const char *fields_key(lua_State *L, const char *what)
{
    if (lua_type(L, -2) != LUA_TSTRING)
        bind_arg_error(L, 1, "%s has a key that is no string", what);
    return lua_tostring(L, -2);
}

void fields_unknown(lua_State *L, int index, const char *what, const char *key,
                    const char *const *names)
{
    struct nearest nearest = nearest_to(slice_of(key));
    luaL_Buffer all;
    luaL_buffinit(L, &all);
    luaL_addstring(&all, names[1] ? "there are " : "there is ");
    for (size_t i = 0; names[i]; i++) {
        luaL_addstring(&all, i == 0 ? "" : names[i + 1] ? ", " : " and ");
        luaL_addstring(&all, names[i]);
        nearest_offer(&nearest, names[i]);
    }
    luaL_pushresult(&all);
    if (nearest.word)
        lua_pushfstring(L, "did you mean '%s'?", nearest.word);
    bind_arg_error(L, index, "%s has no field '%.40s'; %s", what, key, lua_tostring(L, -1));
}

void fields_table(lua_State *L, const char *what)
{
    if (lua_type(L, -1) != LUA_TTABLE)
        bind_arg_error(L, 1, "%s is a %s, not a table", what, luaL_typename(L, -1));
}
