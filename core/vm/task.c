/*
 * Tasks: coroutines with a deadline, resumed and reset by the loop.  See task.h.
 *
 * Threads of tasks that ended well are kept and used again: making one costs more than running
 * a small handler.  Nothing here runs Lua outside lua_resume, lua_pcall or lua_resetthread.
 */
#include "vm/task.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "generation/generation.h"
#include "http/request.h"
#include "vm/limits.h"
#include "vm/trace.h"
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
    lua_sethook(task->thread, NULL, 0, 0);
    lua_settop(task->thread, 0);
    if (vm->nspare < VM_SPARE_THREADS)
        vm->spare[vm->nspare++] = task->reference;
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
    task->chain[0] = task->thread;
    task->depth = 1;
    task->deadline = (struct loop_timer){.fire = deadline_passed, .owner = task};
    task->turn = (struct loop_timer){.fire = go_on, .owner = task};
    memory_begin(vm, &task->memory);
    task->ended = ended;
    task->owner = owner;
    task->next = vm->tasks;
    if (vm->tasks)
        vm->tasks->previous = task;
    vm->tasks = task;
    vm->ntasks++;
    lua_pushcfunction(task->thread, task_main);
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

void task_set_paused(struct task *task, lua_State *coroutine)
{
    task->vm->npaused += (coroutine != NULL) - (task->paused != NULL);
    task->paused = coroutine;
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
    task_set_paused(task, NULL);
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
    if (lua_resetthread(thread) != LUA_OK && lua_topointer(thread, -1) != error &&
        !task->exceeded)
        log_close_error(task, thread);
}

/* From here to leave() the task is the one that runs: that is charged, and watched. */
static struct task *enter(struct task *task)
{
    struct vm *vm = task->vm;
    struct task *before = vm->current;
    vm->current = task;
    vm->memory.open = &task->memory;
    watchdog_watch(vm->limited ? task : NULL);
    return before;
}

static void leave(struct vm *vm, struct task *before)
{
    vm->current = before;
    vm->memory.open = before ? &before->memory : &vm->memory.host;
    watchdog_watch(before && vm->limited ? before : NULL);
}

/* Innermost first, so that what an inner coroutine holds is closed before what it was lent. */
static void reset_chain(struct task *task)
{
    memory_ending(&task->memory);
    struct task *before = enter(task);
    task->ending = true;
    for (; task->depth > 0; task->depth--)
        reset(task, task->chain[task->depth - 1]);
    leave(task->vm, before);
}

static void push_exceeded(lua_State *L, const struct task *task)
{
    const struct script_limits *limits = &task->vm->host->limits;
    char time[LIMITS_TEXT];
    lua_pushfstring(L, "%s: ", task->place);
    if (task->exceeded == TASK_CPU)
        lua_pushfstring(L, "it has used more than %s of processor time",
                        limits_time(limits->cpu, time));
    else if (task->exceeded == TASK_HOLD)
        lua_pushfstring(L,
                        "it has held its worker for more than %s where it cannot be paused "
                        "(inside table.sort, string.gsub, require, tostring): do less at once",
                        limits_time(limits->hold, time));
    else if (task->exceeded == TASK_MEMORY)
        lua_pushfstring(L, "it needs more than %d KiB of memory", (int)(limits->memory / 1024));
    else if (task->exceeded == TASK_PATTERN)
        lua_pushfstring(L,
                        "matching takes too many steps (%d): match less text, or use a "
                        "pattern with fewer repetitions",
                        LIMIT_PATTERN_STEPS);
    else
        lua_pushfstring(L, "its deadline passed while it %s", task->paused ? "ran" : "waited");
    lua_concat(L, 2);
}

/* The error at `error` (0: there is none), and the stacks from that level of the innermost
 * coroutine on. */
static void push_message(lua_State *L, const struct task *task, int error, int level)
{
    if (task->exceeded)
        push_exceeded(L, task);
    else if (error)
        luaL_tolstring(L, error, NULL);
    else
        lua_pushliteral(L, "an error without a message");
    lua_pushliteral(L, "\n");
    trace_push(L, task->chain, task->depth, level, error);
    lua_concat(L, 3);
}

static int traceback(lua_State *L)
{
    const struct task *task = lua_touserdata(L, 1);
    int error = 0;
    if (lua_status(task->thread) > LUA_YIELD) {
        lua_pushvalue(task->thread, -1);
        lua_xmove(task->thread, L, 1);
        error = lua_gettop(L);
    }
    push_message(L, task, error, 0);
    return 1;
}

/* How far a task has come that is dead, paused or parked: the error on top of its thread, and
 * its stacks. */
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

/* The message handler of every task, at the place of the error. */
static int keep_message(lua_State *L)
{
    struct task *task = vm_of(L)->current;
    if (task->ending)
        return 1;                           /* reset() tells */
    if (task->message && !task->exceeded) { /* it is unwound already: a __close has raised */
        log_close_error(task, L);
    } else if (!task->message && task->exceeded != TASK_MEMORY) {
        push_message(L, task, 1, 1);
        task->message = mem_text(lua_tostring(L, -1));
    }
    lua_settop(L, 1);
    return 1;
}

static int main_ended(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    struct task *task = vm_of(L)->current;
    task->failed = status != LUA_OK && status != LUA_YIELD;
    if (status == LUA_ERRMEM && task->vm->limited)
        watchdog_exceed(task, TASK_MEMORY);
    return 0;
}

/* Calls the task's function with its argument.  Protected, so that what is to be closed is,
 * while hooks can still stop it: a thread that died inside a hook has none any more. */
static int task_main(lua_State *L)
{
    lua_pushcfunction(L, keep_message);
    lua_insert(L, 1);
    return main_ended(L, lua_pcallk(L, 1, 0, 1, 0, main_ended), 0);
}

static void fail(struct task *task)
{
    if (!task->message)
        task->message = describe(task);
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
            task->message = describe(task);
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
    if (!task->request)
        task->ticks = 0;
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

/* A paused one has no mark: the hook that paused it may push nothing. */
bool task_is_taken(const struct vm *vm, lua_State *thread)
{
    const struct task *task = vm->npaused > 0 ? vm->tasks : NULL;
    for (; task; task = task->next)
        if (task->paused == thread)
            return true;
    return task_is_parked(thread);
}

void task_unpark(struct task *task, lua_State *thread)
{
    if (task->paused == thread)
        task_set_paused(task, NULL);
    else
        lua_pop(thread, 1);
}

const char *task_limit_name(enum task_limit limit)
{
    static const char *const names[] = {"none", "cpu", "hold", "memory", "pattern", "time"};
    return names[limit];
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
