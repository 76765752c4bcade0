/* See require.h. */
#include "vm/require.h"

#include "base/nearest.h"
#include "vm/chunk.h"
#include "vm/vm.h"

#include <stdio.h>
#include <string.h>

enum { PATH_ROOM = 256 };

/* Where a module lies that is one file, or a folder with an init.lua; false: nowhere. */
static bool path_of(const char *name, const char *end, char path[PATH_ROOM])
{
    int len = snprintf(path, PATH_ROOM, "scripts/%s", name);
    if (len < 0 || (size_t)len >= PATH_ROOM - sizeof "/init.lua")
        return false;
    for (char *p = path; *p; p++)
        if (*p == '.')
            *p = '/';
    snprintf(path + len, PATH_ROOM - (size_t)len, "%s", end);
    return true;
}

static const struct vm_file *find_module(const struct vm_files *files, const char *name)
{
    static const char *const ends[] = {".lua", "/init.lua"};
    char path[PATH_ROOM];
    for (size_t i = 0; i < 2 && path_of(name, ends[i], path); i++) {
        const struct vm_file *file = files_find(files, path);
        if (file)
            return file;
    }
    return NULL;
}

bool require_compile(lua_State *L, const struct vm_file *file)
{
    char chunk[512];
    int len = snprintf(chunk, sizeof chunk, "@%s", file->origin);
    if (len < 0 || (size_t)len >= sizeof chunk) {
        lua_pushfstring(L, "%s: the path is longer than %d bytes", file->origin,
                        (int)sizeof chunk - 2);
        return false;
    }
    return chunk_load_kept(L, file->bytes, chunk);
}

/* Pushes what may have been meant, or where modules lie. */
static void push_advice(lua_State *L, const char *name, const char *path)
{
    static const char folder[] = "scripts/", types[] = "scripts/meta/";
    const struct vm_plan *plan = &vm_of(L)->plan;
    struct nearest script = nearest_to(slice_of(path + strlen(folder)));
    struct nearest module = nearest_to(slice_of(name));
    for (size_t i = 0; i < plan->files->count; i++) {
        const char *other = plan->files->items[i].path;
        if (strncmp(other, folder, strlen(folder)) == 0 &&
            strncmp(other, types, strlen(types)) != 0)
            nearest_offer(&script, other + strlen(folder));
    }
    for (const luaL_Reg *reg = plan->modules; reg && reg->name; reg++)
        nearest_offer(&module, reg->name);
    if (module.word)
        lua_pushfstring(L, "; did you mean '%s'?", module.word);
    else if (script.word)
        lua_pushfstring(L, "; did you mean %s%s?", folder, script.word);
    else
        lua_pushliteral(L, "; a site's own lies in scripts/site/NAME.lua and is required as "
                           "\"site.NAME\"");
}

/* Pushes the chunk of a module and where it comes from; false: a text says what is missing. */
static bool push_script(lua_State *L, const char *name)
{
    const struct vm_file *file = NULL;
    if (strncmp(name, "meta.", 5) != 0 && !strchr(name, '/'))
        file = find_module(vm_of(L)->plan.files, name);
    if (!file) {
        char path[PATH_ROOM] = "scripts/";
        path_of(name, ".lua", path);
        lua_pushfstring(L, "no script %s in this generation", path);
        push_advice(L, name, path);
        lua_concat(L, 2);
        return false;
    }
    if (!require_compile(L, file))
        lua_error(L);
    lua_pushstring(L, file->origin);
    return true;
}

/* The searcher, where require is the library's. */
static int search(lua_State *L)
{
    return push_script(L, luaL_checkstring(L, 1)) ? 2 : 1;
}

/* package.searchers = {preload, ours, the library's others}. */
static void install_searcher(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    for (lua_Integer i = (lua_Integer)lua_rawlen(L, -1); i >= 2; i--) {
        lua_rawgeti(L, -1, i);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushcfunction(L, search);
    lua_rawseti(L, -2, 2);
    lua_pop(L, 2);
}

/* ---- our own ---- */

static int own_require(lua_State *L);

/* The name that a require on the stack was called with; pushes it.  False: this level is none.
 */
static bool push_required(lua_State *L, lua_Debug *at)
{
    lua_getinfo(L, "f", at);
    bool is_require = lua_tocfunction(L, -1) == own_require;
    lua_pop(L, 1);
    return is_require && lua_getlocal(L, at, 1);
}

/* Raises where the module is being loaded already, further up the stack. */
static void check_circle(lua_State *L, const char *name)
{
    lua_Debug at;
    int top = lua_gettop(L);
    bool found = false;
    lua_pushstring(L, name);
    for (int level = 1; !found && lua_getstack(L, level, &at); level++) {
        if (!push_required(L, &at))
            continue;
        found = strcmp(lua_tostring(L, -1), name) == 0;
        lua_pushliteral(L, " \xe2\x86\x92 "); /* an arrow */
        lua_rotate(L, top + 1, 2);
        lua_concat(L, 3);
    }
    if (found)
        luaL_error(L,
                   "modules that require each other: %s; move what both need into a module of "
                   "its own, or require one inside the function that uses it",
                   lua_tostring(L, -1));
    lua_settop(L, top);
}

/* Pushes what makes the module, and where that comes from. */
static void push_loader(lua_State *L, const char *name)
{
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    if (lua_getfield(L, -1, name) == LUA_TFUNCTION) {
        lua_pushliteral(L, ":preload:");
        return;
    }
    lua_settop(L, 2);
    if (!push_script(L, name))
        luaL_error(L, "there is no module '%s': %s", name, lua_tostring(L, -1));
}

/* require(name) -> what the module returned, where it came from.  The library's, without paths
 * of files; a circle is told as one. */
static int own_require(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    lua_settop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, 2, name);
    if (lua_toboolean(L, -1))
        return 1;
    lua_settop(L, 2);
    check_circle(L, name);
    push_loader(L, name);
    lua_pushvalue(L, -1);
    lua_insert(L, 3); /* name, loaded, origin, …, loader, origin */
    lua_pushvalue(L, 1);
    lua_insert(L, -2);
    lua_call(L, 2, 1);
    if (lua_isnil(L, -1) && lua_getfield(L, 2, name) == LUA_TNIL)
        lua_pushboolean(L, true);
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, name);
    lua_pushvalue(L, 3);
    return 2;
}

void require_install(lua_State *L, const luaL_Reg *modules, bool open)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    luaL_setfuncs(L, modules, 0);
    lua_pop(L, 1);
    if (open)
        install_searcher(L);
    else
        lua_register(L, "require", own_require);
}
