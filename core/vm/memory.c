/* See memory.h. */
#include "vm/memory.h"

#include "base/limits.h"
#include "vm/raised.h"
#include "vm/task.h"
#include "vm/vm.h"
#include "vm/watchdog.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define UNLIMITED INT64_MAX

enum { TO_END = 1024 * 1024 };

void memory_init(struct vm *vm)
{
    struct memory *memory = &vm->memory;
    memory->cap = (int64_t)vm->plan.limits->memory * LIMIT_STATE;
    memory->host.limit = UNLIMITED;
    memory->open = &memory->host;
}

void memory_done(struct vm *vm)
{
    blocks_done(&vm->memory.blocks);
}

/* ---- failing on purpose ---- */

#ifdef TC_TEST_CLOCK

/* With TIMECAPSULE_FAIL_ALLOCATIONS in the environment, task number n fails at its n-th. */
static int next_failing(void)
{
    static _Atomic int tasks;
    return getenv("TIMECAPSULE_FAIL_ALLOCATIONS") ? ++tasks : 0;
}

static bool is_failing(struct memory_account *account)
{
    return account->failing > 0 && --account->failing == 0;
}

#else

static int next_failing(void)
{
    return 0;
}

static bool is_failing(struct memory_account *account)
{
    (void)account;
    return false;
}

#endif

/* ---- stacks ---- */

/* Lua says of a new block whether it is a coroutine (manual, lua_Alloc); the first block that
 * is asked for after one is its stack, which is told from other blocks by its address: half a
 * unit of alignment behind what malloc() gives. */
enum { ALIGNMENT = 16, STACK_SHIFT = 8 };
_Static_assert(_Alignof(max_align_t) >= ALIGNMENT, "what malloc() gives is aligned to less");

static bool is_stack(const void *block)
{
    return (uintptr_t)block % ALIGNMENT == STACK_SHIFT;
}

/* As realloc(), and free() for the size 0. */
__attribute__((noinline)) static void *resize_stack(void *block, size_t size)
{
    char *start = block ? (char *)block - STACK_SHIFT : NULL;
    if (size == 0) {
        free(start);
        return NULL;
    }
    char *given = realloc(start, size + STACK_SHIFT);
    /* cppcheck-suppress memleak; it goes by way of what lies behind it */
    return given ? given + STACK_SHIFT : NULL;
}

/* ---- refusing ---- */

/* What the running task holds at most: what the state has above its scripts and the other
 * tasks. */
static int64_t most_held(const struct vm *vm)
{
    int64_t held = vm->memory.used - vm->memory.base;
    for (const struct task *task = vm->tasks.first; task; task = task->next)
        if (&task->memory != vm->memory.open)
            held -= task->memory.held;
    return held > 0 ? held : 0;
}

static bool fits(const struct memory *memory, int64_t growth)
{
    return memory->open->held + growth <= memory->open->limit &&
           memory->used + growth <= memory->base + memory->cap;
}

static void refuse_for_now(struct memory *memory, const void *block, size_t size, bool forced)
{
    memory->refused = block;
    memory->refused_size = size;
    memory->forced = forced;
}

/* An account that shows more than it can hold is put right. */
static bool fits_really(struct vm *vm, int64_t growth)
{
    struct memory *memory = &vm->memory;
    int64_t most = most_held(vm);
    if (most < memory->open->held)
        memory->open->held = most;
    return fits(memory, growth);
}

/* Where the scripts are when they are refused.  From Lua 5.4.5 on a stack that is about to grow
 * cannot be looked at. */
static void keep_place(struct vm *vm, const void *block)
{
    if (LUA_VERSION_RELEASE_NUM > 50404 && is_stack(block))
        return;
    if (!vm->tasks.current && !vm->memory.stood)
        raised_place(vm->L, 0, vm->memory.place, sizeof vm->memory.place);
    else if (vm->tasks.current && !vm->tasks.current->exceeded)
        watchdog_place(vm->tasks.current);
}

static void stand(struct vm *vm)
{
    vm->memory.stood = true;
    if (vm->tasks.current)
        watchdog_exceed(vm->tasks.current, TASK_MEMORY);
}

void memory_settle(struct vm *vm)
{
    if (vm->memory.refused_size)
        stand(vm);
    vm->memory.refused_size = 0;
}

static bool may_grow(struct vm *vm, const void *block, size_t size, int64_t growth)
{
    struct memory *memory = &vm->memory;
    bool again = memory->refused_size == size && memory->refused == block;
    if (!again)
        memory_settle(vm);
    bool forced = again ? memory->forced : is_failing(memory->open);
    memory->refused_size = 0;
    if (!forced && fits_really(vm, growth))
        return true;
    if (!again)
        refuse_for_now(memory, block, size, forced);
    keep_place(vm, block); /* already now: a buffer's growth is not tried again */
    if (again)
        stand(vm);
    return false;
}

