/*
 * The memory of a Lua state, and who holds it.
 *
 * Every byte is charged to the account that is open: the running task's, or the host's, which
 * has no limit, since what the host does outside a task is not protected against an error.  A
 * task that needs more than its limit fails alone; the state's cap is there for those that hold
 * much together.  What a collection frees is credited to whoever runs then, so an account may
 * show too much: before anything is refused it is held against what the state has in all.
 */
#pragma once

#include "vm/blocks.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vm;

struct memory_account {
    int64_t held;
    int64_t limit;
    int failing; /* for specs: the allocation, counted from now, that fails; 0: none */
};

struct memory {
    struct blocks blocks; /* what has been loaded lies outside */
    int64_t used;         /* by the state */
    int64_t base;         /* … when its scripts had been loaded */
    int64_t cap;          /* above that */
    struct memory_account host;
    struct memory_account *open;
    /* The latest refusal.  Lua collects everything and asks for the same again; for a buffer
     * its library does not, but raises. */
    const void *refused;
    size_t refused_size; /* 0: there was none */
    bool forced;         /* it was for a spec */
    bool awaits_stack;   /* a coroutine was made, and not its stack */
    bool stood;          /* there was one that collecting could not avert */
    char place[96];      /* where the scripts that load were at the first such; "" else */
};

/* Of a vm that is being made: its allocator, with the vm as its owner. */
void memory_init(struct vm *vm);
void memory_done(struct vm *vm); /* when the state is closed */
void *memory_allocate(void *owner, void *block, size_t old_size, size_t size);

/* While scripts are loaded everything is charged to an account with the cap as its limit. */
void memory_load(struct vm *vm, struct memory_account *account);
void memory_loaded(struct vm *vm);

/* A new task's account. */
void memory_begin(const struct vm *vm, struct memory_account *account);
/* What C holds for the running task, outside the state: charged to it as if Lua held it, until
 * it is given back.  False: it does not fit. */
bool memory_charge(struct vm *vm, size_t size);
void memory_credit(struct vm *vm, size_t size);

/* Before another task runs: a refusal that was not tried again stands, whatever has caught the
 * error. */
void memory_settle(struct vm *vm);

/* In between it may hold a little more: what is to be closed needs some. */
void memory_ending(struct memory_account *account);
void memory_ended(struct memory_account *account);
