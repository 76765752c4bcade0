/* Groups on a connection; see the header. */
#include "db/mariadb/array.h"

#include "base/mem.h"
#include "db/mariadb/mariadb.h"
#include "db/sql_form.h"

#include <stdlib.h>
#include <string.h>

enum { ANY_DECIMALS = 31, BINARY = 63 }; /* as the protocol has them; a character set */

_Static_assert(sizeof(union maria_number) == sizeof(char *), "the client reads arrays of each");

/* ---- binding ---- */

static enum enum_field_types type_of(enum db_type type)
{
    switch (type) {
    case DB_INTEGER:
        return MYSQL_TYPE_LONGLONG;
    case DB_REAL:
        return MYSQL_TYPE_DOUBLE;
    case DB_BYTES:
        return MYSQL_TYPE_BLOB;
    case DB_TEXT:
    case DB_NULL:
        break;
    }
    return MYSQL_TYPE_STRING;
}

static void set_cell(struct maria_cells *cells, size_t at, const struct db_value *value)
{
    cells->lengths[at] = 0;
    cells->marks[at] = value->type == DB_NULL ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
    if (value->type == DB_INTEGER) {
        cells->cells[at].integer = value->integer;
    } else if (value->type == DB_REAL) {
        cells->cells[at].real = value->real;
    } else if (value->type == DB_TEXT || value->type == DB_BYTES) {
        cells->cells[at].bytes = value->bytes.len > 0 ? value->bytes.data : "";
        cells->lengths[at] = value->bytes.len;
    }
}

static void set_column(struct maria_cells *cells, const struct db_group *group, size_t slot)
{
    const struct statement *statement = maria_statement_of(group->ops[0]);
    enum db_type type = DB_NULL;
    size_t from = slot * group->count;

    for (size_t row = 0; row < group->count; row++) {
        const struct db_value *value = &group->ops[row]->calls[0].args[statement->slots[slot]];
        set_cell(cells, from + row, value);
        if (type == DB_NULL)
            type = value->type;
    }
    cells->binds[slot] = (MYSQL_BIND){.buffer_type = type_of(type),
                                      .buffer = &cells->cells[from],
                                      .length = &cells->lengths[from],
                                      .u.indicator = &cells->marks[from]};
}

static bool bind(struct maria_cells *cells, const struct db_group *group, MYSQL_STMT *stmt)
{
    size_t nslots = maria_statement_of(group->ops[0])->nslots;
    const unsigned rows = (unsigned)group->count;

    maria_cells_grow(cells, nslots, nslots * rows);
    for (size_t slot = 0; slot < nslots; slot++)
        set_column(cells, group, slot);
    return mysql_stmt_param_count(stmt) == nslots &&
           !mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &rows) &&
           !mysql_stmt_bind_param(stmt, cells->binds);
}

static bool fits(const struct maria_cells *cells, const struct db_group *group,
                 MYSQL_STMT *stmt, struct err *err)
{
    size_t nslots = maria_statement_of(group->ops[0])->nslots, bytes = 0;

    for (size_t slot = 0; slot < nslots; slot++)
        for (size_t row = 0; row < group->count; row++)
            bytes += 1 + maria_sent(cells->binds[slot].buffer_type,
                                    cells->lengths[slot * group->count + row]);
    return maria_fits_bytes(stmt, bytes, err);
}

/* ---- running ---- */

static void fetched(struct maria_conn *conn)
{
    const struct db_group *group = conn->op->group;
    struct maria_array *array = &conn->array;
    struct err err;
    int code = conn->step.code;

    if (code == MYSQL_NO_DATA && array->answered == group->count) {
        maria_conn_done(conn);
    } else if (code == 0 && array->answered < group->count) {
        struct db_result *result = &group->ops[array->answered++]->results[0];
        db_result_done(result);
        result->affected = 1;
        result->id = array->id;
        maria_conn_fetch(conn, fetched);
    } else if (code != 0 && code != MYSQL_NO_DATA) {
        maria_conn_step_failed(conn);
    } else {
        err_set(&err, ERR_IO, "the server has answered for other rows than it was given");
        maria_conn_broken(conn, &err);
    }
}

static void executed(struct maria_conn *conn)
{
    MYSQL_BIND column = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &conn->array.id};
    struct err err;

    if (conn->step.code != 0) {
        maria_conn_step_failed(conn);
    } else if (mysql_stmt_field_count(conn->step.stmt) == 1 &&
               !mysql_stmt_bind_result(conn->step.stmt, &column)) {
        conn->array.answered = 0;
        maria_conn_fetch(conn, fetched);
    } else {
        err_set(&err, ERR_IO, "the server has answered otherwise than it was asked");
        maria_conn_broken(conn, &err);
    }
}

