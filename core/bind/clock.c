/*
 * host.clock: the two clocks, waiting, and wall time in IANA zones.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/zone.h"
#include "bind/bind.h"
#include "bind/box.h"
#include "vm/vm.h"

#include <string.h>

enum { SLEEP_MAX_S = 3600 }; /* a request's own deadline comes first; this is for commands */

static const char SLEEPER[] = "host.clock.sleeper";

/* It lies on the stack of the coroutine that sleeps; the loop borrows its timer until it fires
 * or the wait is given up.  A state that is closed meanwhile leaves the loop none. */
struct sleeper {
    struct bind_wait wait;
    struct loop_timer timer;
    struct loop *loop;
};

/* clock.now() -> unix seconds */
static int l_now(lua_State *L)
{
    lua_pushinteger(L, clock_now());
    return 1;
}

/* clock.monotonic() -> seconds since some start, with fractions */
static int l_monotonic(lua_State *L)
{
    lua_pushnumber(L, (double)clock_monotonic() / (double)NS_PER_S);
    return 1;
}

static void sleep_over(struct loop_timer *timer)
{
    struct sleeper *sleeper = timer->owner;
    bind_wait_over(&sleeper->wait);
}

static void sleep_cancel(struct bind_wait *wait, void *operation)
{
    struct sleeper *sleeper = CONTAINER(wait, struct sleeper, wait);
    loop_timer_clear(sleeper->loop, operation);
}

/* clock.sleep(seconds).  Yields. */
static int l_sleep(lua_State *L)
{
    double seconds = bind_number(L, 1);
    if (seconds < 0 || seconds > (double)SLEEP_MAX_S)
        bind_arg_error(L, 1, "0 to %d seconds expected", (int)SLEEP_MAX_S);
    struct task *task = task_check(L, "host.clock.sleep");
    struct sleeper *sleeper = bind_wait_box(L, sizeof *sleeper, SLEEPER, sleep_cancel, NULL);
    uint64_t time = (uint64_t)(seconds * (double)NS_PER_S);
    sleeper->loop = task->vm->loop;
    sleeper->timer = (struct loop_timer){.fire = sleep_over, .owner = sleeper};
    sleeper->wait.operation = &sleeper->timer;
    loop_timer_set(sleeper->loop, &sleeper->timer, clock_monotonic() + time);
    return bind_wait_park(L, &sleeper->wait, task, task_return_nothing, 0);
}

/* nil, message, "input", and for a wall time that clocks skip { before=, after= } */
static int refuse_wall(lua_State *L, const struct zone_gap *gap, const struct err *err)
{
    int count = bind_fail(L, err);
    if (!gap->before[0])
        return count;
    lua_createtable(L, 0, 2);
    lua_pushstring(L, gap->before);
    lua_setfield(L, -2, "before");
    lua_pushstring(L, gap->after);
    lua_setfield(L, -2, "after");
    return count + 1;
}

/* clock.to_unix(text, zone) -> unix seconds | nil, message, "input", gap? */
static int l_to_unix(lua_State *L)
{
    struct slice text = bind_slice(L, 1);
    const char *zone = bind_text(L, 2);
    int64_t unix_seconds;
    struct zone_gap gap;
    struct err err;
    if (!zone_to_unix(text, zone, &unix_seconds, &gap, &err))
        return refuse_wall(L, &gap, &err);
    lua_pushinteger(L, unix_seconds);
    return 1;
}

/* clock.format(t, zone, pattern) -> text | nil, message, "input" */
static int l_format(lua_State *L)
{
    int64_t unix_seconds = bind_integer(L, 1, INT64_MIN, INT64_MAX);
    const char *zone = bind_text(L, 2), *pattern = bind_text(L, 3);
    struct buf *out = bind_buffer(L);
    struct err err;
    if (!zone_format(unix_seconds, zone, pattern, out, &err))
        return bind_fail(L, &err);
    return bind_push_buffer(L, out);
}

/* clock.zone_exists(name) -> boolean; strangers' words come here, so a NUL is no misuse */
static int l_zone_exists(lua_State *L)
{
    struct slice name = bind_slice(L, 1);
    lua_pushboolean(L, strlen(name.data) == name.len && zone_exists(name.data));
    return 1;
}

/* clock.zones() -> sorted array of names, a new one each time */
static int l_zones(lua_State *L)
{
    size_t count;
    const char *const *names = zone_names(&count);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushstring(L, names[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* clock.zone_system() -> name */
static int l_zone_system(lua_State *L)
{
    lua_pushstring(L, zone_system());
    return 1;
}

static const struct binding clock_list[] = {
    {"now", l_now, 0, 0, "integer"},
    {"monotonic", l_monotonic, 0, 0, "number"},
    {"sleep", l_sleep, 1, 1, ""},
    {"to_unix", l_to_unix, 2, 2, "integer?,string?,string?,table?"},
    {"format", l_format, 3, 3, "string?,string?,string?"},
    {"zone_exists", l_zone_exists, 1, 1, "boolean"},
    {"zones", l_zones, 0, 0, "table"},
    {"zone_system", l_zone_system, 0, 0, "string"},
    {NULL, NULL, 0, 0, NULL}};

int bind_clock_open(lua_State *L)
{
    bind_module(L, "host.clock", clock_list);
    return 1;
}
