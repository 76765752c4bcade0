/* See command.h. */
#include "generation/command.h"

#include "base/mem.h"
#include "generation/application.h"
#include "loop/loop.h"
#include "vm/task.h"

#include <lauxlib.h>

struct running {
    const char *name;
    char **args;
    size_t nargs;
    int status;
    bool good;
    struct err *err;
    struct loop *loop;
};

static int returned(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    struct running *running = lua_touserdata(L, 1);
    running->status = lua_isnil(L, -1) ? 0 : (int)luaL_checkinteger(L, -1);
    return 0;
}

static int run(lua_State *L)
{
    const struct running *running = lua_touserdata(L, 1);
    application_push(L, "command");
    lua_pushstring(L, running->name);
    lua_newtable(L);
    for (size_t i = 0; i < running->nargs; i++) {
        lua_pushstring(L, running->args[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_callk(L, 2, 1, 0, returned);
    return returned(L, LUA_OK, 0);
}

static void ended(struct task *task, enum task_outcome outcome)
{
    struct running *running = task->owner;
    running->good = outcome == TASK_FINISHED;
    if (!running->good)
        err_set(running->err, ERR_STATE, "%s", task->message ? task->message : "it was ended");
    loop_stop(running->loop);
}

bool command_run(struct vm *vm, const char *name, char **args, size_t nargs, int *ret_status,
                 struct err *err)
{
    if (!application_has(vm->L, "command"))
        return err_set(err, ERR_STATE,
                       "the application has no commands: scripts/main.lua "
                       "returns a table without a function 'command'");
    struct running running = {name, args, nargs, 0, false, err, vm->loop};
    struct task *task = task_new(vm, run, &running, ended, &running);
    if (!task)
        return err_set(err, ERR_LIMIT, "no memory for the command");
    task_start(task, 0);
    loop_run(vm->loop);
    *ret_status = running.status;
    return running.good;
}
