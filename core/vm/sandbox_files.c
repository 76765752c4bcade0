/*
 * io.open and io.lines on the files of the application, read only, as they were when the
 * generation was built: a handle reads the snapshot in memory and never the disk.
 *
 * A handle is the library's own (luaL_Stream), so its methods are.  C's stream behind it is not
 * Lua's memory, so a state may have LIMIT_FILES of them.
 */
#include "vm/files.h"
#include "vm/limits.h"
#include "vm/sandbox.h"
#include "vm/vm.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

static int close_file(lua_State *L)
{
    luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);
    vm_of(L)->nfiles--;
    return luaL_fileresult(L, fclose(stream->f) == 0, NULL);
}

static int no_file(lua_State *L, const char *path)
{
    luaL_pushfail(L);
    lua_pushfstring(L, "%s: there is no such file in the application; host.list() names them",
                    path);
    lua_pushinteger(L, ENOENT);
    return 3;
}

/* Counts those that nobody uses any more out. */
static void check_room(lua_State *L)
{
    struct vm *vm = vm_of(L);
    if (vm->nfiles >= LIMIT_FILES)
        lua_gc(L, LUA_GCCOLLECT);
    if (vm->nfiles >= LIMIT_FILES)
        luaL_error(L, "more than %d files are open: close them (local file <close> = …)",
                   LIMIT_FILES);
}

/* io.open(path, mode?) -> file | fail, message, number */
static int files_open(lua_State *L)
{
    static const char nothing[] = "";
    const char *path = luaL_checkstring(L, 1), *mode = luaL_optstring(L, 2, "r");
    if (strcmp(mode, "r") != 0 && strcmp(mode, "rb") != 0)
        return luaL_error(L, "io.open only reads: keep data in the database (host.db) or, for "
                             "a while, in host.shared");
    const struct vm_file *file = files_find(vm_of(L)->plan.files, path);
    if (!file)
        return no_file(L, path);
    check_room(L);
    luaL_Stream *stream = lua_newuserdatauv(L, sizeof *stream, 0);
    *stream = (luaL_Stream){NULL, NULL}; /* closed, until it is open */
    luaL_setmetatable(L, LUA_FILEHANDLE);
    size_t len = file->bytes.len;
    stream->f = fmemopen((void *)(len ? file->bytes.data : nothing), len ? len : 1, "r");
    if (!stream->f)
        return luaL_fileresult(L, 0, path);
    if (len == 0)
        fseek(stream->f, 0, SEEK_END);
    stream->closef = close_file;
    vm_of(L)->nfiles++;
    return 1;
}

/* io.lines(path, …) -> iterator */
static int files_lines(lua_State *L)
{
    int nformats = lua_gettop(L) - 1;
    luaL_checkstring(L, 1);
    lua_pushcfunction(L, files_open);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 2);
    if (lua_isnil(L, -2))
        return lua_error(L);
    lua_pop(L, 1);
    lua_getfield(L, -1, "lines");
    lua_insert(L, 2);
    lua_insert(L, 3); /* path, lines, file, formats… */
    lua_call(L, nformats + 1, 1);
    return 1;
}

const struct sandbox_function sandbox_files[] = {
    {"io", "open", files_open}, {"io", "lines", files_lines}, {NULL, NULL, NULL}};
