/*
 * The seal of _G and the standard tables.  See sandbox.h.
 *
 * Sealing moves what a table holds into a hidden one behind it, so that the tables that scripts
 * have taken already are sealed too.  Reading a name that is there costs one more look-up in a
 * table; what reads often takes a local.
 */
#include "vm/limits.h"
#include "vm/sandbox.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <string.h>

static bool is_global(lua_State *L)
{
    return strcmp(lua_tostring(L, lua_upvalueindex(1)), "_G") == 0;
}

/* (table, name) */
static int unknown(lua_State *L)
{
    const char *name = luaL_tolstring(L, 2, NULL);
    if (is_global(L))
        return luaL_error(L, "there is no variable '%s': declare it with local, or require it",
                          name);
    return luaL_error(L, "there is no %s.%s", lua_tostring(L, lua_upvalueindex(1)), name);
}

/* (table, name, value) */
static int sealed(lua_State *L)
{
    const char *name = luaL_tolstring(L, 2, NULL);
    if (is_global(L))
        return luaL_error(L,
                          "assignment to the variable '%s', which is not local: every request "
                          "would share it; declare it with local, or keep it in host.shared",
                          name);
    return luaL_error(L, "%s.%s cannot be changed: every script uses it",
                      lua_tostring(L, lua_upvalueindex(1)), name);
}

/* (table, key) of what is behind the seal, which scripts never see. */
static int next_pair(lua_State *L)
{
    lua_settop(L, 2);
    if (lua_next(L, lua_upvalueindex(1)))
        return 2;
    lua_pushnil(L);
    return 1;
}

static int all_pairs(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, next_pair, 1);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

static void set_closure(lua_State *L, const char *event, lua_CFunction function,
                        const char *name)
{
    lua_pushstring(L, name);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, event);
}

/* Pushes a new table with everything that the table at `index` held, which is then empty. */
static void take_contents(lua_State *L, int index)
{
    lua_newtable(L);
    int inner = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, index);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2); /* inner, key, key, value */
        lua_rawset(L, inner);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, index);
    }
}

/* Gives the empty table on top, below what is behind it, its metatable, and pops that. */
static void stand_before(lua_State *L, const char *name)
{
    lua_createtable(L, 0, 4);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "__index");
    set_closure(L, "__newindex", sealed, name);
    lua_rotate(L, -2, 1);
    lua_pushcclosure(L, all_pairs, 1);
    lua_setfield(L, -2, "__pairs");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

/* Seals the table on top and pops it. */
static void seal(lua_State *L, const char *name)
{
    take_contents(L, lua_gettop(L));
    lua_createtable(L, 0, 1);
    set_closure(L, "__index", unknown, name);
    lua_setmetatable(L, -2);
    stand_before(L, name);
    lua_pop(L, 1);
}

void sandbox_view(lua_State *L, const char *name)
{
    lua_newtable(L);
    lua_insert(L, -2);
    stand_before(L, name);
}

static bool is_sealed(lua_State *L, int index)
{
    if (!lua_istable(L, index) || !lua_getmetatable(L, index))
        return false;
    lua_pushliteral(L, "__newindex");
    lua_rawget(L, -2);
    bool is = lua_tocfunction(L, -1) == sealed;
    lua_pop(L, 2);
    return is;
}

/* rawset(table, key, value) -> table */
static int raw_set(lua_State *L)
{
    if (is_sealed(L, 1))
        return luaL_error(L, "rawset takes no standard table: every script uses it");
    return sandbox_library(L);
}

const struct sandbox_function sandbox_raw[] = {{"_G", "rawset", raw_set}, {NULL, NULL, NULL}};

/* s:find() shall not go through the seal. */
static void shorten_methods(lua_State *L)
{
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_getfield(L, -1, "__index");
    lua_getmetatable(L, -1);
    lua_getfield(L, -1, "__index");
    lua_setfield(L, -4, "__index");
    lua_pop(L, 4);
}

void sandbox_seal(lua_State *L)
{
    static const char *const names[] = {"string", "table",     "math",  "utf8",    "os",
                                        "io",     "coroutine", "debug", "package", "_G"};
    if (!vm_of(L)->plan.limits->on)
        return;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        lua_getglobal(L, names[i]);
        seal(L, names[i]);
    }
    shorten_methods(L);
}
