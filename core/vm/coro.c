/*
 * While a coroutine is being resumed it stands in its task's chain, which is what a cancelled
 * task resets, innermost first.  A yield with the host's mark leaves the coroutine in the chain
 * and goes on to the resumer of the resumer; when the task is resumed, each level's
 * continuation resumes the next one inwards.  Manual: Lua 5.4 section 4.5 ("Handling Yields in
 * C").
 */
#include "vm/coro.h"

#include "vm/guard.h"
#include "vm/task.h"
#include "vm/trace.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <stdatomic.h>

static int again(lua_State *L, int status, lua_KContext context);

static void chain_push(lua_State *L, struct task *task, lua_State *co)
{
    if (task->depth == TASK_COROUTINES)
        luaL_error(L, "coroutines resumed inside coroutines more than %d deep",
                   TASK_COROUTINES);
    task->chain[task->depth] = co;
    atomic_signal_fence(memory_order_release); /* the watchdog's signal looks at them */
    task->depth++;
}

static bool is_wrapped(lua_State *L)
{
    return lua_isthread(L, lua_upvalueindex(1));
}

static int refuse(lua_State *L, const char *why)
{
    lua_pushboolean(L, 0);
    lua_pushstring(L, why);
    return 2;
}

/* Runs its pending __close, while it is in the chain; an error is left on its top. */
static int reset(lua_State *L, lua_State *co)
{
    struct task *task = vm_of(L)->tasks.current;
    if (task)
        chain_push(L, task, co);
    int status = lua_resetthread(co);
    if (task)
        task->depth--;
    return status;
}

static int raise_on(lua_State *L, lua_State *co)
{
    lua_xmove(co, L, 1);
    return lua_error(L);
}

/* Resumes co until it yields to the script, returns or raises: then pushes a boolean and its
 * values (or the error) on L and returns how many. */
static int step(lua_State *L, lua_State *co, int nargs)
{
    struct task *task = vm_of(L)->tasks.current;
    int nresults = 0;
    int status = lua_resume(co, L, nargs, &nresults);
    if ((task && task->paused == co) || task_is_parked(co))
        return task_pass_yield(L, again, (lua_KContext)co);
    if (task)
        task->depth--;
    bool good = status == LUA_OK || status == LUA_YIELD;
    if (!good)
        nresults = 1;
    if (lua_status(co) > LUA_YIELD) { /* else it was not even begun, and may be running */
        if (task && task->exceeded)   /* its hooks may be off: nothing may run in it */
            return raise_on(L, co);
        trace_keep(L, co);
        if (is_wrapped(L))
            reset(L, co);
    }
    if (!lua_checkstack(L, nresults + 1)) {
        lua_pop(co, nresults);
        return refuse(L, "too many results to resume");
    }
    lua_pushboolean(L, good);
    lua_xmove(co, L, nresults);
    return nresults + 1;
}

/* wrap raises what its coroutine raised, with the position of the call before a string. */
static int unwrap(lua_State *L, int count)
{
    if (lua_toboolean(L, -count))
        return count - 1;
    if (lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int again(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    lua_State *co = (lua_State *)context;
    task_unpark(vm_of(L)->tasks.current, co);
    int count = step(L, co, 0);
    return is_wrapped(L) ? unwrap(L, count) : count;
}

static bool is_running(lua_State *L, lua_State *co)
{
    struct task *task = vm_of(L)->tasks.current;
    if (co == L)
        return true;
    for (int i = 0; task && i < task->depth; i++)
        if (task->chain[i] == co)
            return true;
    return false;
}

/* Moves the arguments over and takes the first step; why it cannot is left as for an error. */
static int begin(lua_State *L, lua_State *co, int nargs)
{
    struct task *task = vm_of(L)->tasks.current;
    if (is_running(L, co))
        return refuse(L, "cannot resume non-suspended coroutine");
    if (task_is_taken(vm_of(L), co))
        return refuse(L, "cannot resume a coroutine that waits in another task");
    if (!lua_checkstack(co, nargs + 1))
        return refuse(L, "too many arguments to resume");
    if (task)
        chain_push(L, task, co);
    else
        guard_coroutine(co);
    lua_xmove(L, co, nargs);
    return step(L, co, nargs);
}

/* coroutine.resume(co, …) -> true, … | false, error */
static int co_resume(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    return begin(L, co, lua_gettop(L) - 1);
}

/* coroutine.close(co) -> true | false, error */
static int co_close(lua_State *L)
{
    lua_Debug at;
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    if (co == L || (lua_status(co) == LUA_OK && lua_getstack(co, 0, &at)))
        return luaL_error(L, "cannot close a %s coroutine", co == L ? "running" : "normal");
    if (task_is_taken(vm_of(L), co))
        return luaL_error(L, "cannot close a coroutine that waits in another task");
    bool good = reset(L, co) == LUA_OK;
    lua_pushboolean(L, good);
    if (good)
        return 1;
    lua_xmove(co, L, 1);
    return 2;
}

static int co_wrapped(lua_State *L)
{
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    return unwrap(L, begin(L, co, lua_gettop(L)));
}

/* coroutine.wrap(f) -> function */
static int co_wrap(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, co_wrapped, 1);
    return 1;
}

void coro_install(lua_State *L)
{
    static const luaL_Reg own[] = {
        {"resume", co_resume}, {"wrap", co_wrap}, {"close", co_close}, {NULL, NULL}};
    lua_getglobal(L, "coroutine");
    luaL_setfuncs(L, own, 0);
    lua_pop(L, 1);
}
