/*
 * The basic functions that would let a script escape the limits: load (text alone, so that no
 * compiled chunk can break the machine), setmetatable (no finalizers: a hook cannot stop one),
 * collectgarbage (the host collects), debug.getinfo (no function of the host's) and xpcall (a
 * message handler runs while hooks are off, so the script's runs after the error has unwound;
 * the stack is kept for it before).
 */
#include "vm/chunk.h"
#include "vm/limits.h"
#include "vm/sandbox.h"
#include "vm/task.h"
#include "vm/trace.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <string.h>

/* ---- load ---- */

static int not_loaded(lua_State *L, const char *why)
{
    luaL_pushfail(L);
    lua_pushstring(L, why);
    return 2;
}

/* Calls the reader at 1 until it gives no more; false: its error is on top. */
static bool read_pieces(lua_State *L, luaL_Buffer *source)
{
    for (;;) {
        size_t len = 0;
        lua_pushvalue(L, 1);
        if (lua_pcall(L, 0, 1, 0) != LUA_OK)
            return false;
        if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING) {
            lua_pushliteral(L, "reader function must return a string");
            return false;
        }
        lua_tolstring(L, -1, &len);
        if (len == 0) {
            lua_pop(L, 1);
            return true;
        }
        if (luaL_bufflen(source) + len > LIMIT_CHUNK) {
            lua_pushliteral(L, "the chunk is too long");
            return false;
        }
        luaL_addvalue(source);
    }
}

/* load(chunk, name?, mode?, env?) -> function | fail, message */
static int basic_load(lua_State *L)
{
    bool has_env = !lua_isnone(L, 4), is_text = lua_type(L, 1) == LUA_TSTRING;
    const char *mode = luaL_optstring(L, 3, "bt");
    size_t len;
    if (!is_text)
        luaL_checktype(L, 1, LUA_TFUNCTION);
    const char *name = luaL_optstring(L, 2, is_text ? lua_tostring(L, 1) : "=(load)");
    lua_settop(L, 4);
    if (!is_text) {
        luaL_Buffer source;
        luaL_buffinit(L, &source);
        if (!read_pieces(L, &source)) {
            luaL_pushfail(L);
            lua_insert(L, -2);
            return 2;
        }
        luaL_pushresult(&source);
        lua_replace(L, 1);
    }
    const char *text = lua_tolstring(L, 1, &len);
    if (!strchr(mode, 't') || (len > 0 && text[0] == LUA_SIGNATURE[0]))
        return not_loaded(L, "compiled chunks are not loaded; give the source");
    if (len > LIMIT_CHUNK)
        return not_loaded(L, "the chunk is too long; scripts that are files may be longer");
    /* What handlers compile may be anything; what is compiled while loading comes again. */
    bool (*compile)(lua_State *, struct slice, const char *) =
        vm_of(L)->loaded ? chunk_load : chunk_load_kept;
    if (!compile(L, (struct slice){text, len}, name)) {
        luaL_pushfail(L);
        lua_insert(L, -2);
        return 2;
    }
    if (has_env) {
        lua_pushvalue(L, 4);
        if (!lua_setupvalue(L, -2, 1))
            lua_pop(L, 1);
    }
    return 1;
}

/* ---- xpcall ---- */

/* The message handler: keeps where the error was raised, and hands it on. */
static int keep(lua_State *L)
{
    trace_keep_whole(L, 1);
    lua_settop(L, 1);
    return 1;
}

static int handled(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    lua_settop(L, 2); /* false, the handler's first result, or what it raised itself */
    return 2;
}

/* [keep, handler, results… or error] */
static int finished(lua_State *L, int status, lua_KContext context)
{
    if (status == LUA_OK || status == LUA_YIELD) {
        lua_pushboolean(L, true);
        lua_replace(L, 2);
        return lua_gettop(L) - 1;
    }
    lua_pushboolean(L, false);
    lua_replace(L, 1);
    return handled(L, lua_pcallk(L, 1, 1, 0, context, handled), context);
}

/* xpcall(f, handler, …) -> true, … | false, what the handler returns */
static int basic_xpcall(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushcfunction(L, keep);
    lua_insert(L, 1);
    lua_pushvalue(L, 2);
    lua_copy(L, 3, 2);
    lua_replace(L, 3); /* keep, handler, f, … */
    int status = lua_pcallk(L, lua_gettop(L) - 3, LUA_MULTRET, 1, 0, finished);
    return finished(L, status, 0);
}

/* ---- the others ---- */

/* debug.traceback(thread?, message?, level?): the library's, but where the message is the error
 * that xpcall has kept, with the stack that the error had. */
static int basic_traceback(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TSTRING || !trace_push_whole(L, 1))
        return sandbox_library(L);
    lua_pushvalue(L, 1);
    lua_insert(L, -2);
    lua_pushliteral(L, "\n");
    lua_insert(L, -2);
    lua_concat(L, 3);
    return 1;
}

/* debug.getinfo(thread?, what, fields?): the library's, without the functions in C that are
 * only found on the stack: they are the host's own, which nothing but the host may call. */
static int basic_getinfo(lua_State *L)
{
    bool is_given = lua_isfunction(L, lua_isthread(L, 1) ? 2 : 1);
    int count = sandbox_library(L);
    if (is_given || !lua_istable(L, -1))
        return count;
    lua_getfield(L, -1, "func");
    bool is_c = lua_iscfunction(L, -1);
    lua_pop(L, 1);
    if (is_c) {
        lua_pushnil(L);
        lua_setfield(L, -2, "func");
    }
    return count;
}

/* setmetatable(table, metatable) -> table */
static int basic_setmetatable(lua_State *L)
{
    if (lua_type(L, 2) == LUA_TTABLE) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "setmetatable takes no metatable with __gc: nobody could stop "
                                 "it; let a variable with <close> end what it holds");
        lua_pop(L, 1);
    }
    return sandbox_library(L);
}

/* collectgarbage("count") -> KB */
static int basic_collectgarbage(lua_State *L)
{
    if (strcmp(luaL_optstring(L, 1, "collect"), "count") != 0)
        return luaL_error(L, "collectgarbage takes \"count\" alone: the host collects, and "
                             "collecting all would hold every request of this worker");
    return sandbox_library(L);
}

const struct sandbox_function sandbox_basic[] = {{"_G", "load", basic_load},
                                                 {"_G", "xpcall", basic_xpcall},
                                                 {"_G", "setmetatable", basic_setmetatable},
                                                 {"_G", "collectgarbage", basic_collectgarbage},
                                                 {"debug", "getinfo", basic_getinfo},
                                                 {"debug", "traceback", basic_traceback},
                                                 {NULL, NULL, NULL}};
