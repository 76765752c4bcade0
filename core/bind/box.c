/* See box.h. */
#include "bind/box.h"

#include "base/mem.h"
#include "bind/class.h"
#include "vm/memory.h"
#include "vm/vm.h"
#include "vm/watchdog.h"

#include <string.h>

void *bind_box(lua_State *L, size_t size, int values, const char *class, lua_CFunction gc)
{
    void *box = memset(lua_newuserdatauv(L, size, values), 0, size);
    if (class_open(L, class))
        class_event(L, "__gc", gc, 0);
    lua_setmetatable(L, -2);
    return box;
}

static void give_up(void *owner)
{
    struct bind_wait *wait = owner;
    void *operation = TAKE(wait->operation);
    if (TAKE(wait->task))
        wait->cancel(wait, operation);
    else if (operation && wait->free)
        wait->free(operation);
}

static int wait_gc(lua_State *L)
{
    give_up(lua_touserdata(L, 1));
    bind_wait_credit(lua_touserdata(L, 1));
    return 0;
}

void bind_wait_charge(lua_State *L, struct bind_wait *wait, size_t bytes)
{
    if (!memory_charge(wait->vm, bytes)) {
        lua_gc(L, LUA_GCCOLLECT);
        if (!memory_charge(wait->vm, bytes))
            watchdog_raise(L, TASK_MEMORY, "there is no memory for what is to be sent");
    }
    wait->charged += bytes;
}

void bind_wait_credit(struct bind_wait *wait)
{
    memory_credit(wait->vm, wait->charged);
    wait->charged = 0;
}

void *bind_wait_box(lua_State *L, size_t size, const char *class,
                    void (*cancel)(struct bind_wait *wait, void *operation),
                    void (*free)(void *operation))
{
    struct bind_wait *wait = bind_box(L, size, 0, class, wait_gc);
    wait->vm = vm_of(L);
    wait->cancel = cancel;
    wait->free = free;
    return wait;
}

int bind_wait_park(lua_State *L, struct bind_wait *wait, struct task *task, lua_KFunction k,
                   lua_KContext context)
{
    wait->task = task;
    watchdog_waits(task);
    return task_park(L, give_up, wait, k, context);
}

void bind_wait_over(struct bind_wait *wait)
{
    task_resume(TAKE(wait->task));
}