static void execute_array(struct maria_conn *conn, MYSQL_STMT *stmt)
{
    struct err err;

    if (!bind(&conn->array.cells, conn->op->group, stmt)) {
        err_set(&err, ERR_IO, "%s", mysql_stmt_error(stmt));
        maria_conn_failed(conn, EFFECT_NONE, &err);
    } else if (fits(&conn->array.cells, conn->op->group, stmt, &err)) {
        maria_conn_execute(conn, stmt, executed);
    } else {
        maria_conn_failed(conn, EFFECT_SIZE, &err);
    }
}

static void row_fetched(struct maria_conn *conn)
{
    const struct db_group *group = conn->op->group;
    int64_t number = conn->columns.numbers[0].integer;
    struct err err;
    int code = conn->step.code;

    if (code == MYSQL_NO_DATA)
        maria_conn_done(conn);
    else if (code != 0)
        maria_conn_step_failed(conn);
    else if (number >= 0 && (size_t)number < group->count &&
             maria_read_columns(conn->step.stmt, &conn->columns, 1,
                                &group->ops[number]->results[0], &err))
        maria_conn_fetch(conn, row_fetched);
    else
        maria_conn_unusable(conn); /* the rest of the rows is still to come */
}

static void looked_up(struct maria_conn *conn)
{
    const struct db_group *group = conn->op->group;
    MYSQL_STMT *stmt = conn->step.stmt;
    struct err err;

    if (conn->step.code != 0) {
        maria_conn_step_failed(conn);
    } else if (mysql_stmt_field_count(stmt) > 1 &&
               maria_bind_columns(stmt, &conn->columns, &err)) {
        for (size_t i = 0; i < group->count; i++)
            maria_name_columns(stmt, 1, &group->ops[i]->results[0],
                               db_op_names(group->ops[i], 0));
        maria_conn_fetch(conn, row_fetched);
    } else {
        maria_conn_unusable(conn);
    }
}

static void execute_lookups(struct maria_conn *conn, MYSQL_STMT *stmt)
{
    const struct db_group *group = conn->op->group;
    const struct statement *statement = maria_statement_of(conn->op);
    const struct db_value *values[MARIA_GROUP_ROWS];
    struct err err;

    for (size_t i = 0; i < group->count; i++)
        values[i] = group->ops[i]->calls[0].args;
    if (!maria_bind_rows(stmt, &conn->params, values, group->count, statement->slots,
                         statement->nslots, &err))
        maria_conn_failed(conn, EFFECT_NONE, &err);
    else if (maria_fits(stmt, &conn->params, group->count * statement->nslots, &err))
        maria_conn_execute(conn, stmt, looked_up);
    else
        maria_conn_failed(conn, EFFECT_SIZE, &err);
}

static void execute(struct maria_conn *conn, MYSQL_STMT *stmt)
{
    if (maria_is_lookup(conn->op))
        execute_lookups(conn, stmt);
    else
        execute_array(conn, stmt);
}

/* A UNION rounds reals to the decimals that their column is said to have, 31 for any, and fills
 * bytes up where it is said to have a fixed length; one SELECT answers with what it has. */
static bool would_reshape(const MYSQL_FIELD *field)
{
    if (field->type == MYSQL_TYPE_DOUBLE || field->type == MYSQL_TYPE_FLOAT)
        return field->decimals < ANY_DECIMALS;
    return field->type == MYSQL_TYPE_STRING && field->charsetnr == BINARY;
}

static bool would_reshape_any(MYSQL_STMT *stmt)
{
    const MYSQL_FIELD *fields = mariadb_stmt_fetch_fields(stmt);

    for (unsigned i = 0; i < mysql_stmt_field_count(stmt); i++)
        if (would_reshape(&fields[i]))
            return true;
    return false;
}

/* When it cannot be, that is so for all that come later. */
static void prepared(struct maria_conn *conn)
{
    struct err err;

    if (conn->step.code != 0) {
        if (maria_failure(conn->step.my, conn->step.stmt, true, &err) == EFFECT_NONE)
            maria_set_sharing(conn->op, NULL);
        maria_conn_step_failed(conn);
    } else if (would_reshape_any(conn->step.stmt)) {
        maria_set_sharing(conn->op, NULL);
        err_set(&err, ERR_INPUT, "answers values that a UNION would reshape");
        maria_conn_failed(conn, EFFECT_NONE, &err);
    } else {
        execute(conn, conn->step.stmt);
    }
}

