/*
 * host.shared: spaces of values that every worker and every generation sees.
 *
 * A space object is a userdata with a borrowed pointer; spaces live as long as the process, so
 * the pointer cannot die first.  Bytes are copied in and out.
 */
#include "base/shared.h"
#include "bind/bind.h"
#include "bind/state.h"
#include "vm/vm.h"

#include <string.h>

static const char SPACE[] = "host.shared.space";

enum {
    KEYS_DEFAULT = 10000,
    KEYS_MAX = 1000000,
    KEY_BYTES = 256,
    VALUE_BYTES = 65536,
    NAME_BYTES = 64
};

struct space_box {
    struct shared_space *space;
    size_t max; /* to be taken over once scripts have loaded; 0: it has been */
};

/* A generation that loads may turn out to have faults: its bound counts later. */
static void take_bound(lua_State *L, struct space_box *box)
{
    if (box->max == 0 || !vm_of(L)->loaded)
        return;
    shared_bound(box->space, box->max);
    box->max = 0;
}

/* luaL_testudata() would look the class up by its name, each time. */
static bool is_space(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TUSERDATA || !lua_getmetatable(L, 1))
        return false;
    bool is_one = lua_topointer(L, -1) == bind_state_of(L)->space;
    lua_pop(L, 1);
    return is_one;
}

static struct shared_space *check_space(lua_State *L)
{
    struct space_box *box = lua_touserdata(L, 1);
    if (!is_space(L))
        bind_arg_error(L, 1, "space expected, got %s", luaL_typename(L, 1));
    take_bound(L, box);
    return box->space;
}

static struct slice check_key(lua_State *L, int index)
{
    struct slice key = bind_slice(L, index);
    if (key.len == 0 || key.len > KEY_BYTES)
        bind_arg_error(L, index, "a key has 1 to %d bytes, this one %zu", (int)KEY_BYTES,
                       key.len);
    return key;
}

/* Seconds to live; 0, which is "no end" below, stands for absent alone. */
static double check_ttl(lua_State *L, int index)
{
    if (lua_isnoneornil(L, index))
        return 0;
    double ttl = bind_number(L, index);
    if (ttl <= 0)
        bind_arg_error(L, index, "seconds to live must be more than 0");
    return ttl;
}

/* The value at `index`; its bytes are borrowed from Lua, so it is never buf_done'd. */
static struct shared_value check_value(lua_State *L, int index)
{
    struct shared_value value = {.type = SHARED_NONE};
    int type = lua_type(L, index);
    if (type == LUA_TBOOLEAN) {
        value.type = SHARED_BOOLEAN;
        value.boolean = lua_toboolean(L, index);
    } else if (lua_isinteger(L, index)) {
        value.type = SHARED_INTEGER;
        value.integer = lua_tointeger(L, index);
    } else if (type == LUA_TNUMBER) {
        value.type = SHARED_NUMBER;
        value.number = bind_number(L, index);
    } else if (type == LUA_TSTRING) {
        struct slice bytes = bind_slice(L, index);
        if (bytes.len > VALUE_BYTES)
            bind_arg_error(L, index, "a value has at most %d bytes, this one %zu",
                           (int)VALUE_BYTES, bytes.len);
        value.type = SHARED_BYTES;
        value.bytes = (struct buf){(char *)bytes.data, bytes.len, bytes.len + 1};
    } else {
        bind_arg_error(L, index, "string, number or boolean expected, got %s",
                       luaL_typename(L, index));
    }
    return value;
}

/* space:get(key) -> the value, or nil where there is none (any more) */
static int space_get(lua_State *L)
{
    struct shared_space *space = check_space(L);
    struct slice key = check_key(L, 2);
    struct buf *bytes = bind_buffer(L);
    struct shared_value value = {.bytes = *bytes};
    shared_get(space, key, &value);
    *bytes = value.bytes; /* it may have grown */

    switch (value.type) {
    case SHARED_NONE:
        lua_pushnil(L);
        return 1;
    case SHARED_BOOLEAN:
        lua_pushboolean(L, value.boolean);
        return 1;
    case SHARED_INTEGER:
        lua_pushinteger(L, value.integer);
        return 1;
    case SHARED_NUMBER:
        lua_pushnumber(L, value.number);
        return 1;
    case SHARED_BYTES:
        return bind_push_buffer(L, bytes);
    }
    return 0;
}

