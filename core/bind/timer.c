/* host.timer: what a generation does by the clock.  See scripts/meta/timer.lua. */
#include "bind/bind.h"

#include "base/clock.h"
#include "base/mem.h"
#include "bind/fields.h"
#include "bind/state.h"

#include <lauxlib.h>
#include <string.h>

/* Whose turn it is stands in a row, by seconds. */
enum { MAX_TIMERS = 100, CLUSTER_NAME = 48, CLUSTER_S = 10, DAY = 86400 };

static void check_new(lua_State *L, const struct bind_state *state, const char *name)
{
    if (vm_of(L)->loaded)
        luaL_error(L, "host.timer is for the load phase: declare timers while scripts load");
    if (state->ntimers == MAX_TIMERS)
        luaL_error(L, "there are more than %d timers", MAX_TIMERS);
    for (int i = 0; i < state->ntimers; i++)
        if (strcmp(state->timers[i].name, name) == 0)
            luaL_error(L, "there is a timer '%s' already", name);
}

static void check_options(lua_State *L)
{
    static const char *const names[] = {"cluster", NULL};
    for (lua_pushnil(L); lua_next(L, 4); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        if (strcmp(key, names[0]) != 0)
            fields_unknown(L, 4, "a timer", key, names);
    }
}

/* The options at 4. */
static bool is_of_cluster(lua_State *L, double seconds, const char *name)
{
    if (lua_isnoneornil(L, 4))
        return false;
    luaL_checktype(L, 4, LUA_TTABLE);
    check_options(L);
    lua_getfield(L, 4, "cluster");
    bool cluster = lua_toboolean(L, -1);
    lua_pop(L, 1);
    if (cluster && seconds < (double)CLUSTER_S)
        bind_arg_error(L, 1, "10 seconds or more for a timer of the cluster");
    if (cluster && strlen(name) > CLUSTER_NAME)
        bind_arg_error(L, 2, "48 bytes at most for a timer of the cluster");
    return cluster;
}

/* The name is at 2, the function at 3, the options at 4; minute: of a daily one. */
static int declare(lua_State *L, double seconds, uint64_t interval, int minute)
{
    struct bind_state *state = bind_state_of(L);
    const char *name = bind_text(L, 2);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    bool cluster = is_of_cluster(L, seconds, name);
    check_new(L, state, name);
    lua_settop(L, 3);
    int function = luaL_ref(L, LUA_REGISTRYINDEX);
    state->timers =
        mem_resize(state->timers, (size_t)state->ntimers + 1, sizeof *state->timers);
    state->timers[state->ntimers++] =
        (struct timer_declaration){mem_text(name), interval, minute, function, cluster};
    return 0;
}

/* host.timer.every(seconds, name, fn, {cluster=}?) */
static int timer_every(lua_State *L)
{
    double seconds = bind_number(L, 1);
    if (seconds < 0.01 || seconds > 366.0 * (double)DAY)
        return bind_arg_error(L, 1, "between 0.01 seconds and a year");
    return declare(L, seconds, (uint64_t)(seconds * (double)NS_PER_S), 0);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "03:00" -> 180; -1 for what is no time of the day. */
static int minute_of(const char *text)
{
    for (int i = 0; i < 5; i++)
        if (i == 2 ? text[i] != ':' : !is_digit(text[i]))
            return -1;
    int hour = (text[0] - '0') * 10 + text[1] - '0';
    int minute = (text[3] - '0') * 10 + text[4] - '0';
    return text[5] == '\0' && hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

/* host.timer.daily("HH:MM", name, fn, {cluster=}?) */
static int timer_daily(lua_State *L)
{
    int minute = minute_of(bind_text(L, 1));
    if (minute < 0)
        return bind_arg_error(L, 1, "a time of the day such as \"03:00\"");
    return declare(L, DAY, 0, minute);
}

static const struct binding module[] = {{"every", timer_every, 3, 4, ""},
                                        {"daily", timer_daily, 3, 4, ""},
                                        {NULL, NULL, 0, 0, NULL}};

int bind_timer_open(lua_State *L)
{
    bind_module(L, "host.timer", module);
    return 1;
}
