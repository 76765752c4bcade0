/*
 * Rows that share an execution: operations that add one row by the same statement, each a
 * commit of its own, and that wait at the same time go to the server as one array.
 *
 *   ops      one -> described, where the statement is new -> alone
 *            several -> [prepared] -> executed -> a row of the answer for each -> all succeed
 *                            `-----------`-- it fails: nothing of it is there, and each
 *                                            operation is run again by itself
 *
 * An array fails as a whole and does not say by which row, hence the second run.  Ids come back
 * by RETURNING, row by row: those of an array need not follow each other.  So the table has to
 * have a column that numbers itself, and which one it is, is asked once per worker.
 *
 * So that arrays form at all, an operation does not take an idle connection while its statement
 * runs on MARIA_ABREAST others: it waits with its like until one of them is done, and not for
 * longer than MARIA_GATHER_MS.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "db/mariadb/driver.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(union maria_number) == sizeof(char *), "the client reads arrays of each");

struct maria_array {
    size_t count;
    struct db_op *ops[MARIA_ARRAY_ROWS]; /* the first one is the connection's */
    size_t size;                         /* of their values, in bytes */
    size_t answered;                     /* rows of the answer that were read */
    int64_t id;                          /* of the one that was read last */
    /* By parameter, and then by row. */
    MYSQL_BIND *binds;
    union maria_number *cells;
    unsigned long *lengths;
    char *marks; /* which are NULL */
};

static const struct statement *statement_of(const struct db_op *op)
{
    return op->calls[0].statement;
}

static void array_free(struct maria_array *array)
{
    free(array->binds);
    free(array->cells);
    free(array->lengths);
    free(array->marks);
    free(array);
}

/* ---- which operations ---- */

/* What is known about the statements of the newest set; NULL for an older one's. */
static char **place_of_sql(struct maria_worker *worker, const struct db_op *op)
{
    struct maria_sqls *sqls = &worker->arrays;

    if (op->set->uid > sqls->uid) {
        maria_sqls_done(sqls);
        sqls->uid = op->set->uid;
        sqls->count = op->set->count;
        sqls->items = mem_new(sqls->count, sizeof *sqls->items);
    }
    return op->set->uid == sqls->uid ? &sqls->items[statement_of(op)->index] : NULL;
}

void maria_sqls_done(struct maria_sqls *sqls)
{
    for (size_t i = 0; i < sqls->count; i++)
        free(sqls->items[i]);
    free(sqls->items);
    *sqls = (struct maria_sqls){0};
}

/* One that is near its deadline would take the others' connection with it. */
static bool may_share(const struct db_op *op)
{
    return op->verb == DB_RUN && op->tx == NULL && op->ncalls == 1 && !op->alone &&
           !op->cancelled && statement_of(op)->adds_to != NULL &&
           (op->deadline == UINT64_MAX ||
            op->deadline > clock_monotonic() + MARIA_SHARE_S * NS_PER_S);
}

/* A column of an array has one type, and MariaDB has no word for infinity: the one that brings
 * it hears that by itself. */
static bool is_like(const struct db_value *a, const struct db_value *b)
{
    if ((a->type == DB_REAL && !isfinite(a->real)) ||
        (b->type == DB_REAL && !isfinite(b->real)))
        return false;
    return a->type == b->type || a->type == DB_NULL || b->type == DB_NULL;
}

static bool is_bytes(const struct db_value *value)
{
    return value->type == DB_TEXT || value->type == DB_BYTES;
}

static size_t size_of(const struct db_op *op)
{
    size_t size = 0;

    for (size_t i = 0; i < statement_of(op)->nparams; i++)
        size += is_bytes(&op->calls[0].args[i]) ? op->calls[0].args[i].bytes.len : 0;
    return size;
}

static bool fits(const struct maria_array *array, const struct db_op *op)
{
    if (statement_of(op) != statement_of(array->ops[0]) || !may_share(op) ||
        array->count == MARIA_ARRAY_ROWS || array->size + size_of(op) > MARIA_ARRAY_BYTES)
        return false;
    for (size_t row = 0; row < array->count; row++)
        for (size_t i = 0; i < statement_of(op)->nparams; i++)
            if (!is_like(&op->calls[0].args[i], &array->ops[row]->calls[0].args[i]))
                return false;
    return true;
}

static void add(struct maria_array *array, struct db_op *op)
{
    array->ops[array->count++] = op;
    array->size += size_of(op);
}

static void gather(struct maria_worker *worker, struct maria_array *array)
{
    struct maria_queue waiting = worker->waiting;
    struct db_op *op;

    worker->waiting = (struct maria_queue){0};
    while ((op = maria_queue_take(&waiting)) != NULL) {
        if (fits(array, op))
            add(array, op);
        else
            maria_queue_add(&worker->waiting, op);
    }
}

