/* host.timer: what a generation does by the clock.  See scripts/meta/timer.lua. */
#include "bind/bind.h"

#include "base/clock.h"
#include "base/mem.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <string.h>

enum { MAX_TIMERS = 100 };

static void check_new(lua_State *L, const struct vm *vm, const char *name)
{
    if (vm->loaded)
        luaL_error(L,
                   "host.timer.every is for the load phase: declare timers while scripts load");
    if (vm->ntimers == MAX_TIMERS)
        luaL_error(L, "there are more than %d timers", MAX_TIMERS);
    for (int i = 0; i < vm->ntimers; i++)
        if (strcmp(vm->timers[i].name, name) == 0)
            luaL_error(L, "there is a timer '%s' already", name);
}

/* host.timer.every(seconds, name, fn) */
static int timer_every(lua_State *L)
{
    struct vm *vm = vm_of(L);
    double seconds = bind_number(L, 1);
    const char *name = bind_text(L, 2);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    if (seconds < 0.01 || seconds > 366.0 * 86400)
        return bind_arg_error(L, 1, "between 0.01 seconds and a year");
    check_new(L, vm, name);
    int function = luaL_ref(L, LUA_REGISTRYINDEX);
    vm_add_timer(vm, name, (uint64_t)(seconds * (double)NS_PER_S), function);
    return 0;
}

static const struct binding module[] = {{"every", timer_every, 3, 3, ""},
                                        {NULL, NULL, 0, 0, NULL}};

int bind_timer_open(lua_State *L)
{
    bind_module(L, "host.timer", module);
    return 1;
}
