/* host.command.pack() and unpack(): files of lines, compressed; see base/packed.h. */
#include "base/packed.h"
#include "bind/bind.h"
#include "bind/command.h"

#define PACKER "host.command.packer"
#define UNPACKER "host.command.unpacker"

enum { LONGEST_LINE = 8 << 20 }; /* half of what a script may hold */

struct packer {
    struct packed_writer *writer; /* NULL once it is finished */
};

struct unpacker {
    struct packed_reader *reader;
};

/* command.pack(path) -> packer | nil, message, kind */
int bind_command_pack(lua_State *L)
{
    bind_command_check(L);
    const char *path = bind_text(L, 1);
    struct packer *packer = lua_newuserdatauv(L, sizeof *packer, 0);
    struct err err;
    packer->writer = NULL;
    luaL_setmetatable(L, PACKER);
    return packed_create(path, &packer->writer, &err) ? 1 : bind_fail(L, &err);
}

static struct packer *check_packer(lua_State *L)
{
    struct packer *packer = luaL_checkudata(L, 1, PACKER);
    if (!packer->writer)
        luaL_error(L, "this file was finished");
    return packer;
}

/* packer:write(bytes) -> true | nil, message, kind */
static int packer_write(lua_State *L)
{
    struct packer *packer = check_packer(L);
    struct err err;
    if (!packed_write(packer->writer, bind_slice(L, 2), &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, true);
    return 1;
}

static int packer_gc(lua_State *L)
{
    struct packer *packer = luaL_checkudata(L, 1, PACKER);
    packed_drop(packer->writer);
    packer->writer = NULL;
    return 0;
}

/* packer:finish() -> true | nil, message, kind */
static int packer_finish(lua_State *L)
{
    struct packer *packer = check_packer(L);
    struct err err;
    bool good = packed_finish(packer->writer, &err);
    packer_gc(L);
    if (!good)
        return bind_fail(L, &err);
    lua_pushboolean(L, true);
    return 1;
}

/* packer:drop() */
static int packer_drop(lua_State *L)
{
    return packer_gc(L);
}

/* command.unpack(path) -> unpacker | nil, message, kind */
int bind_command_unpack(lua_State *L)
{
    bind_command_check(L);
    const char *path = bind_text(L, 1);
    struct unpacker *unpacker = lua_newuserdatauv(L, sizeof *unpacker, 0);
    struct err err;
    unpacker->reader = NULL;
    luaL_setmetatable(L, UNPACKER);
    return packed_open(path, &unpacker->reader, &err) ? 1 : bind_fail(L, &err);
}

/* unpacker:line() -> line | nil at the end | nil, message, kind */
static int unpacker_line(lua_State *L)
{
    struct unpacker *unpacker = luaL_checkudata(L, 1, UNPACKER);
    struct slice line;
    struct err err;
    bool there;
    if (!packed_line(unpacker->reader, LONGEST_LINE, &line, &there, &err))
        return bind_fail(L, &err);
    if (there)
        lua_pushlstring(L, line.data, line.len);
    else
        lua_pushnil(L);
    return 1;
}

/* unpacker:position() -> bytes read, bytes in all */
static int unpacker_position(lua_State *L)
{
    const struct unpacker *unpacker = luaL_checkudata(L, 1, UNPACKER);
    uint64_t at, size;
    packed_position(unpacker->reader, &at, &size);
    lua_pushinteger(L, (lua_Integer)at);
    lua_pushinteger(L, (lua_Integer)size);
    return 2;
}

static int unpacker_gc(lua_State *L)
{
    struct unpacker *unpacker = luaL_checkudata(L, 1, UNPACKER);
    packed_close(unpacker->reader);
    unpacker->reader = NULL;
    return 0;
}

static const struct binding packer_methods[] = {
    {"write", packer_write, 2, 2, "boolean?,string?,string?"},
    {"finish", packer_finish, 1, 1, "boolean?,string?,string?"},
    {"drop", packer_drop, 1, 1, ""},
    {NULL, NULL, 0, 0, NULL}};

static const struct binding unpacker_methods[] = {
    {"line", unpacker_line, 1, 1, "string?,string?,string?"},
    {"position", unpacker_position, 1, 1, "integer,integer"},
    {NULL, NULL, 0, 0, NULL}};

void bind_command_packed(lua_State *L)
{
    bind_class(L, PACKER, packer_methods, packer_gc);
    bind_class(L, UNPACKER, unpacker_methods, unpacker_gc);
    lua_pop(L, 2);
}
