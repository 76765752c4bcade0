/* See failure.h. */
#include "vm/failure.h"

#include "base/mem.h"
#include "vm/label.h"
#include "vm/trace.h"
#include "vm/vm.h"

#include <lauxlib.h>

static int close_message(lua_State *L)
{
    trace_push_message(L, L, 1, 1);
    return 1;
}

void failure_log_close(const struct task *task, lua_State *thread)
{
    struct log_field fields[8];
    int count = label_fields(task->thread, fields, 7);
    bool readable = lua_checkstack(thread, 2);
    if (readable) {
        lua_pushcfunction(thread, close_message);
        lua_pushvalue(thread, -2);
        readable = lua_pcall(thread, 1, 1, 0) == LUA_OK;
    }
    fields[count++] = (struct log_field){
        "error", readable ? lua_tostring(thread, -1) : "an error without a message", LOG_WORDS};
    log_event(LOG_ERROR, "a __close handler raised while its task was ended", fields, count);
}

static void push_exceeded(lua_State *L, const struct task *task)
{
    const struct script_limits *limits = task->vm->plan.limits;
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
        trace_push_message(L, task->chain[task->depth - 1], level, error);
    else
        lua_pushliteral(L, "an error without a message");
    trace_cut(L);
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

char *failure_describe(struct task *task)
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

int failure_keep(lua_State *L)
{
    struct task *task = vm_of(L)->tasks.current;
    if (task->ending)
        return 1;                           /* who ends it tells */
    if (task->message && !task->exceeded) { /* it is unwound already: a __close has raised */
        failure_log_close(task, L);
    } else if (!task->message && task->exceeded != TASK_MEMORY) {
        push_message(L, task, 1, 1);
        task->message = mem_text(lua_tostring(L, -1));
    }
    lua_settop(L, 1);
    return 1;
}
