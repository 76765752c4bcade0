/*
 * Values to the server and back, exactly.
 *
 * Text goes as a string, bytes as a blob, which is how the server tells characters from bytes;
 * a column of the binary character set comes back as bytes.  A DECIMAL, as sums and averages
 * are, comes back as what SQLite would answer: an integer where it is whole and fits, else a
 * double.  Dates and times come back as their text.
 */
#include "db/mariadb/value.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINARY = 63, DECIMAL_ROOM = 90 }; /* the binary character set; a DECIMAL's digits */
enum { PACKET = 16, PACKET_PARAM = 3 };  /* bytes around the values that are sent, and each */

void maria_binds_done(struct maria_binds *binds)
{
    free(binds->binds);
    free(binds->numbers);
    free(binds->lengths);
    free(binds->nulls);
    *binds = (struct maria_binds){0};
}

void maria_binds_grow(struct maria_binds *binds, size_t size)
{
    if (size <= binds->size)
        return;
    maria_binds_done(binds);
    binds->size = size;
    binds->binds = mem_new(size, sizeof *binds->binds);
    binds->numbers = mem_new(size, sizeof *binds->numbers);
    binds->lengths = mem_new(size, sizeof *binds->lengths);
    binds->nulls = mem_new(size, sizeof *binds->nulls);
}

void maria_cells_done(struct maria_cells *cells)
{
    free(cells->binds);
    free(cells->cells);
    free(cells->lengths);
    free(cells->marks);
    *cells = (struct maria_cells){0};
}

void maria_cells_grow(struct maria_cells *cells, size_t nbinds, size_t size)
{
    if (nbinds <= cells->nbinds && size <= cells->size)
        return;
    maria_cells_done(cells);
    cells->nbinds = nbinds;
    cells->size = size;
    cells->binds = mem_new(nbinds, sizeof *cells->binds);
    cells->cells = mem_new(size, sizeof *cells->cells);
    cells->lengths = mem_new(size, sizeof *cells->lengths);
    cells->marks = mem_new(size, sizeof *cells->marks);
}

/* ---- parameters ---- */

static void set_bytes(MYSQL_BIND *bind, const struct db_value *value)
{
    static char empty[] = ""; /* no buffer would mean NULL */

    bind->buffer_type = value->type == DB_TEXT ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
    bind->buffer = value->bytes.len > 0 ? value->bytes.data : empty;
    bind->buffer_length = value->bytes.len;
}

static bool set_param(MYSQL_BIND *bind, union maria_number *number,
                      const struct db_value *value, size_t index, struct err *err)
{
    *bind = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_NULL};
    switch (value->type) {
    case DB_NULL:
        break;
    case DB_INTEGER:
        number->integer = value->integer;
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = number;
        break;
    case DB_REAL:
        if (!isfinite(value->real))
            return err_set(err, ERR_INPUT,
                           "parameter %zu is %s, which MariaDB has no value for", index + 1,
                           isnan(value->real) ? "not a number (NaN)" : "infinite");
        number->real = value->real;
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        bind->buffer = number;
        break;
    case DB_TEXT:
    case DB_BYTES:
        set_bytes(bind, value);
        break;
    }
    return true;
}

bool maria_bind_rows(MYSQL_STMT *stmt, struct maria_binds *binds,
                     const struct db_value *const *values, size_t rows, const size_t *slots,
                     size_t count, struct err *err)
{
    size_t all = rows * count;

    if (mysql_stmt_param_count(stmt) != all)
        return err_set(err, ERR_INPUT, "has %lu parameters, and %zu values were given",
                       mysql_stmt_param_count(stmt), all);
    maria_binds_grow(binds, all);
    for (size_t row = 0, at = 0; row < rows; row++)
        for (size_t i = 0; i < count; i++, at++)
            if (!set_param(&binds->binds[at], &binds->numbers[at],
                           &values[row][slots ? slots[i] : i], i, err))
                return false;
    if (all > 0 && mysql_stmt_bind_param(stmt, binds->binds))
        return err_set(err, ERR_INPUT, "%s", mysql_stmt_error(stmt));
    return true;
}