bool maria_array_waits(struct maria_worker *worker, const struct db_op *op)
{
    char **sql = may_share(op) ? place_of_sql(worker, op) : NULL;
    uint64_t now = clock_monotonic();
    size_t running = 0;

    if (sql == NULL || *sql == NULL || **sql == '\0')
        return false;
    for (const struct maria_conn *each = worker->conns; each != NULL; each = each->next)
        running += each->op != NULL && each->use == USE_RUN && each->op->ncalls == 1 &&
                   statement_of(each->op) == statement_of(op) &&
                   now - each->began < MARIA_GATHER_MS * NS_PER_MS;
    return running >= MARIA_ABREAST;
}

/* ---- the end ---- */

void maria_array_fail_others(struct maria_conn *conn, const struct err *err)
{
    struct maria_array *array = TAKE(conn->array);

    for (size_t i = 1; array != NULL && i < array->count; i++)
        maria_fail(conn->worker, array->ops[i], err);
    if (array != NULL)
        array_free(array);
}

static void succeeded(struct maria_conn *conn)
{
    struct maria_array *array = TAKE(conn->array);

    for (size_t i = 0; i < array->count; i++)
        maria_succeeded(conn, array->ops[i]);
    array_free(array);
    maria_release(conn);
}

/* Each by itself, the first one first. */
static void run_apart(struct maria_conn *conn, bool gone)
{
    struct maria_array *array = TAKE(conn->array);

    maria_count("tc_db_retries_total", "cause", "array");
    for (size_t i = array->count; i-- > 0;) {
        array->ops[i]->alone = true;
        maria_wait_again(conn->worker, array->ops[i]);
    }
    array_free(array);
    conn->op = NULL;
    if (gone)
        maria_replace(conn);
    else
        maria_release(conn);
}

static MYSQL_STMT **place_of(struct maria_conn *conn)
{
    const struct statement_set *set = conn->op->set;

    return maria_prepared_find(conn, set, set->count + statement_of(conn->op)->index);
}

static void set_sql(struct maria_conn *conn, char *sql)
{
    char **place = place_of_sql(conn->worker, conn->op);

    if (place != NULL) {
        free(*place);
        *place = sql;
    } else {
        free(sql);
    }
}

void maria_array_failed(struct maria_conn *conn, enum maria_effect effect, bool preparing)
{
    bool gone = effect == EFFECT_GONE || effect == EFFECT_LOST;

    if (preparing && effect == EFFECT_NONE)
        set_sql(conn, mem_text("")); /* it is not to be */
    if (preparing || effect == EFFECT_PREPARE) {
        MYSQL_STMT **place = place_of(conn);
        gone |= place == NULL || !maria_prepared_drop(place);
    }
    run_apart(conn, gone);
}

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

static void set_cell(struct maria_array *array, size_t at, const struct db_value *value)
{
    array->marks[at] = value->type == DB_NULL ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
    if (value->type == DB_INTEGER) {
        array->cells[at].integer = value->integer;
    } else if (value->type == DB_REAL) {
        array->cells[at].real = value->real;
    } else if (is_bytes(value)) {
        array->cells[at].bytes = value->bytes.len > 0 ? value->bytes.data : "";
        array->lengths[at] = value->bytes.len;
    }
}

static void set_column(struct maria_array *array, size_t slot)
{
    const struct statement *statement = statement_of(array->ops[0]);
    enum db_type type = DB_NULL;
    size_t from = slot * array->count;

    for (size_t row = 0; row < array->count; row++) {
        const struct db_value *value = &array->ops[row]->calls[0].args[statement->slots[slot]];
        set_cell(array, from + row, value);
        if (type == DB_NULL)
            type = value->type;
    }
    array->binds[slot] = (MYSQL_BIND){.buffer_type = type_of(type),
                                      .buffer = &array->cells[from],
                                      .length = &array->lengths[from],
                                      .u.indicator = &array->marks[from]};
}

static bool bind(struct maria_array *array, MYSQL_STMT *stmt)
{
    size_t nslots = statement_of(array->ops[0])->nslots;
    const unsigned rows = (unsigned)array->count;

    array->binds = mem_new(nslots, sizeof *array->binds);
    array->cells = mem_new(nslots * rows, sizeof *array->cells);
    array->lengths = mem_new(nslots * rows, sizeof *array->lengths);
    array->marks = mem_new(nslots * rows, sizeof *array->marks);
    for (size_t slot = 0; slot < nslots; slot++)
        set_column(array, slot);
    return mysql_stmt_param_count(stmt) == nslots &&
           !mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &rows) &&
           !mysql_stmt_bind_param(stmt, array->binds);
}

/* ---- running ---- */

