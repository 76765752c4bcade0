/*
 * What every binding file shares: tables of functions whose arity is checked, checks of
 * arguments, and the two error languages.  A binding file is one module: check arguments, call
 * the layer below, push.
 *
 * Rules (they keep memory safe past lua_error): hold nothing that needs freeing except inside a
 * userdata made before the resource; byte strings through bind_slice() and lua_pushlstring()
 * only; failures of the world are `return bind_fail(L, &err)`, misuse raises and names function
 * and argument.
 *
 * Every function of a list is one C closure of bind.c, which knows its `struct binding` by an
 * upvalue.  A binding's own code runs inside that closure: when it is called the stack holds
 * exactly `max` values (absent optional arguments are nil) or, where max is -1, what was given.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>

/* One function of a module.  returns is what scripts/meta says behind ---@return, the kinds
 * joined by commas ("string", "table?,string?,string?", "" for nothing, "..." for any number):
 * a spec compares both, and the host checks min and max at every call. */
struct binding {
    const char *name;
    lua_CFunction call;
    int min, max; /* arguments, self included for methods; max -1: any */
    const char *returns;
};

/* Pushes a table with the functions (the list ends with a NULL name; both must be static).
 * module is what scripts require: "host.random". */
void bind_module(lua_State *L, const char *module, const struct binding *list);
/* Adds methods of a class, whose name begins with its module's ("host.db.tx"), to the table on
 * top. */
void bind_methods(lua_State *L, const char *class, const struct binding *list);
/* Pushes the metatable of a class, made once per state under that name (luaL_setmetatable and
 * luaL_checkudata find it): __index holds the methods, scripts can neither see nor change it.
 * gc may be NULL. */
void bind_class(lua_State *L, const char *class, const struct binding *list, lua_CFunction gc);

/* Pushes { ["host.random"] = { {name=, min=, max=, returns=}, … }, … } of every list that this
 * state has bound so far. */
void bind_push_all(lua_State *L);

/* Raises while scripts are loading: for what others would see.  A generation that loads changes
 * nothing, because it may turn out to have faults. */
void bind_refuse_loading(lua_State *L, const char *what);

/* nil, message, kind */
int bind_fail(lua_State *L, const struct err *err);

/* The state's one buffer, empty: what is made in it is valid until a binding asks for it again.
 * An error leaks nothing. */
struct buf *bind_buffer(lua_State *L);
/* Pushes its bytes as a string; returns 1. */
int bind_push_buffer(lua_State *L, struct buf *buf);

/* Raises "bad argument #1 to 'host.random.bytes' (…)"; from inside a binding only. */
int bind_arg_error(lua_State *L, int index, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Arguments.  Each raises by bind_arg_error() where the value is of another type: numbers are
 * not taken for strings, nor strings for numbers.  Slices and texts live as long as the value
 * is on the stack. */
struct slice bind_slice(lua_State *L, int index);
/* An optional one; absent or nil gives the empty slice. */
struct slice bind_opt_slice(lua_State *L, int index);
const char *bind_text(lua_State *L, int index); /* a string without a NUL inside */
/* An integer (or a float that is whole) between min and max, named in the message. */
int64_t bind_integer(lua_State *L, int index, int64_t min, int64_t max);
double bind_number(lua_State *L, int index); /* finite */
void bind_check_table(lua_State *L, int index);

/* Each pushes its module's table; bind/modules.c lists them. */
int bind_clock_open(lua_State *L);
int bind_command_open(lua_State *L);
int bind_control_open(lua_State *L);
int bind_crypto_open(lua_State *L);
int bind_db_open(lua_State *L);
int bind_host_open(lua_State *L);
int bind_html_open(lua_State *L);
int bind_http_open(lua_State *L);
int bind_json_open(lua_State *L);
int bind_lexer_open(lua_State *L);
int bind_log_open(lua_State *L);
int bind_metrics_open(lua_State *L);
int bind_qr_open(lua_State *L);
int bind_random_open(lua_State *L);
int bind_shared_open(lua_State *L);
int bind_smtp_open(lua_State *L);
int bind_still_open(lua_State *L);
int bind_task_open(lua_State *L);
int bind_timer_open(lua_State *L);

/* Takes the two tables of settings_push() from the top: they become host.config, read-only,
 * with the host's options beside the application's; a name that nobody declares raises. */
void bind_host_configure(lua_State *L);
