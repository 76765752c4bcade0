/*
 * host.task: work done side by side.  See scripts/meta/task.lua.
 *
 * each() parks the calling task, the parent, and runs a function for every item of a list in
 * tasks of their own, the children.  They are started by a timer of the loop alone, never from
 * inside another task; all of them have ended before the parent goes on, and a parent that is
 * cancelled cancels them.
 *
 * The group is a userdata that lies on the parent's stack, and a reference while there are
 * children: its user values hold the list and the function that they read.
 */
#include "bind/bind.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "bind/box.h"
#include "vm/task.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

static const char GROUP[] = "host.task.group";

enum { AT_ONCE = 64, SECONDS = 3600 };

#define TURN (10 * NS_PER_MS) /* children are started for so long before others are served */

enum { VALUE_LIST = 1, VALUE_FUNCTION = 2, VALUE_LATE = 3, VALUES = VALUE_LATE };

struct child {
    struct group *group;
    struct task *task; /* NULL: a free place */
    lua_Integer item;
};

struct group {
    struct vm *vm;
    struct task *parent; /* parked; NULL once it was resumed or cancelled */
    int reference;       /* of this userdata, in the registry */
    lua_Integer next, count;
    int running, places;
    uint64_t limit; /* nanoseconds that a child may take; 0: any */
    char *failure;  /* of the first child that raised */
    struct loop_timer pump;
    struct child children[];
};

/* ---- children ---- */

static int run_child(lua_State *L)
{
    const struct child *child = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, child->group->reference);
    lua_getiuservalue(L, 2, VALUE_FUNCTION);
    lua_getiuservalue(L, 2, VALUE_LIST);
    lua_rawgeti(L, -1, child->item);
    lua_remove(L, -2);
    lua_pushinteger(L, child->item);
    lua_callk(L, 2, 0, 0, task_return_nothing);
    return 0;
}

static int note_late(lua_State *L)
{
    const struct child *child = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, child->group->reference);
    lua_getiuservalue(L, 2, VALUE_LATE);
    lua_getiuservalue(L, 2, VALUE_LIST);
    lua_rawgeti(L, -1, child->item);
    lua_rawseti(L, 3, (lua_Integer)lua_rawlen(L, 3) + 1);
    return 0;
}

/* Its item goes into the list of those that took too long. */
static bool keep_late(struct child *child)
{
    lua_State *L = child->group->vm->L;
    lua_pushcfunction(L, note_late);
    lua_pushlightuserdata(L, child);
    bool good = lua_pcall(L, 1, 0, 0) == LUA_OK;
    if (!good)
        lua_pop(L, 1);
    return good;
}

static void wake(struct group *group)
{
    if (group->parent && !loop_timer_is_set(&group->pump))
        loop_timer_set(group->vm->loop, &group->pump, loop_now(group->vm->loop));
}

static void ended(struct task *task, enum task_outcome outcome)
{
    struct child *child = task->owner;
    struct group *group = child->group;
    child->task = NULL;
    group->running--;
    bool fine = outcome == TASK_FINISHED ||
                (outcome == TASK_TIMED_OUT && group->limit && keep_late(child));
    if (!fine && !group->failure)
        group->failure = mem_text(task->message ? task->message : "its task was ended");
    wake(group);
}

static bool start_child(struct group *group, struct child *child)
{
    uint64_t due = loop_timer_due(&group->parent->deadline);
    uint64_t own = group->limit ? clock_monotonic() + group->limit : UINT64_MAX;
    child->group = group;
    child->item = group->next;
    struct task *task = task_new_child(group->parent, run_child, child, ended, child);
    if (!task)
        return false;
    child->task = task;
    group->next++;
    group->running++;
    due = own < due ? own : due;
    task_start(task, due == UINT64_MAX ? 0 : due);
    return true;
}

static struct child *free_place(struct group *group)
{
    struct child *child = group->children;
    while (child->task)
        child++;
    return child;
}

static char *no_room(void)
{
    char text[128];
    snprintf(text, sizeof text,
             "there is no room for another task: one may have %d children at once, theirs "
             "included",
             LIMIT_CHILDREN);
    return mem_text(text);
}

