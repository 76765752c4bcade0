/* require "host": the generation, its files and settings, the state of the server.  See
 * scripts/meta/host.lua. */
#include "base/cut.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/nearest.h"
#include "bind/bind.h"
#include "bind/state.h"
#include "http/reply.h"
#include "vm/files.h"
#include "vm/task.h"
#include "vm/trace.h"
#include "vm/trail.h"

#include <lauxlib.h>
#include <string.h>
#include <sys/statvfs.h>

static char config_key;

/* host.read(path) -> string? */
static int host_read(lua_State *L)
{
    const struct vm_file *file = files_find(bind_state_of(L)->files, bind_text(L, 1));
    if (file)
        lua_pushlstring(L, file->bytes.data, file->bytes.len);
    else
        lua_pushnil(L);
    return 1;
}

/* host.list(prefix) -> paths, sorted */
static int host_list(lua_State *L)
{
    const char *prefix = bind_text(L, 1);
    const struct vm_files *files = bind_state_of(L)->files;
    size_t len = strlen(prefix), from = files_from(files, prefix);
    lua_newtable(L);
    for (size_t i = from; i < files->count && !strncmp(files->items[i].path, prefix, len);
         i++) {
        lua_pushstring(L, files->items[i].path);
        lua_rawseti(L, -2, (lua_Integer)(i - from) + 1);
    }
    return 1;
}

/* host.nearest(word, words) -> word? */
static int host_nearest(lua_State *L)
{
    struct nearest nearest = nearest_to(slice_of(bind_text(L, 1)));
    luaL_checktype(L, 2, LUA_TTABLE);
    for (lua_Integer i = 1; lua_rawgeti(L, 2, i) == LUA_TSTRING; i++) {
        nearest_offer(&nearest, lua_tostring(L, -1)); /* the table keeps it */
        lua_pop(L, 1);
    }
    lua_pushstring(L, nearest.word);
    return 1;
}

/* host.asset(path) -> url */
static int host_asset(lua_State *L)
{
    const struct bind_state *state = bind_state_of(L);
    const char *path = bind_text(L, 1), *url = state->asset_url(state->assets, path);
    if (!url)
        return luaL_error(L, "there is no file static/%s", path);
    lua_pushstring(L, url);
    return 1;
}

/* What is left for us on the disk of the data folder; nil where nobody says. */
static void push_disk_free(lua_State *L, const char *data)
{
    struct statvfs disk;
    if (data && statvfs(data, &disk) == 0)
        lua_pushinteger(L, (lua_Integer)(disk.f_bavail * disk.f_frsize));
    else
        lua_pushnil(L);
}

/* host.status() -> table */
static int host_status(lua_State *L)
{
    const struct bind_state *state = bind_state_of(L);
    struct host_status status = {0};
    if (state->host->status)
        state->host->status(state->host->owner, &status);
    lua_createtable(L, 0, 10);
    lua_pushboolean(L, metrics_taken());
    lua_setfield(L, -2, "inherited");
    lua_pushstring(L, status.version);
    lua_setfield(L, -2, "version");
    lua_pushnumber(L, status.uptime_s);
    lua_setfield(L, -2, "uptime");
    lua_pushboolean(L, status.stopping);
    lua_setfield(L, -2, "stopping");
    lua_pushinteger(L, (lua_Integer)status.connections);
    lua_setfield(L, -2, "connections");
    lua_pushinteger(L, state->generation);
    lua_setfield(L, -2, "generation");
    lua_pushstring(L, state->digest);
    lua_setfield(L, -2, "digest");
    lua_pushinteger(L, vm_of(L)->tasks.count);
    lua_setfield(L, -2, "tasks");
    lua_pushinteger(L, state->host->workers);
    lua_setfield(L, -2, "workers");
    push_disk_free(L, state->host->data);
    lua_setfield(L, -2, "disk_free");
    return 1;
}

