/*
 * Tasks: coroutines with a deadline, resumed and reset by the loop.  See task.h.
 *
 * Threads of tasks that ended well are kept and used again: making one costs more than running
 * a small handler.  Nothing here runs Lua outside lua_resume, lua_pcall or lua_resetthread.
 */
#include "script/task.h"

#include "base/clock.h"
#include "base/mem.h"
#include "http/request.h"
#include "script/generation.h"
#include "script/trace.h"

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
    if (vm->nspare > 0) {
        task->reference = vm->spare[--vm->nspare];
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
    return true;
}

static void give_thread(struct vm *vm, struct task *task)
{
    lua_settop(task->thread, 0);
    if (vm->nspare < VM_SPARE_THREADS)
        vm->spare[vm->nspare++] = task->reference;
    else
        luaL_unref(vm->L, LUA_REGISTRYINDEX, task->reference);
}

static void deadline_passed(struct loop_timer *timer);

struct task *task_new(struct vm *vm, lua_CFunction function, void *argument,
                      void (*ended)(struct task *task, enum task_outcome outcome), void *owner)
{
    struct task *task = mem_new(1, sizeof *task);
    task->vm = vm;
    if (!take_thread(vm, task)) {
        free(task);
        return NULL;
    }
    task->chain[0] = task->thread;
    task->depth = 1;
    task->deadline = (struct loop_timer){.fire = deadline_passed, .owner = task};
    task->ended = ended;
    task->owner = owner;
    task->next = vm->tasks;
    if (vm->tasks)
        vm->tasks->previous = task;
    vm->tasks = task;
    vm->ntasks++;
    lua_pushcfunction(task->thread, function);
    lua_pushlightuserdata(task->thread, argument);
    return task;
}

static void unlink_task(struct task *task)
{
    struct vm *vm = task->vm;
    if (task->previous)
        task->previous->next = task->next;
    else
        vm->tasks = task->next;
    if (task->next)
        task->next->previous = task->previous;
    vm->ntasks--;
}

static void end(struct task *task, enum task_outcome outcome)
{
    loop_timer_clear(task->vm->loop, &task->deadline);
    give_thread(task->vm, task);
    unlink_task(task);
    if (task->ended)
        task->ended(task, outcome);
    free(task->message);
    free(task);
}

/* An error in a __close handler ends that handler alone, and has nobody but the log to go to.
 */
static void log_close_error(const struct task *task, lua_State *thread)
{
    struct log_field fields[8];
    int count = task_log_fields(task->thread, fields, 7);
    bool readable = lua_type(thread, -1) == LUA_TSTRING;
    fields[count++] = (struct log_field){"error", readable ? lua_tostring(thread, -1)
                                                           : "an error without a message"};
    log_event(LOG_ERROR, "a __close handler raised while its task was ended", fields, count);
}

/* A thread that died of an error keeps it on top, unless a handler raises another. */
static void reset(const struct task *task, lua_State *thread)
{
    bool has_died = lua_status(thread) > LUA_YIELD;
    const void *error = has_died ? lua_topointer(thread, -1) : NULL;
    if (lua_resetthread(thread) != LUA_OK && lua_topointer(thread, -1) != error)
        log_close_error(task, thread);
}

/* Innermost first, so that what an inner coroutine holds is closed before what it was lent. */
static void reset_chain(struct task *task)
{
    struct task *before = task->vm->current;
    task->vm->current = task;
    task->ending = true;
    while (task->depth > 0)
        reset(task, task->chain[--task->depth]);
    task->vm->current = before;
}

static int traceback(lua_State *L)
{
    const struct task *task = lua_touserdata(L, 1);
    int error = 0;
    if (lua_status(task->thread) == LUA_YIELD) {
        lua_pushliteral(L, "its deadline passed while it waited");
    } else {
        lua_pushvalue(task->thread, -1);
        lua_xmove(task->thread, L, 1);
        error = lua_gettop(L);
        luaL_tolstring(L, error, NULL);
    }
    lua_pushliteral(L, "\n");
    trace_push(L, task->chain, task->depth, 0, error);
    lua_concat(L, 3);
    return 1;
}

/* How far a task has come that is dead or parked: the error on top of its thread, and its
 * stacks. */
static char *describe(struct task *task)
{
    lua_State *L = task->vm->L;
    lua_pushcfunction(L, traceback);
    lua_pushlightuserdata(L, task);
    char *text;
    if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_isstring(L, -1))
        text = mem_text(lua_tostring(L, -1));
    else
        text = mem_text("an error without a message");
    lua_pop(L, 1);
    return text;
}

static void fail(struct task *task, const char *message)
{
    task->message = message ? mem_text(message) : describe(task);
    reset_chain(task);
    end(task, TASK_FAILED);
}

static void run(struct task *task, int nargs)
{
    struct vm *vm = task->vm;
    int nresults = 0;
    if (task_is_parked(task->thread))
        task_unpark(task->thread);
    trace_forget(task->thread);
    vm->current = task;
    int status = lua_resume(task->thread, NULL, nargs, &nresults);
    vm->current = NULL;
    if (status == LUA_OK)
        end(task, TASK_FINISHED);
    else if (status != LUA_YIELD)
        fail(task, NULL);
    else if (!task_is_parked(task->thread))
        fail(task, "coroutine.yield was called outside any coroutine of the script's own");
}

void task_start(struct task *task, uint64_t due)
{
    if (due)
        loop_timer_set(task->vm->loop, &task->deadline, due);
    run(task, 1);
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
    if (outcome == TASK_TIMED_OUT)
        task->message = describe(task);
    reset_chain(task);
    end(task, outcome);
}

void task_cancel(struct task *task)
{
    stop(task, TASK_CANCELLED);
}

static void deadline_passed(struct loop_timer *timer)
{
    stop(timer->owner, TASK_TIMED_OUT);
}

struct task *task_check(lua_State *L, const char *what)
{
    struct task *task = vm_of(L)->current;
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
    struct task *task = vm_of(L)->current;
    task->cancel = cancel;
    task->operation = operation;
    return task_pass_yield(L, k, context);
}

int task_pass_yield(lua_State *L, lua_KFunction k, lua_KContext context)
{
    lua_pushlightuserdata(L, &yield_mark);
    return lua_yieldk(L, 1, context, k);
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

void task_unpark(lua_State *thread)
{
    lua_pop(thread, 1);
}

int task_log_fields(lua_State *L, struct log_field *fields, int max)
{
    const struct vm *vm = vm_of(L);
    const struct http_request *request = vm->current ? vm->current->request : NULL;
    struct log_field all[] = {{"request", request ? request->id : NULL},
                              {"route", request && request->route[0] ? request->route : NULL},
                              {"timer", vm->current ? vm->current->name : NULL},
                              {"generation", vm->generation ? vm->generation->label : NULL}};
    int count = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0] && count < max; i++)
        if (all[i].value)
            fields[count++] = all[i];
    return count;
}