static bool has_to_start(const struct group *group)
{
    return group->running < group->places && group->next <= group->count && !group->failure;
}

/* Starts what there is room for.  A group that has a child waits until that has ended. */
static void start_some(struct group *group)
{
    uint64_t until = clock_monotonic() + TURN;
    bool has_room = true;
    while (has_room && has_to_start(group) && clock_monotonic() < until)
        has_room = start_child(group, free_place(group));
    if (!has_room && group->running == 0)
        group->failure = no_room();
    else if (has_room && has_to_start(group))
        wake(group);
}

static void pump(struct loop_timer *timer)
{
    struct group *group = timer->owner;
    if (group->parent->root->exceeded) /* it is about to be ended, with all its children */
        return;
    start_some(group);
    if (group->running > 0 || has_to_start(group))
        return;
    loop_timer_clear(group->vm->loop, &group->pump);
    task_resume(TAKE(group->parent));
}

/* ---- the parent ---- */

static void let_go(struct group *group)
{
    luaL_unref(group->vm->L, LUA_REGISTRYINDEX, group->reference);
    group->reference = LUA_NOREF;
}

static void cancel(void *operation)
{
    struct group *group = operation;
    group->parent = NULL;
    loop_timer_clear(group->vm->loop, &group->pump);
    for (int i = 0; i < group->places; i++)
        if (group->children[i].task)
            task_cancel(group->children[i].task);
    let_go(group);
}

static int group_gc(lua_State *L)
{
    struct group *group = lua_touserdata(L, 1);
    free(TAKE(group->failure));
    return 0;
}

/* list, at once, function, seconds, group */
static int all_ended(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    struct group *group = lua_touserdata(L, 5);
    let_go(group);
    if (group->failure) {
        lua_pushstring(L, group->failure);
        return lua_error(L);
    }
    lua_getiuservalue(L, 5, VALUE_LATE);
    return 1;
}

/* The group, on top, with its user values. */
static struct group *new_group(lua_State *L, int places)
{
    size_t size = sizeof(struct group) + (size_t)places * sizeof(struct child);
    struct group *group = bind_box(L, size, VALUES, GROUP, group_gc);
    *group = (struct group){.vm = vm_of(L), .reference = LUA_NOREF, .places = places};
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, VALUE_LIST);
    lua_pushvalue(L, 3);
    lua_setiuservalue(L, -2, VALUE_FUNCTION);
    lua_newtable(L);
    lua_setiuservalue(L, -2, VALUE_LATE);
    return group;
}

/* task.each(list, at_once, fn, seconds?) -> table.  Yields. */
static int l_each(lua_State *L)
{
    bind_check_table(L, 1);
    int places = (int)bind_integer(L, 2, 1, AT_ONCE);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    double seconds = lua_isnil(L, 4) ? 0 : bind_number(L, 4);
    if (!lua_isnil(L, 4) && (seconds < 0.001 || seconds > (double)SECONDS))
        return bind_arg_error(L, 4, "between a millisecond and an hour");
    struct task *task = task_check(L, "host.task.each");
    struct group *group = new_group(L, places);
    group->count = (lua_Integer)lua_rawlen(L, 1);
    group->next = 1;
    group->limit = (uint64_t)(seconds * (double)NS_PER_S);
    group->pump = (struct loop_timer){.fire = pump, .owner = group};
    if (group->count == 0) {
        lua_getiuservalue(L, 5, VALUE_LATE);
        return 1;
    }
    lua_pushvalue(L, 5);
    group->reference = luaL_ref(L, LUA_REGISTRYINDEX);
    group->parent = task;
    task->wrote = true; /* a client that goes does not end the children half-way */
    wake(group);
    return task_park(L, cancel, group, all_ended, 0);
}

static const struct binding module[] = {{"each", l_each, 3, 4, "table"},
                                        {NULL, NULL, 0, 0, NULL}};

int bind_task_open(lua_State *L)
{
    bind_module(L, "host.task", module);
    return 1;
}