bool maria_bind(MYSQL_STMT *stmt, struct maria_binds *binds, const struct db_value *values,
                const size_t *slots, size_t count, struct err *err)
{
    return maria_bind_rows(stmt, binds, &values, 1, slots, count, err);
}

size_t maria_sent(enum enum_field_types type, size_t len)
{
    if (type == MYSQL_TYPE_NULL)
        return 0;
    return type == MYSQL_TYPE_LONGLONG || type == MYSQL_TYPE_DOUBLE ? 8 : 9 + len;
}

/* Asked before anything is sent: the server answers a packet that is too large by closing the
 * connection, which may look like any other loss. */
bool maria_fits_bytes(MYSQL_STMT *stmt, size_t bytes, struct err *err)
{
    unsigned long most = 0; /* see connect.c */

    if (mysql_get_optionv(stmt->mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &most) != 0 ||
        bytes <= most)
        return true;
    return err_set(err, ERR_INPUT,
                   "its values are %zu bytes and the database takes %lu at once (its "
                   "max_allowed_packet)",
                   bytes, most);
}

bool maria_fits(MYSQL_STMT *stmt, const struct maria_binds *binds, size_t count,
                struct err *err)
{
    size_t bytes = PACKET + count * PACKET_PARAM;

    for (size_t i = 0; i < count; i++)
        bytes += maria_sent(binds->binds[i].buffer_type, binds->binds[i].buffer_length);
    return maria_fits_bytes(stmt, bytes, err);
}

/* ---- results ---- */

static bool is_integer(enum enum_field_types type)
{
    return type == MYSQL_TYPE_TINY || type == MYSQL_TYPE_SHORT || type == MYSQL_TYPE_INT24 ||
           type == MYSQL_TYPE_LONG || type == MYSQL_TYPE_LONGLONG || type == MYSQL_TYPE_YEAR;
}

static bool is_decimal(enum enum_field_types type)
{
    return type == MYSQL_TYPE_DECIMAL || type == MYSQL_TYPE_NEWDECIMAL;
}

/* What has any length is read when its length is known. */
static void set_column(struct maria_binds *binds, size_t index, const MYSQL_FIELD *field)
{
    MYSQL_BIND *bind = &binds->binds[index];

    *bind = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING};
    if (is_integer(field->type)) {
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->is_unsigned = (field->flags & UNSIGNED_FLAG) != 0;
        bind->buffer = &binds->numbers[index];
    } else if (field->type == MYSQL_TYPE_FLOAT || field->type == MYSQL_TYPE_DOUBLE) {
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        bind->buffer = &binds->numbers[index];
    }
    bind->length = &binds->lengths[index];
    bind->is_null = &binds->nulls[index];
}

static const char *field_name(void *fields, size_t index)
{
    return ((const MYSQL_FIELD *)fields)[index].name;
}

void maria_name_columns(MYSQL_STMT *stmt, size_t skip, struct db_result *result,
                        struct db_names **shared)
{
    db_result_columns(result, mysql_stmt_field_count(stmt) - skip, field_name,
                      mariadb_stmt_fetch_fields(stmt) + skip, shared);
}

bool maria_bind_columns(MYSQL_STMT *stmt, struct maria_binds *binds, struct err *err)
{
    size_t count = mysql_stmt_field_count(stmt);
    const MYSQL_FIELD *fields = mariadb_stmt_fetch_fields(stmt);

    maria_binds_grow(binds, count);
    for (size_t i = 0; i < count; i++)
        set_column(binds, i, &fields[i]);
    if (mysql_stmt_bind_result(stmt, binds->binds))
        return err_set(err, ERR_IO, "%s", mysql_stmt_error(stmt));
    return true;
}

bool maria_bind_result(MYSQL_STMT *stmt, struct maria_binds *binds, struct db_result *result,
                       struct db_names **shared, struct err *err)
{
    maria_name_columns(stmt, 0, result, shared);
    return maria_bind_columns(stmt, binds, err);
}

