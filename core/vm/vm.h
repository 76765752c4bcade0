/*
 * One Lua state: of one generation, on one worker (or of a command).
 *
 * It loads scripts from the files that it is given alone.  Every coroutine of the state finds
 * its vm through the state's extra space.  A vm is built on any thread, then belongs to its
 * worker's.
 *
 * This wing knows neither HTTP nor databases nor generations: what a state is called in the
 * log, what can be required in it and what those modules reach is given by whoever makes it.
 */
#pragma once

#include "base/err.h"
#include "loop/loop.h"
#include "vm/limits.h"
#include "vm/memory.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

struct bind_state;
struct stress;
struct task;
struct vm_files;

enum { VM_SPARE_THREADS = 256 };

/* The tasks of a state, and threads of those that have ended, to be used again. */
struct vm_tasks {
    struct task *current; /* that runs right now; NULL while loading */
    struct task *first;   /* of every live one */
    int count, npaused;
    int nspare;
    int spare[VM_SPARE_THREADS]; /* registry references */
};

/* What a state is made with; all of it outlives the state. */
struct vm_plan {
    const struct script_limits *limits;
    const struct vm_files *files;
    const char *label;        /* of its generation, for logs */
    const luaL_Reg *modules;  /* what require finds besides scripts: openers, by name */
    struct bind_state *bound; /* what those reach; this wing never looks at it */
    bool open;                /* unsandboxed, plain package.path and C modules too: for specs */
};

struct vm {
    lua_State *L;
    struct vm_plan plan;
    struct loop *loop; /* its worker's; NULL while loading */
    struct vm_tasks tasks;
    struct memory memory;
    const char *entered;   /* the name of the binding that was called last */
    struct stress *stress; /* NULL but in specs that ask for it */
    bool loaded;           /* the load phase is over */
    char *overtime;        /* that it took too long, and where; NULL where it did not */
    bool limited;          /* its tasks have limits */
    int keeps_trace;       /* vm/trace.c's */
    int nfiles;            /* open ones, of vm/sandbox_files.c */
};

/* The vm of any coroutine of a state. */
static inline struct vm *vm_of(lua_State *L)
{
    return *(struct vm **)lua_getextraspace(L);
}

/* A state with the standard library and the modules, nothing loaded yet. */
bool vm_new(const struct vm_plan *plan, struct vm **ret_vm, struct err *err);

/* The load phase: runs a protected call of `load` with one light userdata, under the limits of
 * loading; then the standard tables are sealed, unless the state is open, and the vm is ready
 * for tasks.  Returns as lua_pcall() does; what is wrong lies on top of L's stack: a text that
 * begins with its place, or an array of such. */
int vm_load(struct vm *vm, lua_CFunction load, void *argument);

/* Cancels every task, on the vm's own thread, while what its operations run on is there. */
void vm_cancel_tasks(struct vm *vm);
void vm_free(struct vm *vm); /* after that; NULL is fine */
