/* A count hook that looks at the thread's own clock.  See guard.h. */
#include "vm/guard.h"

#include "base/clock.h"
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

static void look(lua_State *L, lua_Debug *at)
{
    (void)at;
    if (vm_of(L)->loaded) { /* a coroutine that was made while loading, and lives on */
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    if (used() < until)
        return;
    char text[LIMITS_TEXT];
    if (until > 0)
        metric_record(METRIC_COUNTER, "tc_limits_exceeded_total",
                      &(struct metric_label){"limit", "load"}, 1, 1);
    until = 0; /* what swallows the error does not count again */
    lua_sethook(L, look, LUA_MASKCOUNT, 1);
    luaL_where(L, 0);
    lua_pushfstring(L, "loading takes more than %s",
                    limits_time(vm_of(L)->plan.limits->load, text));
    lua_concat(L, 2);
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
