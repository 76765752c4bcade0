/* One table of values, through both databases and back, exactly: as parameters that are only
 * echoed, and through columns of their type. */
#include "mariadb_support.h"

#include <float.h>

static const char *const sqlite_schema[] = {
    "CREATE TABLE v (k INTEGER PRIMARY KEY, i INTEGER, r REAL, t TEXT, b BLOB) STRICT", NULL};
static const char *const mariadb_schema[] = {
    "CREATE TABLE v (k BIGINT PRIMARY KEY, i BIGINT, r DOUBLE, t LONGTEXT, b LONGBLOB)", NULL};
static const char statements[] = "-- name: echo\nSELECT :v AS v;\n"
                                 "-- name: put_i\nINSERT INTO v (k, i) VALUES (:k, :v);\n"
                                 "-- name: put_r\nINSERT INTO v (k, r) VALUES (:k, :v);\n"
                                 "-- name: put_t\nINSERT INTO v (k, t) VALUES (:k, :v);\n"
                                 "-- name: put_b\nINSERT INTO v (k, b) VALUES (:k, :v);\n"
                                 "-- name: get\nSELECT i, r, t, b FROM v WHERE k = :k;\n";

enum { MEGABYTE = 1024 * 1024 };

static char megabyte[MEGABYTE];

#define INTEGER(n)                                                                             \
    {                                                                                          \
        .type = DB_INTEGER, .integer = (n)                                                     \
    }
#define REAL(n)                                                                                \
    {                                                                                          \
        .type = DB_REAL, .real = (n)                                                           \
    }
#define TEXT(text)                                                                             \
    {                                                                                          \
        .type = DB_TEXT, .bytes = {(char *)(uintptr_t)(text), sizeof(text) - 1 }               \
    }
#define BYTES(text)                                                                            \
    {                                                                                          \
        .type = DB_BYTES, .bytes = {(char *)(uintptr_t)(text), sizeof(text) - 1 }              \
    }

static const struct db_value values[] = {
    {.type = DB_NULL},
    INTEGER(0),
    INTEGER(1),
    INTEGER(-1),
    INTEGER(127),
    INTEGER(-128),
    INTEGER(65536),
    INTEGER(INT32_MAX),
    INTEGER(4294967296),
    INTEGER((1LL << 53) + 1),
    INTEGER(INT64_MAX),
    INTEGER(INT64_MIN),
    REAL(0.0),
    REAL(0.1),
    REAL(-1.5),
    REAL(1.0),
    REAL(1e15),
    REAL(1e100),
    REAL(3.141592653589793),
    REAL(DBL_MAX),
    REAL(DBL_MIN),
    TEXT(""),
    TEXT(" "),
    TEXT("trailing   "),
    TEXT("00123"),
    TEXT("a\0b"),
    TEXT("\\ ' \" ` ; -- % _ \n\r\t"),
    TEXT("\xf0\x9f\x95\xb0 \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80 \xe5\xaf\x84"),
    TEXT("\xcc\x81 e\xcc\x81 \xf4\x8f\xbf\xbf"),
    BYTES(""),
    BYTES("\0"),
    BYTES("00123"),
    BYTES("\xff\xfe\x00\x01\x80"),
    BYTES("\xf0\x9f\x95\xb0"),
    {.type = DB_BYTES, .bytes = {megabyte, MEGABYTE}},
};

enum { VALUES = sizeof values / sizeof *values };

static bool same(const struct db_value *a, const struct db_value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case DB_NULL:
        return true;
    case DB_INTEGER:
        return a->integer == b->integer;
    case DB_REAL:
        return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    default:
        return a->bytes.len == b->bytes.len &&
               memcmp(a->bytes.data, b->bytes.data, a->bytes.len) == 0;
    }
}

static void give(struct db_op *op, const char *name, const struct db_value *value)
{
    const struct statement *statement = op->calls[0].statement;
    struct db_value *given = &op->calls[0].args[statement_param(statement, name)];

    if (value->type == DB_TEXT || value->type == DB_BYTES)
        db_value_set_bytes(given, value->type, value->bytes.data, value->bytes.len);
    else
        *given = *value;
}

static struct db_op *run_good(struct place *place, struct db_op *op, size_t which)
{
    run(place, op);
    if (!op->ok)
        fail_msg("value %zu: %s", which, op->err.text);
    return op;
}

static void echo(struct place *place, size_t which)
{
    struct db_op *op = op_of(place, "echo");

    give(op, "v", &values[which]);
    run_good(place, op, which);
    assert_int_equal(op->results[0].nrows, 1);
    if (!same(&values[which], &op->results[0].cells[0]))
        fail_msg("value %zu is not the same when echoed", which);
    db_op_free(op);
}

static void through_its_column(struct place *place, size_t which)
{
    static const char *const puts[] = {"put_i", "put_i", "put_r", "put_t", "put_b"};
    static const size_t columns[] = {0, 0, 1, 2, 3};
    const struct db_value *value = &values[which];
    const struct db_value key = {.type = DB_INTEGER, .integer = (int64_t)which};
    struct db_op *op = op_of(place, puts[value->type]);

    give(op, "k", &key);
    give(op, "v", value);
    db_op_free(run_good(place, op, which));
    op = op_of(place, "get");
    give(op, "k", &key);
    run_good(place, op, which);
    assert_int_equal(op->results[0].nrows, 1);
    for (size_t i = 0; i < 4; i++) {
        const struct db_value *cell = &op->results[0].cells[i];
        bool here = i == columns[value->type];
        if (here ? !same(value, cell) : cell->type != DB_NULL)
            fail_msg("value %zu is not the same in column %zu", which, i);
    }
    db_op_free(op);
}

static void all_values(struct place *place)
{
    for (size_t i = 0; i < VALUES; i++) {
        echo(place, i);
        through_its_column(place, i);
    }
}

static void sqlite_returns_every_value_as_it_was(void **state)
{
    struct place place;

    (void)state;
    place_open(&place, "", sqlite_schema, statements);
    all_values(&place);
    place_close(&place);
}

static void mariadb_returns_every_value_as_it_was(void **state)
{
    struct place place;

    (void)state;
    place_open_maria(&place, "", mariadb_schema, statements);
    all_values(&place);
    place_close(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sqlite_returns_every_value_as_it_was),
        cmocka_unit_test(mariadb_returns_every_value_as_it_was),
    };

    for (size_t i = 0; i < MEGABYTE; i++)
        megabyte[i] = (char)(i * 7 + i / 256);
    return cmocka_run_group_tests_name("values on both databases", tests, server_setup,
                                       server_teardown);
}
