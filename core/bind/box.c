/* See box.h. */
#include "bind/box.h"

#include "base/mem.h"
#include "bind/class.h"
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
    return 0;
}

void *bind_wait_box(lua_State *L, size_t size, const char *class,
                    void (*cancel)(struct bind_wait *wait, void *operation),
                    void (*free)(void *operation))
{
    struct bind_wait *wait = bind_box(L, size, 0, class, wait_gc);
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
