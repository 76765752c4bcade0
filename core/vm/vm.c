/* Makes, loads and frees Lua states.  See vm.h. */
#include "vm/vm.h"

#include "base/log.h"
#include "base/mem.h"
#include "bind/bind.h"
#include "bind/request.h"
#include "generation/generation.h"
#include "generation/serve.h"
#include "vm/coro.h"
#include "vm/guard.h"
#include "vm/sandbox.h"
#include "vm/stress.h"
#include "vm/task.h"
#include "vm/trail.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

static char application_key;

struct vm *vm_of(lua_State *L)
{
    return *(struct vm **)lua_getextraspace(L);
}

/* "web.router" → the file scripts/web/router.lua or scripts/web/router/init.lua. */
static const struct snapshot_file *find_module(const struct snapshot *files, const char *name)
{
    static const char *const ends[] = {".lua", "/init.lua"};
    char path[256];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        int len = snprintf(path, sizeof path, "scripts/%s", name);
        if (len < 0 || (size_t)len >= sizeof path - sizeof "/init.lua")
            return NULL;
        for (char *p = path; *p; p++)
            if (*p == '.')
                *p = '/';
        snprintf(path + len, sizeof path - (size_t)len, "%s", ends[i]);
        const struct snapshot_file *file = snapshot_find(files, path);
        if (file)
            return file;
    }
    return NULL;
}

/* Raises nothing: pushes the compiled file, or why there is none. */
static int load_file(lua_State *L, const struct snapshot_file *file)
{
    char chunk[512];
    int len = snprintf(chunk, sizeof chunk, "@%s", file->origin);
    if (len < 0 || (size_t)len >= sizeof chunk) {
        lua_pushfstring(L, "%s: the path is longer than %d bytes", file->origin,
                        (int)sizeof chunk - 2);
        return LUA_ERRFILE;
    }
    return luaL_loadbufferx(L, file->bytes.data, file->bytes.len, chunk, "t");
}

/* The searcher of require: scripts come from the generation's memory alone. */
static int search(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const struct snapshot_file *file = NULL;
    if (strncmp(name, "meta.", 5) != 0 && !strchr(name, '/'))
        file = find_module(&vm_of(L)->generation->files, name);
    if (!file) {
        lua_pushfstring(L, "no script scripts/%s.lua in this generation", name);
        return 1;
    }
    if (load_file(L, file) != LUA_OK)
        return lua_error(L);
    lua_pushstring(L, file->origin);
    return 2;
}

static void install_modules(lua_State *L)
{
    static const luaL_Reg modules[] = {{"host", bind_host_open},
                                       {"host.clock", bind_clock_open},
                                       {"host.crypto", bind_crypto_open},
                                       {"host.db", bind_db_open},
                                       {"host.html", bind_html_open},
                                       {"host.json", bind_json_open},
                                       {"host.log", bind_log_open},
                                       {"host.metrics", bind_metrics_open},
                                       {"host.qr", bind_qr_open},
                                       {"host.random", bind_random_open},
                                       {"host.shared", bind_shared_open},
                                       {"host.smtp", bind_smtp_open},
                                       {"host.task", bind_task_open},
                                       {"host.timer", bind_timer_open},
                                       {NULL, NULL}};
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    luaL_setfuncs(L, modules, 0);
    lua_pop(L, 1);
}

/* package.searchers = {preload, ours}; with open, the library's others behind them. */
static void install_searcher(lua_State *L, bool open)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
    for (lua_Integer i = count; i >= 2; i--) {
        lua_rawgeti(L, -1, i);
        if (!open) {
            lua_pop(L, 1);
            lua_pushnil(L);
        }
        lua_rawseti(L, -2, open ? i + 1 : i);
    }
    lua_pushcfunction(L, search);
    lua_rawseti(L, -2, 2);
    lua_pop(L, 2);
}

static int prepare(lua_State *L)
{
    bool open = lua_toboolean(L, 1);
    luaL_openlibs(L);
    install_modules(L);
    install_searcher(L, open);
    if (!open)
        sandbox_install(L);
    coro_install(L);
    bind_request_open(L);
    serve_open(L);
    lua_gc(L, LUA_GCGEN, 0, 0);
    return 0;
}

/* An error that nothing protects against: Lua aborts after it. */
static int panic(lua_State *L)
{
    log_line(LOG_ERROR, "an unprotected error: %s",
             lua_isstring(L, -1) ? lua_tostring(L, -1) : "without a message");
    return 0;
}

bool vm_new(const struct vm_host *host, struct generation *generation, bool open,
            struct vm **ret_vm, struct err *err)
{
    struct vm *vm = mem_new(1, sizeof *vm);
    vm->host = host;
    vm->generation = generation;
    vm->open = open;
    vm->limited = !open && host->limits.on;
    vm->trail = host->watch ? trail_new() : NULL;
    memory_init(vm);
    vm->L = vm->limited ? lua_newstate(memory_allocate, vm) : luaL_newstate();
    if (!vm->L) {
        trail_free(vm->trail);
        free(vm);
        return err_set(err, ERR_LIMIT, "no memory for a Lua state");
    }
    lua_atpanic(vm->L, panic);
    *(struct vm **)lua_getextraspace(vm->L) = vm;
    lua_pushcfunction(vm->L, prepare);
    lua_pushboolean(vm->L, open);
    if (lua_pcall(vm->L, 1, 0, 0) != LUA_OK) {
        err_set(err, ERR_STATE, "cannot prepare a Lua state: %s",
                luaL_tolstring(vm->L, -1, NULL));
        vm_free(vm);
        return false;
    }
    *ret_vm = vm;
    return true;
}

