/* A count hook that looks at the thread's own clock.  See guard.h. */
#include "script/guard.h"

#include "base/clock.h"
#include "base/limits.h"
#include "script/vm.h"

#include <lauxlib.h>
#include <time.h>

enum { LOOK_EVERY = 1000000 /* instructions: a few milliseconds */ };

static _Thread_local uint64_t until;

static uint64_t used(void)
{
    struct timespec at;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return (uint64_t)at.tv_sec * NS_PER_S + (uint64_t)at.tv_nsec;
}

static void look(lua_State *L, lua_Debug *at)
{
    (void)at;
    if (vm_of(L)->loaded) { /* a coroutine that was made while loading, and lives on */
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    if (used() < until)
        return;
    lua_sethook(L, look, LUA_MASKCOUNT, 1);
    luaL_where(L, 0);
    lua_pushfstring(L, "loading takes more than %d s", LIMIT_LOAD_S);
    lua_concat(L, 2);
    lua_error(L);
}

static int refuse_exit(lua_State *L)
{
    return luaL_error(L, "os.exit would end the server; a command returns its status instead");
}

void guard_install(lua_State *L)
{
    lua_getglobal(L, "os");
    lua_pushcfunction(L, refuse_exit);
    lua_setfield(L, -2, "exit");
    lua_pop(L, 1);
}

void guard_begin(lua_State *L)
{
    until = used() + LIMIT_LOAD_S * NS_PER_S;
    lua_sethook(L, look, LUA_MASKCOUNT, LOOK_EVERY);
}

void guard_end(lua_State *L)
{
    lua_sethook(L, NULL, 0, 0);
}
