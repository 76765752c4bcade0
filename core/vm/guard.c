/*
 * A timer of the thread's own clock, whose signal sets a hook when the time is over: a hook
 * that is there from the beginning costs each instruction of a script as much again.  See
 * guard.h.
 *
 * The signal sets it on the state's main thread alone.  Coroutines, which few scripts use while
 * they load, have a hook that looks at the clock now and then.
 */
#include "vm/guard.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id /* glibc names it from 2.36 on */
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { LOOK_EVERY = 1000000 /* instructions: a few milliseconds */ };

static _Thread_local struct {
    uint64_t until;
    lua_State *volatile L; /* that loads */
    timer_t timer;
    bool has_timer;
} mine;

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
    if (used() < mine.until)
        return;
    mine.until = 0;
    lua_sethook(L, look, LUA_MASKCOUNT, 1);
    if (!vm_of(L)->overtime)
        keep(L);
    lua_pushstring(L, vm_of(L)->overtime);
    lua_error(L);
}

/* lua_sethook() is the one function of Lua that a signal's handler may call. */
static void is_over(int number)
{
    (void)number;
    lua_State *L = mine.L;
    if (L)
        lua_sethook(L, look, LUA_MASKCOUNT, 1);
}

static void install_handler(void)
{
    struct sigaction action = {.sa_handler = is_over, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGRTMIN + 2, &action, NULL);
}

static bool set_timer(uint64_t after)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install_handler);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 2};
    event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
    struct itimerspec when = {
        .it_value = {(time_t)(after / NS_PER_S), (long)(after % NS_PER_S)}};
    return timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &mine.timer) == 0 &&
           (timer_settime(mine.timer, 0, &when, NULL) == 0 || timer_delete(mine.timer) != 0);
}

void guard_begin(lua_State *L)
{
    uint64_t limit = vm_of(L)->plan.limits->load;
    mine.until = used() + limit;
    mine.L = L;
    mine.has_timer = set_timer(limit);
    if (!mine.has_timer)
        lua_sethook(L, look, LUA_MASKCOUNT, LOOK_EVERY);
}

void guard_coroutine(lua_State *co)
{
    if (mine.L && (!mine.until || !lua_gethook(co))) /* once it is over none goes on */
        lua_sethook(co, look, LUA_MASKCOUNT, mine.until ? LOOK_EVERY : 1);
}

void guard_end(lua_State *L)
{
    mine.L = NULL;
    if (mine.has_timer)
        timer_delete(mine.timer);
    lua_sethook(L, NULL, 0, 0);
}
