/* See require.h. */
#include "vm/require.h"

#include "vm/vm.h"

#include <stdio.h>
#include <string.h>

static const struct vm_file *find_module(const struct vm_files *files, const char *name)
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
        const struct vm_file *file = files_find(files, path);
        if (file)
            return file;
    }
    return NULL;
}

int require_compile(lua_State *L, const struct vm_file *file)
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

/* The searcher. */
static int search(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const struct vm_file *file = NULL;
    if (strncmp(name, "meta.", 5) != 0 && !strchr(name, '/'))
        file = find_module(vm_of(L)->plan.files, name);
    if (!file) {
        lua_pushfstring(L, "no script scripts/%s.lua in this generation", name);
        return 1;
    }
    if (require_compile(L, file) != LUA_OK)
        return lua_error(L);
    lua_pushstring(L, file->origin);
    return 2;
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

void require_install(lua_State *L, const luaL_Reg *modules, bool open)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    luaL_setfuncs(L, modules, 0);
    lua_pop(L, 1);
    install_searcher(L, open);
}
