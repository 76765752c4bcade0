/* A count hook that looks at the thread's own clock.  See guard.h. */
#include "vm/guard.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "vm/vm.h"

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

/* What swallows the error does not count again, and is not where it took so long. */
static void keep(lua_State *L)
{
    char text[LIMITS_TEXT];
    metric_record(METRIC_COUNTER, "tc_limits_exceeded_total",
                  &(struct metric_label){"limit", "load"}, 1, 1);
    luaL_where(L, 0);
    lua_pushfstring(L, "loading takes more than %s\n",
                    limits_time(vm_of(L)->plan.limits->load, text));
    luaL_traceback(L, L, NULL, 0);
    lua_concat(L, 3);
    vm_of(L)->overtime = mem_text(lua_tostring(L, -1));
    lua_pop(L, 1);
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
    until = 0;
    lua_sethook(L, look, LUA_MASKCOUNT, 1);
    if (!vm_of(L)->overtime)
        keep(L);
    lua_pushstring(L, vm_of(L)->overtime);
    lua_error(L);
}

void guard_begin(lua_State *L)
{
    until = used() + vm_of(L)->plan.limits->load;
    lua_sethook(L, look, LUA_MASKCOUNT, LOOK_EVERY);
}

void guard_end(lua_State *L)
{
    lua_sethook(L, NULL, 0, 0);
}
