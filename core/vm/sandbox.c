/*
 * Refusals, and the seal.  See sandbox.h.
 *
 * Sealing moves what a table holds into a hidden one behind it, so that the tables that scripts
 * have taken already are sealed too.  Reading a name that is there costs one more look-up in a
 * table; what reads often takes a local.
 */
#include "vm/sandbox.h"

#include "vm/limits.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <string.h>

#define NO_PROGRAMS                                                                            \
    "would hold every request of this worker while a program runs; run it outside and let it " \
    "leave what it finds in the database"
#define NO_FILES                                                                               \
    "is not there: scripts write no files; keep data in the database (host.db) or, for a "     \
    "while, in host.shared"
#define NO_MODULES "is not there: require takes modules from the application's scripts alone"
#define NO_INSIDES "is not there; debug.traceback and debug.getinfo are"
#define NO_INPUT "would wait for what nobody types; a request brings its body"

static const struct refusal {
    const char *owner, *name, *why;
} refusals[] = {
    {"os", "execute", NO_PROGRAMS},
    {"os", "exit", "would end the server; a command returns its status instead"},
    {"os", "remove", NO_FILES},
    {"os", "rename", NO_FILES},
    {"os", "tmpname", NO_FILES},
    {"os", "setlocale",
     "would change the whole process; sentences are in scripts/locales, and host.clock.format "
     "writes times"},
    {"io", "popen", NO_PROGRAMS},
    {"io", "tmpfile", NO_FILES},
    {"io", "output", NO_FILES},
    {"io", "input", NO_INPUT},
    {"io", "read", NO_INPUT},
    {"io", "close", "is not there; file:close() is"},
    {"package", "loadlib", NO_MODULES},
    {"package", "searchpath", NO_MODULES},
    {"string", "dump", "is not there: compiled chunks are neither written nor loaded"},
    {"_G", "dofile", NO_MODULES},
    {"_G", "loadfile", NO_MODULES},
    {"debug", "debug", NO_INSIDES},
    {"debug", "gethook", NO_INSIDES},
    {"debug", "getlocal", NO_INSIDES},
    {"debug", "getmetatable", "is not there; getmetatable is"},
    {"debug", "getregistry", NO_INSIDES},
    {"debug", "getupvalue", NO_INSIDES},
    {"debug", "getuservalue", NO_INSIDES},
    {"debug", "sethook", NO_INSIDES},
    {"debug", "setlocal", NO_INSIDES},
    {"debug", "setmetatable", "is not there; setmetatable is"},
    {"debug", "setupvalue", NO_INSIDES},
    {"debug", "setuservalue", NO_INSIDES},
    {"debug", "upvalueid", NO_INSIDES},
    {"debug", "upvaluejoin", NO_INSIDES},
    {"debug", "setcstacklimit", NO_INSIDES},
};

static int refuse(lua_State *L)
{
    const struct refusal *refusal = lua_touserdata(L, lua_upvalueindex(1));
    bool global = strcmp(refusal->owner, "_G") == 0;
    return luaL_error(L, "%s%s%s %s", global ? "" : refusal->owner, global ? "" : ".",
                      refusal->name, refusal->why);
}

void sandbox_replace(lua_State *L, const struct sandbox_function *list)
{
    for (; list->name; list++) {
        lua_getglobal(L, list->owner);
        lua_getfield(L, -1, list->name);
        lua_pushcclosure(L, list->function, 1);
        lua_setfield(L, -2, list->name);
        lua_pop(L, 1);
    }
}

static void install_refusals(lua_State *L)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        lua_getglobal(L, refusals[i].owner);
        lua_pushlightuserdata(L, (void *)&refusals[i]); /* read only */
        lua_pushcclosure(L, refuse, 1);
        lua_setfield(L, -2, refusals[i].name);
        lua_pop(L, 1);
    }
}

/* Paths that lead out of the application, and the terminal. */
static void remove_paths(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "path");
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "cpath");
    lua_getglobal(L, "io");
    lua_pushnil(L);
    lua_setfield(L, -2, "stdin");
    lua_pop(L, 2);
}

/* getmetatable("") gives nothing that could be changed. */
static void protect_strings(lua_State *L)
{
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}

void sandbox_install(lua_State *L)
{
    install_refusals(L);
    if (!vm_of(L)->plan.limits->on)
        return;
    remove_paths(L);
    protect_strings(L);
    sandbox_replace(L, sandbox_basic);
    sandbox_replace(L, sandbox_bounded);
    sandbox_replace(L, sandbox_files);
    sandbox_replace(L, sandbox_patterns);
}

/* ---- the seal ---- */

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

static int next_pair(lua_State *L)
{
    lua_settop(L, 2);
    if (lua_next(L, 1))
        return 2;
    lua_pushnil(L);
    return 1;
}

/* pairs() goes through what is behind the seal. */
static int all_pairs(lua_State *L)
{
    lua_pushcfunction(L, next_pair);
    lua_pushvalue(L, lua_upvalueindex(1));
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

/* Seals the table on top and pops it. */
static void seal(lua_State *L, const char *name)
{
    int table = lua_gettop(L), inner = table + 1;
    take_contents(L, table);
    lua_createtable(L, 0, 1);
    set_closure(L, "__index", unknown, name);
    lua_setmetatable(L, inner);
    lua_createtable(L, 0, 4);
    lua_pushvalue(L, inner);
    lua_setfield(L, -2, "__index");
    set_closure(L, "__newindex", sealed, name);
    lua_pushvalue(L, inner);
    lua_pushcclosure(L, all_pairs, 1);
    lua_setfield(L, -2, "__pairs");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, table);
    lua_settop(L, table - 1);
}

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
