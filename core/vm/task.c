/*
 * Tasks: coroutines with a deadline, resumed and reset by the loop.  See task.h.
 *
 * Threads of tasks that ended well are kept and used again: making one costs more than running
 * a small handler.  Nothing here runs Lua outside lua_resume, lua_pcall or lua_resetthread.
 */
#include "vm/task.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "vm/failure.h"
#include "vm/trace.h"
#include "vm/vm.h"
#include "vm/watchdog.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

static char yield_mark; /* its address marks the host's own yields */

static int make_thread(lua_State *L)
{
    lua_newthread(L);
    lua_pushinteger(L, luaL_ref(L, LUA_REGISTRYINDEX));
    return 1;
}

/* A thread with an empty stack: a spare one, or a new one made under protection. */
static bool take_thread(struct vm *vm, struct task *task)
{
    if (vm->tasks.nspare > 0) {
        task->reference = vm->tasks.spare[--vm->tasks.nspare];
    } else {
        lua_pushcfunction(vm->L, make_thread);
        if (lua_pcall(vm->L, 0, 1, 0) != LUA_OK) {
            lua_pop(vm->L, 1);
            return false;
        }
        task->reference = (int)lua_tointeger(vm->L, -1);
        lua_pop(vm->L, 1);
    }
    lua_rawgeti(vm->L, LUA_REGISTRYINDEX, task->reference);
    task->thread = lua_tothread(vm->L, -1);
    lua_pop(vm->L, 1);
    lua_checkstack(task->thread, LUA_MINSTACK * 8); /* once, instead of by and by */
    return true;
}

static void give_thread(struct vm *vm, struct task *task)
{
    lua_sethook(task->thread, NULL, 0, 0);
    lua_settop(task->thread, 0);
    if (vm->tasks.nspare < VM_SPARE_THREADS)
        vm->tasks.spare[vm->tasks.nspare++] = task->reference;
    else
        luaL_unref(vm->L, LUA_REGISTRYINDEX, task->reference);
}

static int task_main(lua_State *L);
static void deadline_passed(struct loop_timer *timer);
static void go_on(struct loop_timer *timer);

struct task *task_new(struct vm *vm, lua_CFunction function, void *argument,
                      void (*ended)(struct task *task, enum task_outcome outcome), void *owner)
{
    struct task *task = mem_new(1, sizeof *task);
    task->vm = vm;
    if (!take_thread(vm, task)) {
        free(task);
        return NULL;
    }
    task->root = task;
    task->chain[0] = task->thread;
    task->depth = 1;
    task->deadline = (struct loop_timer){.fire = deadline_passed, .owner = task};
    task->turn = (struct loop_timer){.fire = go_on, .owner = task};
    memory_begin(vm, &task->memory);
    task->ended = ended;
    task->owner = owner;
    task->next = vm->tasks.first;
    if (task->next)
        task->next->previous = task;
    vm->tasks.first = task;
    vm->tasks.count++;
    lua_pushcfunction(task->thread, task_main);
    lua_pushcfunction(task->thread, function);
    lua_pushlightuserdata(task->thread, argument);
    return task;
}

struct task *task_new_child(struct task *parent, lua_CFunction function, void *argument,
                            void (*ended)(struct task *task, enum task_outcome outcome),
                            void *owner)
{
    struct task *task = NULL;
    if (parent->root->nchildren < LIMIT_CHILDREN)
        task = task_new(parent->vm, function, argument, ended, owner);
    if (!task)
        return NULL;
    task->parent = parent;
    task->root = parent->root;
    task->root->nchildren++;
    task->label = parent->label;
    return task;
}

static void unlink_task(struct task *task)
{
    struct vm *vm = task->vm;
    task->root->nchildren -= task->root != task;
    if (task->previous)
        task->previous->next = task->next;
    else
        vm->tasks.first = task->next;
    if (task->next)
        task->next->previous = task->previous;
    vm->tasks.count--;
}

static void count_exceeded(const struct task *task)
{
    struct metric_label label = {"limit", task_limit_name(task->exceeded)};
    metric_record(METRIC_COUNTER, "tc_limits_exceeded_total", &label, 1, 1);
}

