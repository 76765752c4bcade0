/*
 * host.log: one line per event, with the request's id, route and generation.
 *
 * Nothing personal may reach the log.  A field cannot carry a name that such values usually
 * have
 * (`key`, `email` …): naming it so raises, whatever the level, so that the slip shows in the
 * first spec and not in an admin's log.  That catches carelessness alone; what the values are
 * is the script's own responsibility.
 */
#include "base/log.h"
#include "bind/bind.h"
#include "vm/label.h"

#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 16, FIELDS_TASK = 4, NAME_BYTES = 64 };

static const char *const refused_names[] = {"body", "content", "email", "key",      "mailbox",
                                            "name", "secret",  "token", "password", "query"};

/* What the host writes itself.  Twice on one line, neither could be trusted, so the script's
 * gets an underscore; raising would hurt most where it is likeliest, in the report of an error.
 */
static const char *const host_names[][2] = {
    {"generation", "generation_"}, {"level", "level_"}, {"message", "message_"},
    {"request", "request_"},       {"route", "route_"}, {"time", "time_"}};

static bool is_refused(const char *name)
{
    for (size_t i = 0; i < sizeof refused_names / sizeof refused_names[0]; i++)
        if (!strcmp(refused_names[i], name))
            return true;
    return false;
}

static const char *own_name(const char *name)
{
    for (size_t i = 0; i < sizeof host_names / sizeof host_names[0]; i++)
        if (!strcmp(host_names[i][0], name))
            return host_names[i][1];
    return name;
}

static bool is_name(const char *name, size_t len)
{
    return len > 0 && len <= NAME_BYTES && name[0] >= 'a' && name[0] <= 'z' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

/* The key under the value on top, as the name of a field. */
static const char *check_name(lua_State *L, int index)
{
    if (lua_type(L, -2) != LUA_TSTRING)
        bind_arg_error(L, index, "a field's name is a string, not a %s", luaL_typename(L, -2));
    size_t len;
    const char *name = lua_tolstring(L, -2, &len);
    if (!is_name(name, len))
        bind_arg_error(L, index, "'%s' is no name for a field: a-z, 0-9 and _", name);
    if (is_refused(name))
        bind_arg_error(L, index, "a field may not be called '%s': such values are not logged",
                       name);
    return own_name(name);
}

static int by_name(const void *a, const void *b)
{
    const struct log_field *left = a, *right = b;
    return strcmp(left->name, right->name);
}

/* Leaves the values on the stack as strings (a NUL ends one early): they are borrowed. */
static int check_fields(lua_State *L, int index, struct log_field *fields)
{
    if (lua_isnoneornil(L, index))
        return 0;
    bind_check_table(L, index);
    luaL_checkstack(L, FIELDS_MAX + 4, "log fields");
    int count = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) { /* …, earlier values, key, value */
        const char *name = check_name(L, index);
        int type = lua_type(L, -1);
        if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
            bind_arg_error(L, index, "field '%s' is a %s; string, number or boolean expected",
                           name, lua_typename(L, type));
        if (count == FIELDS_MAX)
            bind_arg_error(L, index, "more than %d fields", (int)FIELDS_MAX);
        luaL_tolstring(L, -1, NULL);
        fields[count++] = (struct log_field){name, lua_tostring(L, -1),
                                             type == LUA_TSTRING ? LOG_WORDS : LOG_NUMBER};
        lua_replace(L, -2);
        lua_insert(L, -2); /* the text below the key, which lua_next goes on from */
    }
    qsort(fields, (size_t)count, sizeof fields[0], by_name);
    return count;
}

static int event(lua_State *L, enum log_level level)
{
    const char *message = bind_text(L, 1);
    struct log_field fields[FIELDS_MAX + FIELDS_TASK];
    int count = check_fields(L, 2, fields);
    if (!log_enabled(level))
        return 0;
    count += label_fields(L, fields + count, FIELDS_TASK);
    log_event(level, message, fields, count);
    return 0;
}

/* log.debug(message, {field = value}?) and its siblings */
static int l_debug(lua_State *L)
{
    return event(L, LOG_DEBUG);
}

static int l_info(lua_State *L)
{
    return event(L, LOG_INFO);
}

static int l_warn(lua_State *L)
{
    return event(L, LOG_WARN);
}

static int l_error(lua_State *L)
{
    return event(L, LOG_ERROR);
}

static const struct binding log_list[] = {{"debug", l_debug, 1, 2, ""},
                                          {"info", l_info, 1, 2, ""},
                                          {"warn", l_warn, 1, 2, ""},
                                          {"error", l_error, 1, 2, ""},
                                          {NULL, NULL, 0, 0, NULL}};

int bind_log_open(lua_State *L)
{
    bind_module(L, "host.log", log_list);
    return 1;
}
