/* Makes, loads and frees Lua states.  See vm.h. */
#include "vm/vm.h"

#include "base/log.h"
#include "base/mem.h"
#include "vm/coro.h"
#include "vm/guard.h"
#include "vm/raised.h"
#include "vm/require.h"
#include "vm/sandbox.h"
#include "vm/stress.h"
#include "vm/task.h"
#include "vm/trace.h"

#include <lualib.h>
#include <stdlib.h>
#include <string.h>

static int prepare(lua_State *L)
{
    const struct vm_plan *plan = &vm_of(L)->plan;
    luaL_openlibs(L);
    require_install(L, plan->modules, plan->open);
    if (!plan->open)
        sandbox_install(L);
    coro_install(L);
    /* Young collections at a growth of so many per cent: what is made between two of them, some
     * hundred kilobytes, is still in a cache of the core when its places are taken again. */
    lua_gc(L, LUA_GCGEN, 10, 0);
    return 0;
}

/* An error that nothing protects against: Lua aborts after it. */
static int panic(lua_State *L)
{
    log_line(LOG_ERROR, "an unprotected error: %s",
             lua_isstring(L, -1) ? lua_tostring(L, -1) : "without a message");
    return 0;
}

bool vm_new(const struct vm_plan *plan, struct vm **ret_vm, struct err *err)
{
    struct vm *vm = mem_new(1, sizeof *vm);
    vm->plan = *plan;
    vm->limited = !plan->open && plan->limits->on;
    memory_init(vm);
    vm->L = vm->limited ? lua_newstate(memory_allocate, vm) : luaL_newstate();
    if (!vm->L) {
        free(vm);
        return err_set(err, ERR_LIMIT, "no memory for a Lua state");
    }
    lua_atpanic(vm->L, panic);
    *(struct vm **)lua_getextraspace(vm->L) = vm;
    lua_pushcfunction(vm->L, prepare);
    if (lua_pcall(vm->L, 0, 0, 0) != LUA_OK) {
        err_set(err, ERR_STATE, "cannot prepare a Lua state: %s",
                luaL_tolstring(vm->L, -1, NULL));
        vm_free(vm);
        return false;
    }
    *ret_vm = vm;
    return true;
}

/* Does the text on top say where it is: at a line, or "--set: …"? */
static bool has_origin(lua_State *L)
{
    const char *text = lua_tostring(L, -1);
    size_t word = strcspn(text, ": \n");
    return raised_has_place(L, -1) || (word > 0 && strncmp(text + word, ": ", 2) == 0);
}

/* An array of texts is a list of faults, each of which says where it is: it stays as it is. */
static int with_traceback(lua_State *L)
{
    if (lua_istable(L, 1) && lua_rawgeti(L, 1, 1) == LUA_TSTRING && has_origin(L)) {
        lua_settop(L, 1);
        return 1;
    }
    trace_push_message(L, L, 1, 1);
    lua_pushliteral(L, "\n");
    trace_push(L, &L, 1, 1, 1);
    lua_concat(L, 3);
    return 1;
}

/* What stands on top of the stack when loading has ended badly: a limit that it was over, which
 * scripts may have caught, or what was raised last. */
static int load_failed(struct vm *vm, int status)
{
    if (vm->overtime)
        lua_pushstring(vm->L, vm->overtime);
    else if (status == LUA_ERRMEM)
        trace_push_message(vm->L, vm->L, 0, -1);
    return vm->overtime ? LUA_ERRRUN : status;
}

static int seal(lua_State *L)
{
    if (!vm_of(L)->plan.open)
        sandbox_seal(L);
    return 0;
}

int vm_load(struct vm *vm, lua_CFunction load, void *argument)
{
    struct memory_account account;
    lua_settop(vm->L, 0);
    lua_pushcfunction(vm->L, with_traceback);
    lua_pushcfunction(vm->L, load);
    lua_pushlightuserdata(vm->L, argument);
    memory_load(vm, &account);
    guard_begin(vm->L);
    int status = lua_pcall(vm->L, 1, 0, 1);
    guard_end(vm->L);
    memory_loaded(vm);
    status = load_failed(vm, status);
    if (status == LUA_OK) {
        lua_pushcfunction(vm->L, seal);
        status = lua_pcall(vm->L, 0, 0, 1);
    }
    vm->loaded = true;
    vm->stress = stress_begin(vm->L);
    return status;
}

void vm_cancel_tasks(struct vm *vm)
{
    while (vm->tasks.first)
        task_cancel(vm->tasks.first);
}

void vm_free(struct vm *vm)
{
    if (!vm)
        return;
    lua_close(vm->L);
    stress_end(vm->stress);
    memory_done(vm);
    free(vm->overtime);
    free(vm);
}