static void end(struct task *task, enum task_outcome outcome)
{
    if (task->exceeded)
        count_exceeded(task);
    loop_timer_clear(task->vm->loop, &task->deadline);
    loop_timer_clear(task->vm->loop, &task->turn);
    watchdog_set_paused(task, NULL);
    if (task->transaction) /* in a coroutine of its own that nobody goes on with */
        task->abandon(task->transaction);
    give_thread(task->vm, task);
    unlink_task(task);
    if (task->ended)
        task->ended(task, outcome);
    free(task->message);
    free(task);
}

/* A thread that died of an error keeps it on top, unless a handler raises another. */
static void reset(const struct task *task, lua_State *thread)
{
    bool has_died = lua_status(thread) > LUA_YIELD;
    const void *error = has_died ? lua_topointer(thread, -1) : NULL;
    if (lua_resetthread(thread) != LUA_OK && lua_topointer(thread, -1) != error &&
        !task->exceeded)
        failure_log_close(task, thread);
}

/* From here to leave() the task is the one that runs: that is charged, and watched. */
static struct task *enter(struct task *task)
{
    struct vm *vm = task->vm;
    struct task *before = vm->tasks.current;
    memory_settle(vm);
    vm->tasks.current = task;
    vm->memory.open = &task->root->memory;
    watchdog_watch(task);
    return before;
}

static void leave(struct vm *vm, struct task *before)
{
    memory_settle(vm);
    vm->tasks.current = before;
    vm->memory.open = before ? &before->root->memory : &vm->memory.host;
    watchdog_watch(before);
}

/* Innermost first, so that what an inner coroutine holds is closed before what it was lent. */
static void reset_chain(struct task *task)
{
    memory_ending(&task->root->memory);
    struct task *before = enter(task);
    task->ending = true;
    for (; task->depth > 0; task->depth--)
        reset(task, task->chain[task->depth - 1]);
    leave(task->vm, before);
    memory_ended(&task->root->memory);
}

static int main_ended(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    struct task *task = vm_of(L)->tasks.current;
    task->failed = status != LUA_OK && status != LUA_YIELD;
    if (status == LUA_ERRMEM && task->vm->limited)
        watchdog_exceed(task, TASK_MEMORY);
    return 0;
}

/* Calls the task's function with its argument.  Protected, so that what is to be closed is,
 * while hooks can still stop it: a thread that died inside a hook has none any more. */
static int task_main(lua_State *L)
{
    lua_pushcfunction(L, failure_keep);
    lua_insert(L, 1);
    return main_ended(L, lua_pcallk(L, 1, 0, 1, 0, main_ended), 0);
}

/* A child has used up what it shares with its root, which is ended for it in a turn of its own;
 * that takes all the others along. */
static void end_root(const struct task *child)
{
    struct task *root = child->root;
    if (root == child || root->exceeded || root->message)
        return;
    root->exceeded = child->exceeded;
    memcpy(root->place, child->place, sizeof root->place);
    root->message = mem_text(child->message);
    loop_timer_set(root->vm->loop, &root->deadline, loop_now(root->vm->loop));
}

static void fail(struct task *task)
{
    if (!task->message)
        task->message = failure_describe(task);
    if (task->exceeded == TASK_CPU || task->exceeded == TASK_MEMORY)
        end_root(task);
    reset_chain(task);
    end(task, task->exceeded ? TASK_EXCEEDED : TASK_FAILED);
}

static void run(struct task *task, int nargs)
{
    struct vm *vm = task->vm;
    int nresults = 0;
    if (task->paused == task->thread || task_is_parked(task->thread))
        task_unpark(task, task->thread);
    trace_forget(task->thread);
    struct task *before = enter(task);
    int status = lua_resume(task->thread, NULL, nargs, &nresults);
    leave(vm, before);
    if (status == LUA_YIELD && task->paused && !task->exceeded) {
        loop_timer_set(vm->loop, &task->turn, loop_now(vm->loop));
    } else if (status == LUA_YIELD && !task->paused) {
        if (task_is_parked(task->thread))
            return;
        if (!task->message)
            task->message = mem_text(
                "coroutine.yield was called outside any coroutine of the script's own");
        fail(task);
    } else if (status == LUA_OK && !task->failed) {
        end(task, TASK_FINISHED);
    } else {
        fail(task);
    }
}

