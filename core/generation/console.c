/* See console.h. */
#include "generation/console.h"

#include "base/mem.h"
#include "loop/loop.h"
#include "vm/chunk.h"
#include "vm/inspect.h"
#include "vm/task.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

static const char NAME[] = "=typed";

struct console {
    struct vm *vm;
    int environment; /* registry references */
    int function;
    struct task *task; /* while an entry runs */
    struct buf text;   /* that is compiled */
    struct buf *out;
    bool good;
};

/* ---- compiling ---- */

/* Compiles into console->function; what is wrong with it stays on top of the stack. */
static bool compile(struct console *console, const char *before, struct slice entry, int line)
{
    lua_State *L = console->vm->L;
    struct buf *text = &console->text;
    buf_clear(text);
    for (int i = 1; i < line; i++)
        buf_addc(text, '\n');
    buf_adds(text, before);
    buf_add(text, entry.data, entry.len);
    if (!chunk_load(L, (struct slice){text->data, text->len}, NAME))
        return false;
    lua_rawgeti(L, LUA_REGISTRYINDEX, console->environment);
    lua_setupvalue(L, -2, 1);
    lua_rawseti(L, LUA_REGISTRYINDEX, console->function);
    return true;
}

/* Would more lines make something of it? */
static bool is_beginning(lua_State *L)
{
    static const char end[] = "<eof>";
    size_t len;
    const char *message = lua_tolstring(L, -1, &len);
    return message && len >= sizeof end - 1 &&
           strcmp(message + len - (sizeof end - 1), end) == 0;
}

static enum console_outcome compile_entry(struct console *console, struct slice entry, int line,
                                          struct buf *out)
{
    lua_State *L = console->vm->L;
    int top = lua_gettop(L);
    enum console_outcome outcome = CONSOLE_GOOD;
    if (!compile(console, "return ", entry, line) && !compile(console, "", entry, line)) {
        outcome = is_beginning(L) ? CONSOLE_MORE : CONSOLE_FAILED;
        const char *message = lua_tostring(L, -1);
        buf_addf(out, "%s\n", message ? message : "it cannot be compiled");
    }
    lua_settop(L, top);
    return outcome;
}

/* ---- running ---- */

static int returned(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    struct console *console = lua_touserdata(L, 1);
    int last = lua_gettop(L);
    for (int i = 2; i <= last; i++) {
        inspect(L, i, console->out);
        buf_addc(console->out, '\n');
    }
    return 0;
}

static int run(lua_State *L)
{
    const struct console *console = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, console->function);
    lua_callk(L, 0, LUA_MULTRET, 0, returned);
    return returned(L, LUA_OK, 0);
}

/* Without the host's own calls at the bottom of its stack. */
static void add_failure(const struct task *task, struct buf *out)
{
    static const char host[] = "\n\t[C]: in ?";
    size_t end = sizeof host - 1;
    buf_adds(out, task->message ? task->message : "it was ended");
    while (out->len >= end && strcmp(out->data + out->len - end, host) == 0) {
        out->len -= end;
        out->data[out->len] = '\0';
    }
    buf_addc(out, '\n');
}

static void ended(struct task *task, enum task_outcome outcome)
{
    struct console *console = task->owner;
    console->task = NULL;
    console->good = outcome == TASK_FINISHED;
    if (outcome == TASK_CANCELLED)
        buf_adds(console->out, "interrupted\n");
    else if (!console->good)
        add_failure(task, console->out);
    loop_stop(console->vm->loop);
}

enum console_outcome console_run(struct console *console, struct slice entry, int line,
                                 struct buf *out)
{
    enum console_outcome outcome = compile_entry(console, entry, line, out);
    if (outcome != CONSOLE_GOOD)
        return outcome;
    console->out = out;
    console->task = task_new(console->vm, run, console, ended, console);
    if (!console->task) {
        buf_adds(out, "no memory for it\n");
        return CONSOLE_FAILED;
    }
    task_start(console->task, 0);
    loop_run(console->vm->loop);
    return console->good ? CONSOLE_GOOD : CONSOLE_FAILED;
}

void console_interrupt(struct console *console)
{
    if (console->task)
        task_cancel(console->task);
}

/* ---- life ---- */

/* The environment reads on in _G; protected. */
static int make_environment(lua_State *L)
{
    struct console *console = lua_touserdata(L, 1);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushglobaltable(L);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    console->environment = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushboolean(L, false);
    console->function = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

struct console *console_new(struct vm *vm, const char *opening)
{
    struct console *console = mem_new(1, sizeof *console);
    struct buf out = {0};
    console->vm = vm;
    lua_pushcfunction(vm->L, make_environment);
    lua_pushlightuserdata(vm->L, console);
    bool good = lua_pcall(vm->L, 1, 0, 0) == LUA_OK &&
                console_run(console, slice_of(opening), 1, &out) == CONSOLE_GOOD;
    buf_done(&out);
    if (good)
        return console;
    console_free(console);
    return NULL;
}

void console_free(struct console *console)
{
    if (console)
        buf_done(&console->text);
    free(console); /* its references go with the state */
}
