/* See application.h. */
#include "generation/application.h"

#include "bind/bind.h"
#include "bind/request.h"
#include "vm/compiled.h"
#include "vm/require.h"

#include <string.h>

/* Those of main's table that are kept, in the registry by the address of their place here. */
static const struct {
    const char *name;
    bool optional;
} functions[] = {
    {"handle", false}, {"failed", true}, {"routes", true}, {"still", true}, {"command", true}};

static bool is_script(const char *path)
{
    size_t len = strlen(path);
    return strncmp(path, "scripts/", 8) == 0 && len > 4 && strcmp(path + len - 4, ".lua") == 0;
}

/* Compiles a script; true where there is nothing to be said of it, now or when all is loaded.
 */
static bool compile(lua_State *L, const struct vm_file *file, struct names *names,
                    struct faults *faults)
{
    size_t before = names->count;
    bool good = require_compile(L, file);
    if (good)
        names_read(L, file->origin, names);
    else
        faults_add(faults, NULL, 0, lua_tostring(L, -1));
    lua_pop(L, 1);
    return good && names->count == before;
}

void application_compile(struct vm *vm, struct names *names, struct faults *faults)
{
    const struct vm_files *files = vm->plan.files;
    const char *known = vm->plan.open ? "compiles in an open state" : "compiles";
    for (size_t i = 0; i < files->count; i++) {
        const struct vm_file *file = &files->items[i];
        if (is_script(file->path) && !compiled_recall(BY_HOST, file->bytes, known, NULL) &&
            compile(vm->L, file, names, faults))
            compiled_remember(BY_HOST, file->bytes, known, (struct slice){0});
    }
}

/* ---- loading ---- */

struct loading {
    const struct application_plan *plan;
    struct faults *faults;
};

/* Of main's table, at 1. */
static int keep_functions(lua_State *L)
{
    if (!lua_istable(L, 1))
        luaL_error(L, "scripts/main.lua returns no table");
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        int type = lua_getfield(L, 1, functions[i].name);
        if (type != LUA_TFUNCTION && !(functions[i].optional && type == LUA_TNIL))
            luaL_error(L, "scripts/main.lua returns a table without a function '%s'",
                       functions[i].name);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &functions[i]);
    }
    return 0;
}

static int load(lua_State *L)
{
    const struct loading *loading = lua_touserdata(L, 1);
    const struct application_plan *plan = loading->plan;
    bind_request_open(L);
    bool complete = settings_push(L, plan->files, plan->given, plan->ngiven, loading->faults);
    bind_host_configure(L);
    if (!complete)
        return 0;
    lua_pushcfunction(L, keep_functions);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "main");
    lua_call(L, 1, 1);
    lua_call(L, 1, 0);
    if (plan->routes && application_has(L, "routes")) {
        application_push(L, "routes");
        lua_call(L, 0, 1);
        routes_read(L, plan->routes);
    }
    names_check(L, plan->names, loading->faults);
    return 0;
}

/* ---- what loading raised ---- */

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

bool application_load(struct vm *vm, const struct application_plan *plan, struct faults *faults)
{
    struct loading loading = {plan, faults};
    int status = vm_load(vm, load, &loading);
    if (status != LUA_OK) {
        names_check(vm->L, plan->names, faults);
        add_faults(vm->L, faults);
    }
    lua_settop(vm->L, 0);
    return faults->count == 0;
}

void application_push(lua_State *L, const char *function)
{
    size_t i = 0;
    while (strcmp(functions[i].name, function) != 0)
        i++;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &functions[i]);
}

bool application_has(lua_State *L, const char *function)
{
    application_push(L, function);
    bool found = lua_isfunction(L, -1);
    lua_pop(L, 1);
    return found;
}

/* The text in a field of the table on top; NULL where there is none. */
static const char *text_field(lua_State *L, const char *name)
{
    lua_getfield(L, -1, name);
    const char *text = lua_tostring(L, -1);
    lua_pop(L, 1); /* the table keeps it */
    return text;
}

/* route -> its place; nothing where the application does not know it */
static int find_place(lua_State *L)
{
    application_push(L, "routes");
    lua_call(L, 0, 1);
    for (lua_Integer i = 1; lua_geti(L, 2, i) == LUA_TTABLE; i++) {
        const char *name = text_field(L, "name"), *file = text_field(L, "file");
        lua_getfield(L, -1, "line");
        if (name && file && strcmp(name, lua_tostring(L, 1)) == 0) {
            lua_pushfstring(L, "%s:%d: the reply of '%s': ", file, (int)lua_tointeger(L, -1),
                            name);
            return 1;
        }
        lua_pop(L, 2);
    }
    return 0;
}

void application_push_place(lua_State *L, const char *route)
{
    lua_pushcfunction(L, find_place);
    lua_pushstring(L, route);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_isstring(L, -1))
        return;
    lua_pop(L, 1);
    lua_pushliteral(L, "");
}

static int ask_still(lua_State *L)
{
    application_push(L, "still");
    lua_call(L, 0, 2);
    return 2;
}

void application_tell_still(struct vm *vm, struct buf *lines, struct buf *warnings)
{
    lua_State *L = vm->L;
    if (!application_has(L, "still"))
        return;
    lua_pushcfunction(L, ask_still);
    if (lua_pcall(L, 0, 2, 0) != LUA_OK) {
        lua_pushnil(L);
        lua_insert(L, -2);
    }
    const char *told = lua_tostring(L, -2), *warned = lua_tostring(L, -1);
    buf_adds(lines, told ? told : "");
    buf_adds(warnings, warned ? warned : "");
    lua_pop(L, 2);
}
