/*
 * Boxes: userdata that hold what C has made, freed by the collector where nobody frees it
 * before.  The box is made first, then what goes into it.
 *
 * A wait box is one that a task is parked on:
 *
 *   new -> holds an operation -> submitted (the operation's owner has it) -> ended: held again
 *                                        \-> cancelled or collected: given up
 */
#pragma once

#include "vm/task.h"

#include <lua.h>

/* Pushes a userdata of zeros with so many user values, whose metatable has this __gc; scripts
 * cannot see or change that.  The class is made once per state under its name. */
void *bind_box(lua_State *L, size_t size, int values, const char *class, lua_CFunction gc);

struct bind_wait {
    void *operation; /* NULL once it was taken */
    struct vm *vm;
    size_t charged;    /* bytes that the operation holds for the task */
    struct task *task; /* parked on it: its owner has it; NULL when not */
    void (*cancel)(struct bind_wait *wait, void *operation); /* takes it back from its owner */
    void (*free)(void *operation);                           /* NULL: nothing to do */
};

/* Pushes one; `size` is that of the struct that begins with it. */
void *bind_wait_box(lua_State *L, size_t size, const char *class,
                    void (*cancel)(struct bind_wait *wait, void *operation),
                    void (*free)(void *operation));
/* Its operation was submitted: `return bind_wait_park(…)`; k(L, LUA_YIELD, context) goes on. */
int bind_wait_park(lua_State *L, struct bind_wait *wait, struct task *task, lua_KFunction k,
                   lua_KContext context);
/* So many bytes more are to be copied into the operation: charged to the running task until the
 * box is collected, or given back.  Raises where they do not fit. */
void bind_wait_charge(lua_State *L, struct bind_wait *wait, size_t bytes);
void bind_wait_credit(struct bind_wait *wait);
/* For the operation's done(): the task goes on. */
void bind_wait_over(struct bind_wait *wait);
