/* See db_value.h. */
#include "bind/db_value.h"

#include "base/str.h"
#include "vm/task.h"

#include <lauxlib.h>

enum {
    SHARED_FROM = 16384 /* bytes: shorter ones are not looked for among those that are there */
};

/* ---- arguments ---- */

/* A string is known by its address, since its table keeps it meanwhile. */
static const char *copy_once(lua_State *L, struct bind_wait *wait, struct slice text)
{
    const char *copy = text.len < SHARED_FROM ? NULL : db_op_kept(wait->operation, text.data);
    if (copy)
        return copy;
    bind_wait_charge(L, wait, text.len);
    return db_op_keep(wait->operation, text);
}

static void set_text(lua_State *L, const struct statement *statement, int param,
                     struct bind_wait *wait, struct db_value *value)
{
    struct slice text = {0};
    text.data = lua_tolstring(L, -1, &text.len);
    bool bytes = statement->params[param].bytes;
    if (!bytes && !str_is_utf8(text))
        luaL_error(L,
                   "the parameter '%s' of '%s' is text but its value is not valid UTF-8 (for "
                   "bytes, name it in `-- bytes:` at %s:%d)",
                   statement->params[param].name, statement->name, statement->file,
                   statement->line);
    enum db_type type = bytes ? DB_BYTES : DB_TEXT;
    db_value_lend_bytes(value, type, copy_once(L, wait, text), text.len);
}

/* The value on top into an argument. */
static void set_value(lua_State *L, const struct statement *statement, int param,
                      struct bind_wait *wait, struct db_value *value)
{
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        *value = (struct db_value){.type = DB_INTEGER, .integer = lua_toboolean(L, -1)};
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1))
            *value = (struct db_value){.type = DB_INTEGER, .integer = lua_tointeger(L, -1)};
        else
            *value = (struct db_value){.type = DB_REAL, .real = lua_tonumber(L, -1)};
        break;
    case LUA_TSTRING:
        set_text(L, statement, param, wait, value);
        break;
    default:
        luaL_error(L, "the parameter '%s' of '%s' cannot be a %s",
                   statement->params[param].name, statement->name, luaL_typename(L, -1));
    }
}

void bind_db_arguments(lua_State *L, struct bind_wait *wait, size_t which,
                       const struct statement *statement, int index)
{
    struct db_value *args = db_op_call(wait->operation, which, statement);
    if (lua_isnoneornil(L, index))
        return;
    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "arguments of '%s' are a table of name = value", statement->name);
        int param = statement_param(statement, lua_tostring(L, -2));
        if (param < 0)
            luaL_error(L, "the statement '%s' has no parameter '%s'", statement->name,
                       lua_tostring(L, -2));
        set_value(L, statement, param, wait, &args[param]);
        lua_pop(L, 1);
    }
}

/* ---- results ---- */

static void push_value(lua_State *L, const struct db_value *value)
{
    switch (value->type) {
    case DB_NULL:
        lua_pushnil(L);
        break;
    case DB_INTEGER:
        lua_pushinteger(L, value->integer);
        break;
    case DB_REAL:
        lua_pushnumber(L, value->real);
        break;
    case DB_TEXT:
    case DB_BYTES:
        lua_pushlstring(L, value->bytes.data, value->bytes.len);
        break;
    }
}

void bind_db_push_row(lua_State *L, const struct db_result *result, size_t row)
{
    lua_createtable(L, 0, (int)result->ncolumns);
    for (size_t i = 0; i < result->ncolumns; i++) {
        const struct db_value *cell = &result->cells[row * result->ncolumns + i];
        if (cell->type == DB_NULL)
            continue;
        push_value(L, cell);
        lua_setfield(L, -2, result->columns[i]);
    }
}

static void push_rows(lua_State *L, const struct db_result *result)
{
    lua_createtable(L, (int)result->nrows, 0);
    for (size_t row = 0; row < result->nrows; row++) {
        bind_db_push_row(L, result, row);
        lua_rawseti(L, -2, (lua_Integer)row + 1);
    }
}

static void push_changes(lua_State *L, const struct db_result *result)
{
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, result->affected);
    lua_setfield(L, -2, "affected");
    lua_pushinteger(L, result->id);
    lua_setfield(L, -2, "id");
}

void bind_db_push(lua_State *L, const struct db_op *op, enum bind_db_shape shape)
{
    if (shape == SHAPE_ONE && op->results[0].nrows == 0) {
        lua_pushnil(L);
    } else if (shape == SHAPE_ONE) {
        bind_db_push_row(L, &op->results[0], 0);
    } else if (shape == SHAPE_ALL) {
        push_rows(L, &op->results[0]);
    } else if (shape == SHAPE_EXEC) {
        push_changes(L, &op->results[0]);
    } else {
        lua_createtable(L, (int)op->ncalls, 0);
        for (size_t i = 0; i < op->ncalls; i++) {
            push_changes(L, &op->results[i]);
            push_rows(L, &op->results[i]);
            lua_setfield(L, -2, "rows");
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
    }
}
