/* Values to SQLite and back, exactly. */
#include "base/limits.h"
#include "base/mem.h"
#include "db/sqlite/driver.h"

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

bool sqlite_read_row(sqlite3_stmt *stmt, struct db_result *result, struct err *err)
{
    if (result->nrows == LIMIT_DB_ROWS)
        return err_set(err, ERR_LIMIT, "answers more than %d rows", LIMIT_DB_ROWS);

    struct db_value *row = db_result_add_row(result);
    for (size_t i = 0; i < result->ncolumns; i++)
        read_cell(stmt, (int)i, &row[i]);
    return true;
}

static const char *column_name(void *stmt, size_t index)
{
    return sqlite3_column_name(stmt, (int)index);
}

/* Columns are asked for behind the first step, which prepares anew when the schema changed. */
void sqlite_read_columns(sqlite3_stmt *stmt, struct db_result *result, struct db_names **shared)
{
    size_t count = (size_t)sqlite3_column_count(stmt);

    db_result_columns(result, count, column_name, stmt, shared);
}
