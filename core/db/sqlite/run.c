/*
 * Running statements on a connection: the cache of prepared ones, values in, rows out.
 *
 * A connection keeps the statements of the sets it has used last.  Their places are found by
 * the set's uid, never by its address, so a set may be freed while it is still prepared here;
 * its place is taken by a later set in the end.
 */
#include "base/limits.h"
#include "base/mem.h"
#include "db/sqlite/driver.h"

#include <stdlib.h>

void sqlite_prepared_done(struct sqlite_prepared *prepared)
{
    for (size_t i = 0; i < prepared->count; i++)
        sqlite3_finalize(prepared->items[i]);
    free(prepared->items);
    *prepared = (struct sqlite_prepared){0};
}

/* The set's place, else a free one, else that of the set which was not used for longest. */
static struct sqlite_prepared *prepared_set(struct sqlite_conn *conn,
                                            const struct statement_set *set)
{
    struct sqlite_prepared *place = &conn->sets[0];

    for (size_t i = 0; i < SQLITE_SETS; i++) {
        struct sqlite_prepared *each = &conn->sets[i];
        if (each->uid == set->uid) {
            place = each;
            break;
        }
        if (each->used < place->used)
            place = each;
    }
    if (place->uid != set->uid) {
        sqlite_prepared_done(place);
        place->uid = set->uid;
        place->count = set->count;
        place->items = mem_new(set->count, sizeof(sqlite3_stmt *));
    }
    place->used = ++conn->uses;
    return place;
}

static bool find_prepared(struct sqlite_conn *conn, const struct statement_set *set,
                          const struct statement *statement, sqlite3_stmt **ret_stmt,
                          struct err *err)
{
    sqlite3_stmt **item = &prepared_set(conn, set)->items[statement->index];

    if (*item == NULL && !sqlite_prepare(conn, statement->sql, true, item, err))
        return false;
    *ret_stmt = *item;
    return true;
}