static void fetched(struct maria_conn *conn)
{
    struct maria_array *array = conn->array;
    struct err err;

    if (conn->code == MYSQL_NO_DATA && array->answered == array->count) {
        succeeded(conn);
    } else if (conn->code == 0 && array->answered < array->count) {
        struct db_result *result = &array->ops[array->answered++]->results[0];
        db_result_done(result);
        result->affected = 1;
        result->id = array->id;
        maria_fetch(conn, fetched);
    } else if (conn->code != 0 && conn->code != MYSQL_NO_DATA) {
        maria_step_failed(conn, false);
    } else {
        err_set(&err, ERR_IO, "the server has answered for other rows than it was given");
        maria_answer_lost(conn, &err);
    }
}

static void executed(struct maria_conn *conn)
{
    struct maria_array *array = conn->array;
    MYSQL_BIND column = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &array->id};
    struct err err;

    if (conn->code != 0) {
        maria_step_failed(conn, false);
    } else if (mysql_stmt_field_count(conn->stmt) == 1 &&
               !mysql_stmt_bind_result(conn->stmt, &column)) {
        maria_fetch(conn, fetched);
    } else {
        err_set(&err, ERR_IO, "the server has answered otherwise than it was asked");
        maria_answer_lost(conn, &err);
    }
}

static void execute(struct maria_conn *conn, MYSQL_STMT *stmt)
{
    if (bind(conn->array, stmt))
        maria_execute(conn, stmt, executed);
    else
        run_apart(conn, false);
}

static void prepared(struct maria_conn *conn)
{
    if (conn->code == 0)
        execute(conn, conn->stmt);
    else
        maria_step_failed(conn, true);
}

static bool prepare(struct maria_conn *conn, const char *sql, maria_then *then)
{
    MYSQL_STMT **place = place_of(conn);

    if (place == NULL || (*place = mysql_stmt_init(conn->my)) == NULL)
        return false;
    maria_prepare(conn, *place, sql, then);
    return true;
}

/* What numbers the rows of a table, in the words of an INSERT that tells it; "" for nothing. */
static char *sql_of(const struct statement *statement, MYSQL_STMT *description)
{
    MYSQL_RES *columns = mysql_stmt_result_metadata(description);
    char *sql = NULL;

    for (unsigned i = 0; columns != NULL && i < mysql_num_fields(columns); i++) {
        const MYSQL_FIELD *column = mysql_fetch_field_direct(columns, i);
        if ((column->flags & AUTO_INCREMENT_FLAG) && strchr(column->name, '`') == NULL)
            sql = mem_format("%s\nRETURNING `%s`", statement->sql, column->name);
    }
    mysql_free_result(columns);
    return sql ? sql : mem_text("");
}

/* The first operation of a statement finds this out for those to come. */
static void described(struct maria_conn *conn)
{
    struct db_op *op = conn->op;

    if (conn->code != 0) {
        maria_step_failed(conn, true);
        return;
    }
    set_sql(conn, sql_of(statement_of(op), conn->stmt));
    if (maria_prepared_drop(place_of(conn))) {
        array_free(TAKE(conn->array));
        maria_start_calls(conn, op, UINT64_MAX);
    } else {
        run_apart(conn, true);
    }
}

static void describe(struct maria_conn *conn)
{
    char *sql = mem_format("SELECT * FROM %s LIMIT 0", statement_of(conn->op)->adds_to);

    if (!prepare(conn, sql, described))
        run_apart(conn, true);
    free(sql);
}

static bool can_bulk(const struct maria_conn *conn)
{
    unsigned long more = 0;

    return mariadb_get_infov(conn->my, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES,
                             &more) == 0 &&
           (more & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
}

static void begin(struct maria_conn *conn, struct maria_array *array)
{
    uint64_t deadline = UINT64_MAX;

    for (size_t i = 0; i < array->count; i++)
        if (array->ops[i]->deadline < deadline)
            deadline = array->ops[i]->deadline;
    conn->array = array;
    maria_begin(conn, array->ops[0], deadline);
}

bool maria_array_run(struct maria_conn *conn, struct db_op *op)
{
    char **sql = may_share(op) && can_bulk(conn) ? place_of_sql(conn->worker, op) : NULL;

    if (sql == NULL || (*sql != NULL && **sql == '\0'))
        return false;
    struct maria_array *array = mem_new(1, sizeof *array);
    add(array, op);
    if (*sql != NULL)
        gather(conn->worker, array);
    if (*sql != NULL && array->count == 1) {
        array_free(array);
        return false;
    }
    begin(conn, array);
    MYSQL_STMT **place = place_of(conn);
    if (*sql == NULL)
        describe(conn);
    else if (place != NULL && *place != NULL)
        execute(conn, *place);
    else if (!prepare(conn, *sql, prepared))
        run_apart(conn, true);
    return true;
}