void vm_cancel_tasks(struct vm *vm)
{
    while (vm->tasks)
        task_cancel(vm->tasks);
}

void vm_free(struct vm *vm)
{
    if (!vm)
        return;
    lua_close(vm->L);
    stress_end(vm->stress);
    trail_free(vm->trail);
    for (int i = 0; i < vm->ntimers; i++)
        free(vm->timers[i].name);
    free(vm->timers);
    free(vm);
}

static bool is_script(const char *path)
{
    size_t len = strlen(path);
    return strncmp(path, "scripts/", 8) == 0 && len > 4 && strcmp(path + len - 4, ".lua") == 0;
}

void vm_compile_all(struct vm *vm, struct faults *faults)
{
    const struct snapshot *files = &vm->generation->files;
    for (size_t i = 0; i < files->count; i++) {
        if (!is_script(files->files[i].path))
            continue;
        if (load_file(vm->L, &files->files[i]) != LUA_OK)
            faults_add(faults, NULL, 0, lua_tostring(vm->L, -1));
        lua_pop(vm->L, 1);
    }
}

/* An array of texts is a list of faults, each of which says where it is: it stays as it is. */
static int with_traceback(lua_State *L)
{
    if (lua_istable(L, 1) && lua_rawgeti(L, 1, 1) == LUA_TSTRING) {
        lua_settop(L, 1);
        return 1;
    }
    const char *message = luaL_tolstring(L, 1, NULL);
    luaL_traceback(L, L, message, 1);
    return 1;
}

static void require_main(lua_State *L)
{
    static const char *const functions[] = {"handle", "failed", "routes", "command"};
    lua_getglobal(L, "require");
    lua_pushliteral(L, "main");
    lua_call(L, 1, 1);
    if (!lua_istable(L, -1))
        luaL_error(L, "scripts/main.lua returns no table");
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (lua_getfield(L, -1, functions[i]) != LUA_TFUNCTION)
            luaL_error(L, "scripts/main.lua returns a table without a function '%s'",
                       functions[i]);
        lua_pop(L, 1);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, &application_key);
}

static int load_application(lua_State *L)
{
    const struct generation *generation = vm_of(L)->generation;
    struct faults *faults = lua_touserdata(L, 1);
    bool complete =
        settings_push(L, &generation->files, generation->given, generation->ngiven, faults);
    bind_host_configure(L);
    if (complete)
        require_main(L);
    return 0;
}

/* Takes the message on top.  One that compiling has told is not told again. */
static void add_fault(lua_State *L, struct faults *faults)
{
    const char *message = lua_tostring(L, -1);
    if (!faults_have(faults, message))
        faults_add(faults, NULL, 0, message);
    lua_pop(L, 1);
}

static void add_faults(lua_State *L, struct faults *faults)
{
    if (!lua_istable(L, -1)) {
        add_fault(L, faults);
        return;
    }
    for (lua_Integer i = 1; lua_rawgeti(L, -1, i) == LUA_TSTRING; i++)
        add_fault(L, faults);
    lua_pop(L, 1);
}

/* The message of an error of memory says nothing, and its handler is not called. */
static void add_memory_fault(const struct vm *vm, struct faults *faults)
{
    char text[sizeof vm->memory.place + 80];
    snprintf(text, sizeof text, "%s: loading takes more than %lld MiB of memory",
             vm->memory.place[0] ? vm->memory.place : "scripts",
             (long long)(vm->memory.cap / (1024 * 1024)));
    faults_add(faults, NULL, 0, text);
}

static int seal(lua_State *L)
{
    if (!vm_of(L)->open)
        sandbox_seal(L);
    return 0;
}

bool vm_load(struct vm *vm, struct faults *faults)
{
    lua_pushcfunction(vm->L, with_traceback);
    lua_pushcfunction(vm->L, load_application);
    lua_pushlightuserdata(vm->L, faults);
    struct memory_account account;
    memory_load(vm, &account);
    guard_begin(vm->L);
    int status = lua_pcall(vm->L, 1, 0, -3);
    guard_end(vm->L);
    memory_loaded(vm);
    if (status == LUA_OK) {
        lua_pushcfunction(vm->L, seal);
        status = lua_pcall(vm->L, 0, 0, 1);
    }
    if (status == LUA_ERRMEM)
        add_memory_fault(vm, faults);
    else if (status != LUA_OK)
        add_faults(vm->L, faults);
    lua_settop(vm->L, 0);
    vm->loaded = true;
    vm->stress = stress_begin(vm->L);
    return faults->count == 0;
}

void vm_add_timer(struct vm *vm, const char *name, uint64_t interval, int function)
{
    vm->timers = mem_resize(vm->timers, (size_t)vm->ntimers + 1, sizeof *vm->timers);
    vm->timers[vm->ntimers++] = (struct timer_declaration){mem_text(name), interval, function};
}

void vm_attach(struct vm *vm, struct loop *loop, struct db_worker *db, struct mailer *mail)
{
    vm->loop = loop;
    vm->db = db;
    vm->mail = mail;
}

void vm_push_application(lua_State *L, const char *function)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &application_key);
    lua_getfield(L, -1, function);
    lua_remove(L, -2);
}
