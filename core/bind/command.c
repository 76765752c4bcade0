/*
 * host.command: what a long job of a command needs of the machine: a file outside of the
 * application, read in pieces, and a bar that shows how far it is.  Both block, and raise where
 * a server runs the script.
 */
#include "bind/command.h"
#include "base/progress.h"
#include "bind/bind.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOURCE "host.command.source"
#define PROGRESS "host.command.progress"

enum { READ_MAX = 1 << 20, WORDS = 48 };

struct source {
    int fd;
    int64_t size;
};

struct bar {
    struct progress progress;
    char what[WORDS], unit[WORDS];
};

/* ---- a file ---- */

/* command.open(path) -> source | nil, message, "io" */
static int command_open(lua_State *L)
{
    bind_command_check(L);
    const char *path = bind_text(L, 1);
    struct source *source = lua_newuserdatauv(L, sizeof *source, 0);
    struct stat about;
    struct err err;
    source->fd = -1;
    luaL_setmetatable(L, SOURCE);
    source->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (source->fd < 0 || fstat(source->fd, &about) != 0) {
        err_set(&err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
        return bind_fail(L, &err);
    }
    source->size = about.st_size;
    return 1;
}

/* source:read(n) -> up to n bytes | nil at the end | nil, message, "io" */
static int source_read(lua_State *L)
{
    const struct source *source = luaL_checkudata(L, 1, SOURCE);
    size_t count = (size_t)bind_integer(L, 2, 1, READ_MAX);
    luaL_Buffer out;
    char *room = luaL_buffinitsize(L, &out, count);
    ssize_t len = read(source->fd, room, count);
    if (len < 0) {
        struct err err;
        err_set(&err, ERR_IO, "cannot read: %s", strerror(errno));
        return bind_fail(L, &err);
    }
    luaL_pushresultsize(&out, (size_t)len);
    if (len == 0)
        lua_pushnil(L);
    return 1;
}

/* source:size() -> bytes */
static int source_size(lua_State *L)
{
    const struct source *source = luaL_checkudata(L, 1, SOURCE);
    lua_pushinteger(L, source->size);
    return 1;
}

static int source_gc(lua_State *L)
{
    struct source *source = luaL_checkudata(L, 1, SOURCE);
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
    return 0;
}

/* ---- a bar ---- */

/* command.progress(what, unit) -> progress */
static int command_progress(lua_State *L)
{
    bind_command_check(L);
    const char *what = bind_text(L, 1), *unit = bind_text(L, 2);
    struct bar *bar = lua_newuserdatauv(L, sizeof *bar, 0);
    snprintf(bar->what, sizeof bar->what, "%s", what);
    snprintf(bar->unit, sizeof bar->unit, "%s", unit);
    progress_begin(&bar->progress, bar->what, bar->unit);
    luaL_setmetatable(L, PROGRESS);
    return 1;
}

/* progress:tell(done, total) -> false once it shall stop */
static int bar_tell(lua_State *L)
{
    struct bar *bar = luaL_checkudata(L, 1, PROGRESS);
    int64_t done = bind_integer(L, 2, 0, INT64_MAX), total = bind_integer(L, 3, 0, INT64_MAX);
    lua_pushboolean(L, progress_tell(&bar->progress, (uint64_t)done, (uint64_t)total));
    return 1;
}

/* progress:done() */
static int bar_done(lua_State *L)
{
    struct bar *bar = luaL_checkudata(L, 1, PROGRESS);
    progress_end(&bar->progress);
    return 0;
}

static const struct binding source_methods[] = {
    {"read", source_read, 2, 2, "string?,string?,string?"},
    {"size", source_size, 1, 1, "integer"},
    {NULL, NULL, 0, 0, NULL}};

static const struct binding progress_methods[] = {{"tell", bar_tell, 3, 3, "boolean"},
                                                  {"done", bar_done, 1, 1, ""},
                                                  {NULL, NULL, 0, 0, NULL}};

static const struct binding command_list[] = {
    {"open", command_open, 1, 1, "userdata?,string?,string?"},
    {"progress", command_progress, 2, 2, "userdata"},
    {"pack", bind_command_pack, 1, 1, "userdata?,string?,string?"},
    {"unpack", bind_command_unpack, 1, 1, "userdata?,string?,string?"},
    {"snapshot", bind_command_snapshot, 0, 0, "userdata?,string?,string?"},
    {"guest", bind_command_guest, 1, 2, "userdata?,string?,string?"},
    {"secrets", bind_command_secrets, 0, 0, "string"},
    {"adopt_secrets", bind_command_adopt, 1, 1, "boolean?,string?,string?"},
    {NULL, NULL, 0, 0, NULL}};

int bind_command_open(lua_State *L)
{
    bind_class(L, SOURCE, source_methods, source_gc);
    bind_class(L, PROGRESS, progress_methods, NULL);
    lua_pop(L, 2);
    bind_module(L, "host.command", command_list);
    bind_command_packed(L);
    bind_command_rows(L);
    return 1;
}
