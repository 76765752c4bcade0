/*
 * host.command.snapshot() and guest(): many rows, one after the other, of our database as it is
 * at one moment, and of somebody else's server.
 */
#include "base/mem.h"
#include "bind/bind.h"
#include "bind/command.h"
#include "bind/db_op.h"
#include "bind/state.h"
#include "db/db.h"

#define ROWS "host.command.rows"

struct rows {
    const struct db_driver *driver;
    struct db_session *session;
    struct db_result row;
    struct url url; /* a guest's, while it is being connected to */
    bool guest;
};

static struct rows *push_rows_of(lua_State *L)
{
    struct rows *rows = lua_newuserdatauv(L, sizeof *rows, 0);
    *rows = (struct rows){0};
    luaL_setmetatable(L, ROWS);
    return rows;
}

/* command.snapshot() -> rows | nil, message, kind */
int bind_command_snapshot(lua_State *L)
{
    bind_command_check(L);
    struct db_worker *worker = bind_state_of(L)->db;
    struct err err;
    if (!worker)
        return luaL_error(L, "there is no database in this command");
    struct rows *rows = push_rows_of(L);
    rows->driver = worker->db->driver;
    bool good = rows->driver->session_open(worker->db, &rows->session, &err) &&
                rows->driver->session_snapshot(rows->session, &err);
    return good ? 1 : bind_fail(L, &err);
}

static bool set_password(struct url *url, struct slice password, struct err *err)
{
    if (password.len > 0 && url->password)
        return err_set(err, ERR_INPUT, "the URL has a password already");
    if (password.len > 0)
        url->password = mem_copy(password.data, password.len);
    return true;
}

/* command.guest(url, password?) -> rows | nil, message, kind */
int bind_command_guest(lua_State *L)
{
    bind_command_check(L);
    const char *text = bind_text(L, 1);
    struct slice password = bind_opt_slice(L, 2);
    struct rows *rows = push_rows_of(L);
    struct err err;
    rows->guest = true;
    bool good = db_url_parse(bind_state_of(L)->host->drivers, text, &rows->url, &err) &&
                set_password(&rows->url, password, &err) &&
                db_guest(bind_state_of(L)->host->drivers, &rows->url, &rows->driver,
                         &rows->session, &err);
    url_done(&rows->url);
    return good ? 1 : bind_fail(L, &err);
}

/* rows:query(what) -> true | nil, message, kind */
static int rows_query(lua_State *L)
{
    struct rows *rows = luaL_checkudata(L, 1, ROWS);
    const char *sql = bind_text(L, 2);
    struct err err;
    if (!rows->guest) {
        const struct statement *statement = bind_db_statement(L, 2);
        if (statement->nparams > 0 || statement->writes)
            return luaL_error(L, "'%s' is no statement that reads without parameters",
                              statement->name);
        sql = statement->sql;
    }
    db_result_done(&rows->row);
    if (!rows->driver->session_query(rows->session, sql, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, true);
    return 1;
}

/* rows:next() -> row | nil behind the last | nil, message, kind */
static int rows_next(lua_State *L)
{
    struct rows *rows = luaL_checkudata(L, 1, ROWS);
    struct err err;
    bool there;
    if (!rows->driver->session_row(rows->session, &rows->row, &there, &err))
        return bind_fail(L, &err);
    if (there)
        bind_db_push_row(L, &rows->row, 0);
    else
        lua_pushnil(L);
    return 1;
}

static int rows_gc(lua_State *L)
{
    struct rows *rows = luaL_checkudata(L, 1, ROWS);
    db_result_done(&rows->row);
    if (rows->session)
        rows->driver->session_close(rows->session);
    rows->session = NULL;
    return 0;
}

static const struct binding methods[] = {
    {"query", rows_query, 2, 2, "boolean?,string?,string?"},
    {"next", rows_next, 1, 1, "table?,string?,string?"},
    {NULL, NULL, 0, 0, NULL}};

void bind_command_rows(lua_State *L)
{
    bind_class(L, ROWS, methods, rows_gc);
    lua_pop(L, 1);
}