static void account(struct memory *memory, int64_t growth)
{
    memory->used += growth;
    memory->open->held += growth;
    if (memory->open->held < 0)
        memory->open->held = 0;
}

/* ---- giving and taking ---- */

static inline void *take(struct blocks *blocks, size_t size)
{
    void *given = blocks_take(blocks, size);
    return given ? given : malloc(size);
}

/* A new block; Lua says what it is for. */
static inline void *give(struct memory *memory, size_t size, size_t purpose)
{
    void *given = memory->awaits_stack ? resize_stack(NULL, size) : take(&memory->blocks, size);
    if (given)
        memory->awaits_stack = purpose == LUA_TTHREAD;
    return given;
}

static inline void take_back(struct memory *memory, void *block, size_t size)
{
    if (!block)
        return;
    if (blocks_have(&memory->blocks, block))
        blocks_give_back(&memory->blocks, block, size);
    else if (is_stack(block))
        resize_stack(block, 0);
    else
        free(block);
    account(memory, -(int64_t)size);
}

/* As realloc(), of a block to a size; most calls are no such, and shall not save registers for
 * it. */
__attribute__((noinline)) static void *resize(struct blocks *blocks, void *block,
                                              size_t old_size, size_t size)
{
    if (is_stack(block))
        return resize_stack(block, size);
    if (!blocks_have(blocks, block))
        return realloc(block, size);
    if (blocks_fits(old_size, size))
        return block;
    void *given = take(blocks, size);
    if (!given)
        return NULL;
    memcpy(given, block, old_size < size ? old_size : size);
    blocks_give_back(blocks, block, old_size);
    return given;
}

static inline bool may_have(const struct memory *memory, int64_t growth)
{
    return memory->open->limit == UNLIMITED ||
           (fits(memory, growth) && !memory->refused_size && !memory->open->failing);
}

__attribute__((noinline)) static void *allocate(struct vm *vm, void *block, size_t old_size,
                                                size_t size)
{
    struct memory *memory = &vm->memory;
    int64_t growth = (int64_t)size - (block ? (int64_t)old_size : 0);
    if (growth > 0 && !may_have(memory, growth) && !may_grow(vm, block, size, growth))
        return NULL;
    void *given =
        block ? resize(&memory->blocks, block, old_size, size) : give(memory, size, old_size);
    if (!given)
        return growth > 0 ? NULL : block; /* Lua counts on that shrinking does not fail */
    account(memory, growth);
    return given;
}

/* Most calls want a small block, and there is one, or give one back. */
void *memory_allocate(void *owner, void *block, size_t old_size, size_t size)
{
    struct vm *vm = owner;
    struct memory *memory = &vm->memory;
    if (!size) {
        take_back(memory, block, old_size);
        return NULL;
    }
    if (!block && !memory->awaits_stack && may_have(memory, (int64_t)size)) {
        void *given = blocks_take(&memory->blocks, size);
        if (given) {
            memory->awaits_stack = old_size == LUA_TTHREAD;
            account(memory, (int64_t)size);
            return given;
        }
    }
    return allocate(vm, block, old_size, size);
}

bool memory_charge(struct vm *vm, size_t size)
{
    struct memory *memory = &vm->memory;
    bool is_bounded = vm->limited && memory->open->limit != UNLIMITED;
    if (is_bounded && !fits(memory, (int64_t)size) && !fits_really(vm, (int64_t)size))
        return false;
    account(memory, (int64_t)size);
    return true;
}

void memory_credit(struct vm *vm, size_t size)
{
    account(&vm->memory, -(int64_t)size);
}

/* ---- accounts ---- */

void memory_load(struct vm *vm, struct memory_account *account)
{
    *account = (struct memory_account){.limit = vm->memory.cap};
    vm->memory.place[0] = '\0';
    vm->memory.stood = false;
    vm->memory.open = account;
}

void memory_loaded(struct vm *vm)
{
    vm->memory.open = &vm->memory.host;
    vm->memory.base = vm->memory.used;
    /* Sanitizers look at each block by itself; the allocator of others is Lua's own. */
#ifndef TC_SANITIZE
    if (vm->limited)
        blocks_begin(&vm->memory.blocks);
#endif
}

void memory_begin(const struct vm *vm, struct memory_account *account)
{
    *account = (struct memory_account){.limit = (int64_t)vm->plan.limits->memory,
                                       .failing = next_failing()};
}

void memory_ending(struct memory_account *account)
{
    account->limit += TO_END;
    account->failing = 0;
}

void memory_ended(struct memory_account *account)
{
    account->limit -= TO_END;
}
