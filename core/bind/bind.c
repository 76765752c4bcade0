/*
 * Closures that check their arity, and the checks of arguments.  See bind.h.
 *
 * What a state has bound is kept in its registry, so that the host can tell (bind_push_all)
 * and a spec can compare it with scripts/meta.
 */
#include "bind/bind.h"

#include "bind/class.h"
#include "bind/state.h"
#include "vm/vm.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The registry's table of what this state has bound: name → list, by the key's address. */
static char lists_key;

enum { SCRATCH_KEPT = 64 * 1024 };

/* Upvalues of every closure. */
enum { UP_BINDING = 1, UP_NAME };

static const char *full_name(lua_State *L)
{
    return lua_tostring(L, lua_upvalueindex(UP_NAME));
}

static int arity_error(lua_State *L, const struct binding *binding, int given)
{
    const char *name = full_name(L);
    int self = strchr(name, ':') ? 1 : 0;
    if (given < self || (self && !lua_istable(L, 1) && !lua_isuserdata(L, 1)))
        return luaL_error(L, "%s: call it with ':'", name);

    int min = binding->min - self, max = binding->max - self;
    if (binding->max < 0)
        return luaL_error(L, "%s takes at least %d arguments, got %d", name, min, given - self);
    if (min == max)
        return luaL_error(L, "%s takes %d argument%s, got %d", name, min, min == 1 ? "" : "s",
                          given - self);
    return luaL_error(L, "%s takes %d to %d arguments, got %d", name, min, max, given - self);
}

static int checked_call(lua_State *L)
{
    const struct binding *binding = lua_touserdata(L, lua_upvalueindex(UP_BINDING));
    int given = lua_gettop(L);
    vm_of(L)->entered = binding->name;
    if (given < binding->min || (binding->max >= 0 && given > binding->max))
        return arity_error(L, binding, given);
    if (given < binding->max) { /* what is absent takes from the room that Lua gives */
        lua_settop(L, binding->max);
        luaL_checkstack(L, LUA_MINSTACK, "too many arguments");
    }
    return binding->call(L);
}

static void remember(lua_State *L, const char *name, const struct binding *list)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &lists_key) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &lists_key);
    }
    lua_pushlightuserdata(L, (void *)list); /* read only; Lua has no const pointers */
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

static void add(lua_State *L, const char *owner, const char *joint, const struct binding *list)
{
    for (const struct binding *binding = list; binding->name; binding++) {
        lua_pushlightuserdata(L, (void *)binding);
        lua_pushfstring(L, "%s%s%s", owner, joint, binding->name);
        lua_pushcclosure(L, checked_call, 2);
        lua_setfield(L, -2, binding->name);
    }
    remember(L, owner, list);
}

void bind_module(lua_State *L, const char *module, const struct binding *list)
{
    lua_newtable(L);
    add(L, module, ".", list);
}

void bind_methods(lua_State *L, const char *class, const struct binding *list)
{
    add(L, class, ":", list);
}

void bind_class(lua_State *L, const char *class, const struct binding *list, lua_CFunction gc)
{
    if (!class_open(L, class))
        return;
    lua_newtable(L);
    bind_methods(L, class, list);
    lua_setfield(L, -2, "__index");
    if (gc)
        class_event(L, "__gc", gc, 0);
}

static void push_list(lua_State *L, const struct binding *list)
{
    lua_newtable(L);
    for (int i = 0; list[i].name; i++) {
        lua_createtable(L, 0, 4);
        lua_pushstring(L, list[i].name);
        lua_setfield(L, -2, "name");
        lua_pushinteger(L, list[i].min);
        lua_setfield(L, -2, "min");
        lua_pushinteger(L, list[i].max);
        lua_setfield(L, -2, "max");
        lua_pushstring(L, list[i].returns);
        lua_setfield(L, -2, "returns");
        lua_rawseti(L, -2, i + 1);
    }
}

void bind_push_all(lua_State *L)
{
    lua_newtable(L);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &lists_key) == LUA_TTABLE) {
        for (lua_pushnil(L); lua_next(L, -2);) { /* all, lists, name, list */
            const struct binding *list = lua_touserdata(L, -1);
            lua_pop(L, 1);
            lua_pushvalue(L, -1);
            push_list(L, list);
            lua_rawset(L, -5);
        }
    }
    lua_pop(L, 1);
}

void bind_refuse_loading(lua_State *L, const char *what)
{
    if (!vm_of(L)->loaded)
        luaL_error(L, "%s cannot be used while scripts are loading; call it in a handler",
                   what);
}

int bind_fail(lua_State *L, const struct err *err)
{
    lua_pushnil(L);
    lua_pushstring(L, err->text);
    lua_pushstring(L, err_kind_name(err->kind));
    return 3;
}

struct buf *bind_buffer(lua_State *L)
{
    struct buf *buf = &bind_state_of(L)->scratch;
    if (buf->cap > SCRATCH_KEPT)
        buf_done(buf);
    else
        buf_clear(buf);
    return buf;
}

int bind_push_buffer(lua_State *L, struct buf *buf)
{
    lua_pushlstring(L, buf->data ? buf->data : "", buf->len);
    return 1;
}

int bind_arg_error(lua_State *L, int index, const char *format, ...)
{
    char text[ERR_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);

    const char *name = full_name(L);
    if (strchr(name, ':'))
        index--; /* as Lua counts: self is not one of the arguments */
    if (index == 0)
        return luaL_error(L, "bad self for '%s' (%s)", name, text);
    return luaL_error(L, "bad argument #%d to '%s' (%s)", index, name, text);
}

static int type_error(lua_State *L, int index, const char *expected)
{
    const char *given = luaL_typename(L, index);
    if (lua_isnoneornil(L, index))
        given = "nothing";
    return bind_arg_error(L, index, "%s expected, got %s", expected, given);
}

struct slice bind_slice(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TSTRING)
        type_error(L, index, "string");
    struct slice slice;
    slice.data = lua_tolstring(L, index, &slice.len);
    return slice;
}

struct slice bind_opt_slice(lua_State *L, int index)
{
    if (lua_isnoneornil(L, index))
        return (struct slice){"", 0};
    return bind_slice(L, index);
}

const char *bind_text(lua_State *L, int index)
{
    struct slice slice = bind_slice(L, index);
    if (memchr(slice.data, 0, slice.len))
        bind_arg_error(L, index, "it holds a NUL");
    return slice.data;
}

int64_t bind_integer(lua_State *L, int index, int64_t min, int64_t max)
{
    int whole = 0;
    int64_t value = 0;
    if (lua_type(L, index) == LUA_TNUMBER)
        value = lua_tointegerx(L, index, &whole);
    else
        type_error(L, index, "integer");
    if (!whole)
        bind_arg_error(L, index, "integer expected, got a fraction");
    if (value < min || value > max)
        bind_arg_error(L, index, "%" PRId64 " to %" PRId64 " expected, got %" PRId64, min, max,
                       value);
    return value;
}

double bind_number(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TNUMBER)
        type_error(L, index, "number");
    double value = lua_tonumber(L, index);
    if (!isfinite(value))
        bind_arg_error(L, index, "it is not a finite number");
    return value;
}

void bind_check_table(lua_State *L, int index)
{
    if (!lua_istable(L, index))
        type_error(L, index, "table");
}