/* space:set(key, value, ttl?) -> true | nil, message, kind */
static int space_set(lua_State *L)
{
    bind_refuse_loading(L, "host.shared's set");
    struct shared_space *space = check_space(L);
    struct slice key = check_key(L, 2);
    struct shared_value value = check_value(L, 3);
    double ttl = check_ttl(L, 4);
    struct err err;
    if (!shared_set(space, key, &value, ttl, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, true);
    return 1;
}

/* space:incr(key, by?, ttl?) -> the sum | nil, message, kind */
static int space_incr(lua_State *L)
{
    bind_refuse_loading(L, "host.shared's incr");
    struct shared_space *space = check_space(L);
    struct slice key = check_key(L, 2);
    int64_t by = lua_isnoneornil(L, 3) ? 1 : bind_integer(L, 3, INT64_MIN, INT64_MAX);
    double ttl = check_ttl(L, 4);
    int64_t sum;
    struct err err;
    if (!shared_incr(space, key, by, ttl, &sum, &err))
        return bind_fail(L, &err);
    lua_pushinteger(L, sum);
    return 1;
}

/* space:delete(key) */
static int space_delete(lua_State *L)
{
    bind_refuse_loading(L, "host.shared's delete");
    shared_delete(check_space(L), check_key(L, 2));
    return 0;
}

/* The `max` of the options at `index`; a name that is no option is a slip worth raising for. */
static size_t check_options(lua_State *L, int index)
{
    if (lua_isnoneornil(L, index))
        return KEYS_DEFAULT;
    bind_check_table(L, index);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        if (lua_type(L, -2) != LUA_TSTRING || strcmp(lua_tostring(L, -2), "max") != 0)
            bind_arg_error(L, index, "the only option is max");
    int type = lua_getfield(L, index, "max");
    lua_Integer max = KEYS_DEFAULT;
    if (type == LUA_TNUMBER)
        max = lua_tointeger(L, -1); /* 0 for a fraction */
    else if (type != LUA_TNIL)
        max = 0;
    if (max < 1 || max > KEYS_MAX)
        bind_arg_error(L, index, "max is 1 to %d keys", (int)KEYS_MAX);
    lua_pop(L, 1);
    return (size_t)max;
}

/* shared.space(name, {max=}?) -> space | nil, message, "limit" */
static int l_space(lua_State *L)
{
    const char *name = bind_text(L, 1);
    if (!name[0] || strlen(name) > NAME_BYTES)
        bind_arg_error(L, 1, "a space's name has 1 to %d bytes", (int)NAME_BYTES);
    size_t max = check_options(L, 2);
    struct space_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    struct err err;
    if (!shared_space(name, max, &box->space, &err))
        return bind_fail(L, &err);
    box->max = max;
    take_bound(L, box);
    luaL_setmetatable(L, SPACE);
    return 1;
}

static const struct binding space_methods[] = {
    {"get", space_get, 2, 2, "any?"},
    {"set", space_set, 3, 4, "boolean?,string?,string?"},
    {"incr", space_incr, 2, 4, "integer?,string?,string?"},
    {"delete", space_delete, 2, 2, ""},
    {NULL, NULL, 0, 0, NULL}};

static const struct binding shared_list[] = {
    {"space", l_space, 1, 2, "userdata?,string?,string?"}, {NULL, NULL, 0, 0, NULL}};

int bind_shared_open(lua_State *L)
{
    bind_class(L, SPACE, space_methods, NULL);
    bind_state_of(L)->space = lua_topointer(L, -1);
    lua_pop(L, 1);
    bind_module(L, "host.shared", shared_list);
    return 1;
}
