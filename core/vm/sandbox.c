/* Refusals, and what leads out of the application.  See sandbox.h. */
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

/* Paths that lead out of the application, what require would be led by, and the terminal. */
static void remove_paths(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_pushnil(L);
    lua_setfield(L, -2, "searchers");
    lua_pushnil(L);
    lua_setfield(L, -2, "preload");
    lua_getfield(L, -1, "loaded");
    sandbox_view(L, "package.loaded");
    lua_setfield(L, -2, "loaded");
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "path");
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "cpath");
    lua_getglobal(L, "io");
    lua_pushnil(L);
    lua_setfield(L, -2, "stdin");
    lua_pop(L, 2);
}

/* getmetatable of a string or of a file gives nothing that could be changed. */
static void protect_metatables(lua_State *L)
{
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    luaL_getmetatable(L, LUA_FILEHANDLE);
    for (int i = 0; i < 2; i++) {
        lua_pushboolean(L, false);
        lua_setfield(L, -2, "__metatable");
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

void sandbox_install(lua_State *L)
{
    install_refusals(L);
    if (!vm_of(L)->plan.limits->on)
        return;
    remove_paths(L);
    protect_metatables(L);
    sandbox_replace(L, sandbox_basic);
    sandbox_replace(L, sandbox_bounded);
    sandbox_replace(L, sandbox_files);
    sandbox_replace(L, sandbox_patterns);
    sandbox_replace(L, sandbox_utf8);
    sandbox_replace(L, sandbox_raw);
}