/* Appends the line to the array on top, but for blanks around it, if it says something. */
static void add_line(lua_State *L, struct slice line)
{
    if (line.len && line.data[line.len - 1] == '\r')
        line.len--;
    line = cut_blanks(line);
    if (!line.len || line.data[0] == '#')
        return;
    lua_pushlstring(L, line.data, line.len);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

static const struct setting_given *find_given(const struct bind_state *state, const char *name)
{
    for (size_t i = 0; i < state->ngiven; i++)
        if (strcmp(state->given[i].name, name) == 0)
            return &state->given[i];
    return NULL;
}

/* The file that a setting of the application's names, or an option of the host's that scripts
 * read; NULL: none. */
static const char *file_of(const struct bind_state *state, const char *name)
{
    if (strcmp(name, "metrics_token_file") == 0)
        return state->host->metrics_token_file;
    const struct setting_given *given = find_given(state, name);
    return given ? given->value : NULL;
}

/* host.lines(name) -> array | nil, message, kind */
static int host_lines(lua_State *L)
{
    const char *path = file_of(bind_state_of(L), bind_text(L, 1));
    struct buf *bytes = bind_buffer(L);
    struct err err;
    lua_newtable(L);
    if (!path)
        return 1;
    if (!file_read(path, LIMIT_SETTING_FILE, bytes, &err))
        return bind_fail(L, &err);
    struct slice rest = {bytes->data, bytes->len};
    while (rest.len)
        add_line(L, cut_until(&rest, '\n'));
    return 1;
}

/* host.reload() -> boolean */
static int host_reload(lua_State *L)
{
    const struct bind_host *host = bind_state_of(L)->host;
    task_check(L, "host.reload");
    if (host->reload)
        host->reload(host->owner);
    lua_pushboolean(L, host->reload != NULL);
    return 1;
}

/* host.failure() -> string? */
static int host_failure(lua_State *L)
{
    const struct bind_host *host = bind_state_of(L)->host;
    struct buf *text = bind_buffer(L);
    if (host->failure)
        host->failure(host->owner, text);
    if (text->len > 0)
        return bind_push_buffer(L, text);
    lua_pushnil(L);
    return 1;
}

/* One line of a checkup, as a table on top. */
static void push_verdict(lua_State *L, struct slice line)
{
    static const char *const names[] = {"verdict", "subject", "text", "advice"};
    lua_createtable(L, 0, 4);
    for (int i = 0; i < 4; i++) {
        struct slice field = cut_until(&line, '\t');
        if (field.len == 0)
            continue;
        lua_pushlstring(L, field.data, field.len);
        lua_setfield(L, -2, names[i]);
    }
}

/* host.checkup(again?) -> table? */
static int host_checkup(lua_State *L)
{
    const struct bind_host *host = bind_state_of(L)->host;
    struct buf *text = bind_buffer(L);
    int64_t at = 0;
    task_check(L, "host.checkup");
    if (!host->checkup) {
        lua_pushnil(L);
        return 1;
    }
    bool judging = host->checkup(host->checkup_of, lua_toboolean(L, 1), text, &at);
    lua_createtable(L, 0, 3);
    lua_pushboolean(L, judging);
    lua_setfield(L, -2, "judging");
    if (at > 0) {
        lua_pushinteger(L, (lua_Integer)at);
        lua_setfield(L, -2, "at");
    }
    lua_newtable(L);
    struct slice rest = {text->data, text->len};
    for (lua_Integer i = 1; rest.len; i++) {
        push_verdict(L, cut_until(&rest, '\n'));
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "lines");
    return 1;
}

/* host.origin(path) -> string? */
static int host_origin(lua_State *L)
{
    const struct vm_file *file = files_find(bind_state_of(L)->files, bind_text(L, 1));
    lua_pushstring(L, file ? file->origin : NULL);
    return 1;
}

/* host.source(name) -> string? */
static int host_source(lua_State *L)
{
    const struct setting_given *given = find_given(bind_state_of(L), bind_text(L, 1));
    lua_pushstring(L, given ? given->origin : NULL);
    return 1;
}

/* host.traceback(err?) -> string */
static int host_traceback(lua_State *L)
{
    const struct task *task = vm_of(L)->tasks.current;
    if (task && task->depth > 0 && task->chain[task->depth - 1] == L)
        trace_push(L, task->chain, task->depth, 2, 1);
    else
        trace_push(L, &L, 1, 2, 1);
    return 1;
}

/* host.message(err?) -> string */
static int host_message(lua_State *L)
{
    trace_push_message(L, L, 2, 1);
    return 1;
}

/* The texts stay in the registry for as long as the state lives: they are borrowed. */
static void stand(lua_State *L, struct http_headers *headers)
{
    struct slice name, value;
    struct err err;
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
        bind_arg_error(L, 1, "texts by name are expected");
    name.data = lua_tolstring(L, -2, &name.len);
    value.data = lua_tolstring(L, -1, &value.len);
    for (size_t i = 0; i < headers->count; i++)
        if (slice_is(name, headers->items[i].name.data))
            luaL_error(L, "every reply has the header %s already", name.data);
    if (!http_headers_add(headers, name, value, &err))
        luaL_error(L, "%s", err.text);
    lua_pushvalue(L, -2);
    luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, -1);
    luaL_ref(L, LUA_REGISTRYINDEX);
}

/* host.headers(table) */
static int host_headers(lua_State *L)
{
    struct bind_state *state = bind_state_of(L);
    luaL_checktype(L, 1, LUA_TTABLE);
    if (vm_of(L)->loaded)
        return luaL_error(L, "host.headers is called while scripts are loading");
    if (!state->headers)
        state->headers = mem_new(1, sizeof *state->headers);
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
        stand(L, state->headers);
    return 0;
}