/* Values outlive the statement's run, so nothing is copied. */
bool sqlite_bind(sqlite3_stmt *stmt, int slot, const struct db_value *value, struct err *err)
{
    const char *data = "";
    int code = SQLITE_OK;

    if ((value->type == DB_TEXT || value->type == DB_BYTES) && value->bytes.len > 0)
        data = value->bytes.data;
    switch (value->type) {
    case DB_NULL:
        code = sqlite3_bind_null(stmt, slot);
        break;
    case DB_INTEGER:
        code = sqlite3_bind_int64(stmt, slot, value->integer);
        break;
    case DB_REAL:
        if (value->real != value->real)
            return err_set(err, ERR_INPUT, "parameter %d is not a number (NaN)", slot);
        code = sqlite3_bind_double(stmt, slot, value->real);
        break;
    case DB_TEXT:
        code =
            sqlite3_bind_text64(stmt, slot, data, value->bytes.len, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case DB_BYTES:
        code = sqlite3_bind_blob64(stmt, slot, data, value->bytes.len, SQLITE_STATIC);
        break;
    }
    if (code == SQLITE_TOOBIG)
        return err_set(err, ERR_LIMIT, "parameter %d is too big", slot);
    return code == SQLITE_OK ||
           err_set(err, ERR_INPUT, "parameter %d: %s", slot, sqlite3_errstr(code));
}

static void read_cell(sqlite3_stmt *stmt, int column, struct db_value *cell)
{
    const void *data;

    switch (sqlite3_column_type(stmt, column)) {
    case SQLITE_INTEGER:
        cell->type = DB_INTEGER;
        cell->integer = sqlite3_column_int64(stmt, column);
        break;
    case SQLITE_FLOAT:
        cell->type = DB_REAL;
        cell->real = sqlite3_column_double(stmt, column);
        break;
    case SQLITE_TEXT:
        data = sqlite3_column_text(stmt, column);
        db_value_set_bytes(cell, DB_TEXT, data, (size_t)sqlite3_column_bytes(stmt, column));
        break;
    case SQLITE_BLOB:
        data = sqlite3_column_blob(stmt, column);
        db_value_set_bytes(cell, DB_BYTES, data, (size_t)sqlite3_column_bytes(stmt, column));
        break;
    default:
        break; /* NULL, as the row was made */
    }
}

static bool read_row(sqlite3_stmt *stmt, struct db_result *result, struct err *err)
{
    if (result->nrows == LIMIT_DB_ROWS)
        return err_set(err, ERR_LIMIT, "answers more than %d rows", LIMIT_DB_ROWS);

    struct db_value *row = db_result_add_row(result);
    for (size_t i = 0; i < result->ncolumns; i++)
        read_cell(stmt, (int)i, &row[i]);
    return true;
}

/* Columns are asked for behind the first step, which prepares anew when the schema changed. */
static void read_columns(sqlite3_stmt *stmt, struct db_result *result)
{
    int count = sqlite3_column_count(stmt);

    db_result_columns(result, (size_t)count);
    for (int i = 0; i < count; i++)
        result->columns[i] = mem_text(sqlite3_column_name(stmt, i));
}

bool sqlite_step(struct sqlite_conn *conn, sqlite3_stmt *stmt, struct db_result *result,
                 struct err *err)
{
    sqlite3_int64 before = sqlite3_total_changes64(conn->handle);

    sqlite3_set_last_insert_rowid(conn->handle, 0);
    int code = sqlite3_step(stmt);
    read_columns(stmt, result);
    for (; code == SQLITE_ROW; code = sqlite3_step(stmt))
        if (!read_row(stmt, result, err))
            return false;
    if (code != SQLITE_DONE)
        return sqlite_error(conn, err);
    /* What changes no row leaves the count of the statement before it. */
    if (sqlite3_total_changes64(conn->handle) != before)
        result->affected = sqlite3_changes64(conn->handle);
    result->id = sqlite3_last_insert_rowid(conn->handle);
    return true;
}

static bool run_call(struct sqlite_conn *conn, const struct db_op *op,
                     const struct db_call *call, struct db_result *result, struct err *err)
{
    const struct statement *statement = call->statement;
    sqlite3_stmt *stmt;
    bool ok = find_prepared(conn, op->set, statement, &stmt, err);

    if (ok) {
        for (size_t i = 0; ok && i < statement->nslots; i++)
            ok = sqlite_bind(stmt, (int)i + 1, &call->args[statement->slots[i]], err);
        ok = ok && sqlite_step(conn, stmt, result, err);
        sqlite3_reset(stmt);
        sqlite3_clear_bindings(stmt);
    }
    return ok || db_err_prefix(err, statement);
}

bool sqlite_run_calls(struct sqlite_conn *conn, struct db_op *op, uint64_t deadline,
                      struct err *err)
{
    bool ok = true;

    conn->op = op;
    conn->deadline = deadline;
    for (size_t i = 0; ok && i < op->ncalls; i++)
        ok = run_call(conn, op, &op->calls[i], &op->results[i], err);
    conn->op = NULL;
    return ok;
}

bool sqlite_run_op(struct sqlite_conn *conn, struct db_op *op, uint64_t deadline,
                   bool savepoint)
{
    struct err err;

    op->ok = (!savepoint || sqlite_control(conn, CONTROL_SAVEPOINT, &err)) &&
             sqlite_run_calls(conn, op, deadline, &err);
    if (!op->ok)
        sqlite_fail(op, &err);
    if (savepoint && sqlite_in_transaction(conn)) {
        bool kept = op->ok || sqlite_control(conn, CONTROL_ROLLBACK_TO, NULL);
        if (!kept || !sqlite_control(conn, CONTROL_RELEASE, NULL))
            sqlite_rollback(conn); /* half an operation must not be committed */
    }
    if (sqlite_in_transaction(conn))
        return true;
    if (op->ok) {
        err_set(&err, ERR_IO, "the transaction was lost");
        sqlite_fail(op, &err);
    }
    return false;
}
