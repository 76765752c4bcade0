/* See class.h. */
#include "bind/class.h"

#include <lauxlib.h>

/* Upvalues of every metamethod, before its own. */
enum { UP_METATABLE = 1, UP_FUNCTION };

static int wrong_value(lua_State *L)
{
    lua_getfield(L, lua_upvalueindex(UP_METATABLE), "__name");
    return luaL_typeerror(L, 1, lua_tostring(L, -1));
}

static int checked_event(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TUSERDATA || !lua_getmetatable(L, 1))
        return wrong_value(L);
    const void *metatable = lua_topointer(L, -1);
    if (metatable != lua_topointer(L, lua_upvalueindex(UP_METATABLE)))
        return wrong_value(L);
    lua_pop(L, 1);
    return lua_tocfunction(L, lua_upvalueindex(UP_FUNCTION))(L);
}

bool class_open(lua_State *L, const char *name)
{
    bool is_new = luaL_newmetatable(L, name);
    if (is_new) {
        lua_pushboolean(L, false);
        lua_setfield(L, -2, "__metatable");
    }
    return is_new;
}

void class_event(lua_State *L, const char *event, lua_CFunction function, int nvalues)
{
    lua_pushvalue(L, -1 - nvalues);
    lua_pushcfunction(L, function);
    lua_rotate(L, -2 - nvalues, 2);
    lua_pushcclosure(L, checked_event, CLASS_VALUE - 1 + nvalues);
    lua_setfield(L, -2, event);
}