/* host.statements(request) -> { { name=, ms=, good= }, … } */
static int host_statements(lua_State *L)
{
    trail_push(L, bind_state_of(L)->trail, bind_text(L, 1));
    return 1;
}

/* host.bindings() -> { [module] = { {name=, min=, max=, returns=}, … } } */
static int host_bindings(lua_State *L)
{
    bind_push_all(L);
    return 1;
}

static const struct binding module[] = {{"read", host_read, 1, 1, "string?"},
                                        {"list", host_list, 1, 1, "table"},
                                        {"lines", host_lines, 1, 1, "table?,string?,string?"},
                                        {"nearest", host_nearest, 2, 2, "string?"},
                                        {"asset", host_asset, 1, 1, "string"},
                                        {"status", host_status, 0, 0, "table"},
                                        {"bindings", host_bindings, 0, 0, "table"},
                                        {"reload", host_reload, 0, 0, "boolean"},
                                        {"failure", host_failure, 0, 0, "string?"},
                                        {"checkup", host_checkup, 0, 1, "table?"},
                                        {"headers", host_headers, 1, 1, ""},
                                        {"origin", host_origin, 1, 1, "string?"},
                                        {"source", host_source, 1, 1, "string?"},
                                        {"message", host_message, 0, 1, "string"},
                                        {"traceback", host_traceback, 0, 1, "string"},
                                        {"statements", host_statements, 1, 1, "table"},
                                        {NULL, NULL, 0, 0, NULL}};

int bind_host_open(lua_State *L)
{
    const struct bind_state *state = bind_state_of(L);
    bind_module(L, "host", module);
    lua_pushinteger(L, state->generation);
    lua_setfield(L, -2, "generation");
    lua_pushinteger(L, state->host->workers);
    lua_setfield(L, -2, "workers");
    lua_pushboolean(L, state->judges);
    lua_setfield(L, -2, "judges");
    lua_rawgetp(L, LUA_REGISTRYINDEX, &config_key);
    lua_setfield(L, -2, "config");
    return 1;
}

static int refuse_write(lua_State *L)
{
    return luaL_error(L,
                      "host.config is read-only; settings are declared in scripts/config.lua, "
                      "a site's in scripts/site_config.lua");
}

/* (values, name) of a name that has no value */
static int unset(lua_State *L)
{
    const char *name = luaL_tolstring(L, 2, NULL);
    struct nearest nearest = nearest_to(slice_of(name));
    lua_getfield(L, lua_upvalueindex(1), name);
    if (lua_toboolean(L, -1)) { /* declared, and set by nobody */
        lua_pushnil(L);
        return 1;
    }
    for (lua_pushnil(L); lua_next(L, lua_upvalueindex(1)); lua_pop(L, 1))
        nearest_offer(&nearest, lua_tostring(L, -2));
    if (nearest.word)
        return luaL_error(L, "there is no setting '%s'; did you mean '%s'?", name,
                          nearest.word);
    return luaL_error(L,
                      "there is no setting '%s': scripts/config.lua or scripts/site_config.lua "
                      "declares it",
                      name);
}

/* Takes the value on top. */
static void set(lua_State *L, int values, const char *name)
{
    lua_setfield(L, values, name);
    lua_pushboolean(L, true);
    lua_setfield(L, values + 1, name);
}

static void set_options(lua_State *L, int values, const struct bind_host *host)
{
    lua_pushstring(L, host->public_url);
    set(L, values, "public_url");
    lua_pushstring(L, host->admin_listen);
    set(L, values, "admin_listen");
    lua_pushstring(L, host->time_zone);
    set(L, values, "time_zone");
    lua_pushstring(L, host->mail);
    set(L, values, "mail");
    lua_pushstring(L, host->mail_from);
    set(L, values, "mail_from");
    lua_pushinteger(L, host->mail_connections);
    set(L, values, "mail_connections");
    lua_pushboolean(L, host->watch);
    set(L, values, "watch");
    lua_pushboolean(L, host->rate_limits);
    set(L, values, "rate_limits");
    lua_pushboolean(L, host->reminders);
    set(L, values, "reminders");
    lua_pushinteger(L, host->workers);
    set(L, values, "workers");
}

/* The metatable of host.config has the values as its __index, and they one that judges names.
 */
void bind_host_configure(lua_State *L)
{
    int values = lua_gettop(L) - 1;
    set_options(L, values, bind_state_of(L)->host);
    lua_pushcclosure(L, unset, 1); /* takes the names */
    lua_createtable(L, 0, 1);
    lua_insert(L, -2);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, values);
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    lua_rotate(L, values, -1); /* config, metatable, values */
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_write);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &config_key);
}