static size_t variant_of(const struct db_op *first)
{
    size_t variant = VARIANT_ARRAY;

    if (maria_is_lookup(first))
        for (size_t count = first->group->count; count > 2; count /= 2)
            variant++;
    return variant;
}

static void prepare(struct maria_conn *conn)
{
    const char *sql = maria_array_sql(conn->op);
    struct buf all = {0};

    for (size_t i = 0; maria_is_lookup(conn->op) && i < conn->op->group->count; i++)
        buf_addf(&all, "%sSELECT %zu, %s", i > 0 ? "\nUNION ALL\n" : "", i, sql);
    maria_conn_prepare(conn, all.len > 0 ? all.data : sql, prepared);
    buf_done(&all);
}

void maria_conn_run_group(struct maria_conn *conn, struct db_op *first, uint64_t due)
{
    maria_conn_begin(conn, first, FRAME_NONE, due);
    if (!maria_conn_find(conn, maria_statement_of(first), variant_of(first)))
        maria_conn_unusable(conn);
    else if (*conn->place != NULL)
        execute(conn, *conn->place);
    else
        prepare(conn);
    maria_conn_go(conn);
}

/* ---- finding out ---- */

bool maria_conn_takes_arrays(const struct maria_conn *conn)
{
    unsigned long more = 0;

    return mariadb_get_infov(conn->step.my, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES,
                             &more) == 0 &&
           (more & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
}

/* What numbers the rows of a table, in the words of an INSERT that tells it; or NULL. */
static char *array_of(const struct statement *statement, MYSQL_RES *columns)
{
    char *sql = NULL;

    for (unsigned i = 0; columns != NULL && i < mysql_num_fields(columns); i++) {
        const MYSQL_FIELD *column = mysql_fetch_field_direct(columns, i);
        if (sql == NULL && (column->flags & AUTO_INCREMENT_FLAG) &&
            strchr(column->name, '`') == NULL)
            sql = mem_format("%s\nRETURNING `%s`", statement->sql, column->name);
    }
    return sql;
}

static bool is_key(const struct sql_lookup *lookup, const char *column)
{
    for (size_t i = 0; i < lookup->nkeys; i++)
        if (slice_is_nocase(lookup->keys[i], column))
            return true;
    return false;
}

/* The rest of a lookup that finds one row at most: by a unique column, or by all columns of the
 * primary key; or NULL. */
static char *lookup_of(const struct statement *statement, MYSQL_RES *columns)
{
    struct sql_lookup lookup;
    unsigned primary = 0, by_primary = 0, by_unique = 0;

    if (!sql_is_lookup(slice_of(statement->sql), &mariadb_dialect, &lookup))
        return NULL;
    for (unsigned i = 0; columns != NULL && i < mysql_num_fields(columns); i++) {
        const MYSQL_FIELD *column = mysql_fetch_field_direct(columns, i);
        bool by = is_key(&lookup, column->name), is_primary = column->flags & PRI_KEY_FLAG;
        primary += is_primary;
        by_primary += by && is_primary;
        by_unique += by && (column->flags & UNIQUE_KEY_FLAG);
    }
    return by_unique > 0 || (primary > 0 && primary == by_primary)
               ? mem_copy(lookup.rest.data, lookup.rest.len)
               : NULL;
}

static char *sql_of(const struct statement *statement, MYSQL_STMT *description)
{
    MYSQL_RES *columns = mysql_stmt_result_metadata(description);
    char *sql = statement->finds_in != NULL ? lookup_of(statement, columns)
                                            : array_of(statement, columns);

    mysql_free_result(columns);
    return sql;
}

static void described(struct maria_conn *conn)
{
    if (conn->step.code != 0) {
        prepared(conn);
        return;
    }
    maria_set_sharing(conn->op, sql_of(maria_statement_of(conn->op), conn->step.stmt));
    if (db_prepared_drop(&conn->prepared, conn->place))
        maria_conn_done(conn);
    else
        maria_conn_unusable(conn);
}

void maria_conn_describe(struct maria_conn *conn, struct db_op *op, uint64_t due)
{
    const struct statement *statement = maria_statement_of(op);
    const char *table = statement->finds_in ? statement->finds_in : statement->adds_to;
    CLEANUP(mem_freep) char *sql = mem_format("SELECT * FROM %s LIMIT 0", table);

    maria_conn_begin(conn, op, FRAME_NONE, due);
    if (maria_conn_find(conn, statement, VARIANT_ARRAY))
        maria_conn_prepare(conn, sql, described);
    else
        maria_conn_unusable(conn);
    maria_conn_go(conn);
}