static bool fetch_into(MYSQL_STMT *stmt, size_t index, char *data, size_t len)
{
    MYSQL_BIND bind = {.buffer_type = MYSQL_TYPE_STRING, .buffer = data, .buffer_length = len};

    return len == 0 || mysql_stmt_fetch_column(stmt, &bind, (unsigned)index, 0) == 0;
}

static bool read_decimal(MYSQL_STMT *stmt, size_t index, size_t len, struct db_value *cell)
{
    char text[DECIMAL_ROOM + 1];

    if (len > DECIMAL_ROOM || !fetch_into(stmt, index, text, len))
        return false;
    text[len] = '\0';
    if (str_to_int64((struct slice){text, len}, INT64_MIN, INT64_MAX, &cell->integer))
        cell->type = DB_INTEGER;
    else
        *cell = (struct db_value){.type = DB_REAL, .real = strtod(text, NULL)};
    return true;
}

static bool read_bytes(MYSQL_STMT *stmt, size_t index, size_t len, enum db_type type,
                       struct db_value *cell)
{
    char *data = mem_resize(NULL, len + 1, 1);

    if (!fetch_into(stmt, index, data, len)) {
        free(data);
        return false;
    }
    data[len] = '\0';
    cell->type = type;
    cell->bytes.data = data;
    cell->bytes.len = len;
    return true;
}

static bool is_text(const MYSQL_FIELD *field)
{
    switch (field->type) {
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
        return true;
    default:
        return field->charsetnr != BINARY;
    }
}

static bool read_integer(const MYSQL_BIND *bind, int64_t number, const char *column,
                         struct db_value *cell, struct err *err)
{
    *cell = (struct db_value){.type = DB_INTEGER, .integer = number};
    return !bind->is_unsigned || number >= 0 ||
           err_set(err, ERR_IO,
                   "the column '%s' holds a number above 9223372036854775807, which no integer "
                   "here can be; select CAST(%s AS CHAR) for its digits",
                   column, column);
}

static bool read_cell(MYSQL_STMT *stmt, const struct maria_binds *binds, size_t index,
                      const MYSQL_FIELD *field, struct db_value *cell, struct err *err)
{
    const MYSQL_BIND *bind = &binds->binds[index];
    size_t len = binds->lengths[index];

    if (binds->nulls[index])
        return true;
    if (bind->buffer_type == MYSQL_TYPE_DOUBLE) {
        *cell = (struct db_value){.type = DB_REAL, .real = binds->numbers[index].real};
        return true;
    }
    if (bind->buffer_type == MYSQL_TYPE_LONGLONG)
        return read_integer(bind, binds->numbers[index].integer, field->name, cell, err);
    if (is_decimal(field->type)
            ? read_decimal(stmt, index, len, cell)
            : read_bytes(stmt, index, len, is_text(field) ? DB_TEXT : DB_BYTES, cell))
        return true;
    return err_set(err, ERR_IO, "the column '%s' cannot be read", field->name);
}

bool maria_read_columns(MYSQL_STMT *stmt, struct maria_binds *binds, size_t skip,
                        struct db_result *result, struct err *err)
{
    const MYSQL_FIELD *fields = mariadb_stmt_fetch_fields(stmt);

    if (result->nrows == LIMIT_DB_ROWS)
        return err_set(err, ERR_LIMIT, "answers more than %d rows", LIMIT_DB_ROWS);

    struct db_value *row = db_result_add_row(result);
    for (size_t i = 0; i < result->ncolumns; i++)
        if (!read_cell(stmt, binds, i + skip, &fields[i + skip], &row[i], err))
            return false;
    return true;
}

bool maria_read_row(MYSQL_STMT *stmt, struct maria_binds *binds, struct db_result *result,
                    struct err *err)
{
    return maria_read_columns(stmt, binds, 0, result, err);
}

void maria_read_changes(MYSQL_STMT *stmt, struct db_result *result)
{
    unsigned long long affected = mysql_stmt_affected_rows(stmt);

    result->affected = affected == (unsigned long long)-1 ? 0 : (int64_t)affected;
    result->id = (int64_t)mysql_stmt_insert_id(stmt);
}