static void go_on(struct loop_timer *timer)
{
    run(timer->owner, 0);
}

void task_start(struct task *task, uint64_t due)
{
    if (due)
        loop_timer_set(task->vm->loop, &task->deadline, due);
    run(task, 2);
}

void task_resume(struct task *task)
{
    task->cancel = NULL;
    run(task, 0);
}

static void stop(struct task *task, enum task_outcome outcome)
{
    void (*cancel)(void *) = TAKE(task->cancel);
    if (cancel)
        cancel(task->operation);
    if (outcome == TASK_TIMED_OUT) {
        task->exceeded = TASK_TIME;
        watchdog_place(task);
        if (!task->message) /* it has raised already, and what waits is a __close */
            task->message = failure_describe(task);
    }
    reset_chain(task);
    end(task, outcome);
}

void task_cancel(struct task *task)
{
    stop(task, TASK_CANCELLED);
}

static void deadline_passed(struct loop_timer *timer)
{
    struct task *task = timer->owner;
    stop(task, task->exceeded ? TASK_EXCEEDED : TASK_TIMED_OUT);
}

struct task *task_check(lua_State *L, const char *what)
{
    struct task *task = vm_of(L)->tasks.current;
    if (!task)
        luaL_error(L, "%s cannot be used while scripts are loading; call it in a handler",
                   what);
    if (task->ending)
        luaL_error(L, "%s cannot wait: its task is being ended", what);
    bool can = lua_isyieldable(L); /* L is in no chain while coroutine.close runs its __close */
    for (int i = 0; i < task->depth; i++)
        can = can && lua_isyieldable(task->chain[i]);
    if (!can)
        luaL_error(L,
                   "%s cannot wait inside a C function that calls back (table.sort, "
                   "string.gsub, require, tostring, coroutine.close); call it before or after",
                   what);
    return task;
}

int task_park(lua_State *L, void (*cancel)(void *operation), void *operation, lua_KFunction k,
              lua_KContext context)
{
    struct task *task = vm_of(L)->tasks.current;
    task->cancel = cancel;
    task->operation = operation;
    return task_pass_yield(L, k, context);
}

int task_pass_yield(lua_State *L, lua_KFunction k, lua_KContext context)
{
    lua_pushlightuserdata(L, &yield_mark);
    return lua_yieldk(L, 1, context, k);
}

const void *task_transaction(const struct task *task)
{
    while (task->parent && !task->transaction)
        task = task->parent;
    return task->transaction;
}

void task_end_transaction(const struct vm *vm, const void *transaction)
{
    for (struct task *task = vm->tasks.first; task; task = task->next)
        if (task->transaction == transaction)
            task->transaction = NULL;
}

int task_return_nothing(lua_State *L, int status, lua_KContext context)
{
    (void)L;
    (void)status;
    (void)context;
    return 0;
}

bool task_is_parked(lua_State *thread)
{
    return lua_status(thread) == LUA_YIELD && lua_gettop(thread) > 0 &&
           lua_touserdata(thread, -1) == &yield_mark;
}

/* A paused one has no mark: the hook that paused it may push nothing. */
bool task_is_taken(const struct vm *vm, lua_State *thread)
{
    const struct task *task = vm->tasks.npaused > 0 ? vm->tasks.first : NULL;
    for (; task; task = task->next)
        if (task->paused == thread)
            return true;
    return task_is_parked(thread);
}

void task_unpark(struct task *task, lua_State *thread)
{
    if (task->paused == thread)
        watchdog_set_paused(task, NULL);
    else
        lua_pop(thread, 1);
}

const char *task_limit_name(enum task_limit limit)
{
    static const char *const names[] = {"none", "cpu", "hold", "memory", "pattern", "time"};
    return names[limit];
}
