/* Values through SQLite and back, outcomes of statements, kinds of errors. */
#include "db_support.h"

#include <math.h>
#include <sys/stat.h>

static const char *const schema[] = {
    "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER UNIQUE,"
    " m INTEGER NOT NULL DEFAULT 0 CHECK (m < 10))",
    "CREATE TABLE c (t INTEGER REFERENCES t (id) ON DELETE CASCADE)", NULL};
static const char statements[] =
    "-- name: echo\n-- bytes: b\nSELECT :v AS v, typeof(:v) AS t, :b AS b, typeof(:b) AS tb;\n"
    "-- name: add\nINSERT INTO t (n) VALUES (:n);\n"
    "-- name: add_child\nINSERT INTO c (t) VALUES (:t);\n"
    "-- name: add_more\nINSERT INTO t (n) VALUES (:n), (:n + 1);\n"
    "-- name: add_returning\nINSERT INTO t (n) VALUES (:n), (:n + 1) RETURNING id, n;\n"
    "-- name: ignore\nINSERT OR IGNORE INTO t (n) VALUES (:n);\n"
    "-- name: check\nUPDATE t SET m = :n;\n"
    "-- name: empty\nDELETE FROM t WHERE n > :n;\n"
    "-- name: count\nSELECT count(*) AS n FROM t;\n"
    "-- name: many\nWITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s)"
    " SELECT i FROM s LIMIT :n;\n"
    "-- name: secret\nSELECT json_extract('{}', :n);\n"
    "-- name: large\nSELECT zeroblob(:n);\n";

static int setup(void **state)
{
    place_open(place_setup(state), "", schema, statements);
    return 0;
}

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
               memcmp(a->bytes.data, b->bytes.data, a->bytes.len) == 0 &&
               a->bytes.data[a->bytes.len] == '\0';
    }
}

static void echo(struct place *place, const struct db_value *value)
{
    struct db_op *op = op_of(place, "echo");
    const struct statement *statement = op->calls[0].statement;
    struct db_value *given = &op->calls[0].args[statement_param(statement, "v")];

    if (value->type == DB_TEXT || value->type == DB_BYTES)
        db_value_set_bytes(given, value->type, value->bytes.data, value->bytes.len);
    else
        *given = *value;
    run(place, op);
    if (!op->ok)
        fail_msg("%s", op->err.text);
    assert_int_equal(op->results[0].nrows, 1);
    assert_string_equal(op->results[0].columns[0], "v");
    assert_true(same(given, &op->results[0].cells[0]));
    db_op_free(op);
}

static void returns_every_value_as_it_was(void **state)
{
    static const int64_t integers[] = {
        0, 1, -1, INT64_MAX, INT64_MIN, 1LL << 53, (1LL << 53) + 1};
    static const double reals[] = {0.0, 1.0, -1.5, 0.1, 1e308, 5e-324, INFINITY, -INFINITY};
    static const struct slice texts[] = {
        {"", 0}, {"00123", 5}, {"a\0b", 3}, {"\xf0\x9f\x95\xb0 \xe6\x97\xb6", 8}, {"\0", 1}};
    struct place *place = *state;

    echo(place, &(struct db_value){.type = DB_NULL});
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        echo(place, &(struct db_value){.type = DB_INTEGER, .integer = integers[i]});
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        echo(place, &(struct db_value){.type = DB_REAL, .real = reals[i]});
    for (size_t i = 0; i < 2 * sizeof texts / sizeof *texts; i++) {
        struct db_value value = {.type = i % 2 ? DB_BYTES : DB_TEXT};
        value.bytes.data = (char *)(uintptr_t)texts[i / 2].data;
        value.bytes.len = texts[i / 2].len;
        echo(place, &value);
    }
}

static void tells_what_a_write_did(void **state)
{
    static const struct {
        const char *name;
        int64_t n, affected, id;
    } cases[] = {
        {"add", 10, 1, 1},      {"add_more", 20, 2, 3}, {"ignore", 10, 0, 0},
        {"ignore", 30, 1, 4},   {"check", 5, 4, 0},     {"empty", 100, 0, 0},
        {"add_child", 4, 1, 1}, {"empty", 20, 2, 0},
    };
    struct place *place = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct db_op *op = run(place, op_integer(place, cases[i].name, cases[i].n));
        if (!op->ok)
            fail_msg("%s", op->err.text);
        assert_int_equal(op->results[0].affected, cases[i].affected);
        assert_int_equal(op->results[0].id, cases[i].id);
        db_op_free(op);
    }
    assert_int_equal(place_number(place, "SELECT count(*) FROM c"), 0);
}

static void returns_rows_of_a_write(void **state)
{
    struct place *place = *state;
    struct db_op *op = run(place, op_integer(place, "add_returning", 7));

    assert_true(op->ok);
    assert_int_equal(op->results[0].nrows, 2);
    assert_int_equal(op->results[0].cells[3].integer, 8);
    assert_int_equal(op->results[0].affected, 2);
    assert_int_equal(op->results[0].id, op->results[0].cells[2].integer);
    db_op_free(op);
}

static void names_the_kind_and_the_statement(void **state)
{
    static const struct {
        const char *name;
        int64_t n;
        enum err_kind kind;
        const char *part;
    } cases[] = {
        {"add", 7, ERR_CONFLICT, "add (spec.sql:4): UNIQUE constraint failed: t.n"},
        {"check", 77, ERR_INPUT, "CHECK constraint failed"},
        {"add_child", 99, ERR_INPUT, "FOREIGN KEY"},
        {"many", 100001, ERR_LIMIT, "more than 100000 rows"},
        {"secret", 4711, ERR_IO, "secret (spec.sql:"},
        {"large", INT64_C(5000000000), ERR_LIMIT, "too big"},
    };
    struct place *place = *state;

    run_ok(place, op_integer(place, "ignore", 7));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct db_op *op = run(place, op_integer(place, cases[i].name, cases[i].n));
        assert_failed(op, cases[i].kind, cases[i].part);
        assert_null(strstr(op->err.text, "4711"));
        db_op_free(op);
    }
    struct db_op *op = op_of(place, "add");
    op->calls[0].args[0] = (struct db_value){.type = DB_REAL, .real = NAN};
    run(place, op);
    assert_failed(op, ERR_INPUT, "not a number");
    db_op_free(op);
}

static void keeps_several_calls_together(void **state)
{
    struct place *place = *state;
    int64_t before = place_number(place, "SELECT count(*) FROM t");

    for (int good = 0; good < 2; good++) {
        struct db_op *op = db_op_new(DB_RUN, place->set, 3);
        op->done = op_came_back;
        op->owner = place;
        const struct statement *add = statement_find(place->set, "add");
        for (size_t i = 0; i < 3; i++)
            *db_op_call(op, i, add) = (struct db_value){
                .type = DB_INTEGER, .integer = 1000 + (good ? (int64_t)i : 0)};
        run(place, op);
        assert_int_equal(op->ok, good);
        assert_int_equal(place_number(place, "SELECT count(*) FROM t") - before, good ? 3 : 0);
        db_op_free(op);
    }
}

static void forgets_sets_that_are_gone(void **state)
{
    struct place *place = *state;

    for (int i = 0; i < 20; i++) {
        struct statement_source source = {"other.sql", slice_of("-- name: one\nSELECT :n")};
        struct statement_set *kept = place->set;
        place->set =
            statement_set_new(&source, 1, &sqlite_dialect, server_drivers, no_fault, NULL);
        run_ok(place, op_integer(place, "one", i));
        statement_set_unref(place->set);
        place->set = kept;
        run_ok(place, op_of(place, "count"));
    }
}

static void collect(void *owner, const char *file, int line, const char *message)
{
    buf_addf(owner, "%s:%d: %s\n", file, line, message);
}

static void checks_statements_on_the_database(void **state)
{
    struct place *place = *state;
    struct buf faults = {0};
    struct statement_source source = {
        "bad.sql",
        slice_of("-- name: a\nSELECT n\nFROM nowhere\n-- name: b\nSELECT n,\n  oops\n"
                 "FROM t\n-- name: c\nCOMMIT\n-- name: d\nPRAGMA user_version = 3\n"
                 "-- name: e\nSELECT \"typo\" FROM t\n-- name: f\nSELECT n FROM t\n")};
    struct statement_set *set =
        statement_set_new(&source, 1, &sqlite_dialect, server_drivers, no_fault, NULL);

    CHECK(db_check(place->db, set, collect, &faults, err));
    /* SQLite 3.46 quotes it, and adds advice. */
    char *typo = strstr(faults.data, "bad.sql:13: ");
    assert_non_null(typo);
    assert_true(strncmp(typo, "bad.sql:13: e: no such column: ", 31) == 0 &&
                strstr(typo, "typo"));
    *typo = '\0';
    assert_string_equal(faults.data,
                        "bad.sql:1: a: no such table: nowhere\n"
                        "bad.sql:6: b: no such column: oops\n"
                        "bad.sql:8: c: transactions, ATTACH and PRAGMA are not for named "
                        "statements\n"
                        "bad.sql:10: d: transactions, ATTACH and PRAGMA are not for named "
                        "statements\n");
    buf_done(&faults);
    statement_set_unref(set);
}

static void readers_cannot_write(void **state)
{
    struct place *place = *state;
    struct db_op *op = op_integer(place, "add", 123456);
    struct statement *statement = (struct statement *)(uintptr_t)op->calls[0].statement;

    statement->writes = false; /* as if the loader had been deceived */
    run(place, op);
    assert_failed(op, ERR_IO, "readonly");
    statement->writes = true;
    db_op_free(op);
}

static void makes_its_file_for_the_owner_alone(void **state)
{
    struct place *place = *state;
    struct stat about;

    assert_int_equal(stat(place->file, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    char *wal = mem_format("%s-wal", place->file);
    assert_int_equal(stat(wal, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    free(wal);
}

static void refuses_what_it_cannot_open(void **state)
{
    static const struct {
        const char *url, *part;
    } cases[] = {
        {"oracle://x/y", "no database driver 'oracle'; there are: sqlite, mariadb"},
        {"sqlite:///nowhere/at/all.db", "the folder '/nowhere/at' of the database"},
        {"sqlite://host/x.db", "three slashes"},
        {"sqlite:///", "three slashes"},
        {"sqlite:///tmp/x.db?quue=1", "no option 'quue'"},
        {"sqlite:///tmp/x.db?queue=0", "queue=0: a number"},
        {"sqlite:///tmp", "database '/tmp'"},
    };
    struct err why;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct url url;
        struct db *db;
        CHECK(db_url_parse(server_drivers, cases[i].url, &url, err));
        assert_false(db_open(server_drivers, &url, &db, &why));
        if (strstr(why.text, cases[i].part) == NULL)
            fail_msg("%s: '%s'", cases[i].url, why.text);
        url_done(&url);
    }
}

static void refuses_a_file_of_another_kind(void **state)
{
    struct place *place = *state;
    char *name = mem_format("%s/other.db", place->folder);
    char *text = mem_format("sqlite://%s", name);
    FILE *file = fopen(name, "w");
    struct url url;
    struct db *db;
    struct err why;

    for (int i = 0; i < 200; i++)
        fputs("this is a letter to a friend\n", file);
    fclose(file);
    CHECK(db_url_parse(server_drivers, text, &url, err));
    assert_false(db_open(server_drivers, &url, &db, &why));
    assert_int_equal(why.kind, ERR_IO);
    assert_non_null(strstr(why.text, "other.db': file is not a database"));
    url_done(&url);
    unlink(name);
    free(text);
    free(name);
}

static const char *name_of(void *names, size_t index)
{
    return ((const char **)names)[index];
}

static void results_share_names_while_they_are_the_same(void **state)
{
    const char *names[] = {"id", "name"}, *others[] = {"id", "title"};
    struct db_names *shared = NULL;
    struct db_result first = {0}, second = {0}, other = {0};

    (void)state;
    db_result_columns(&first, 2, name_of, names, &shared);
    db_result_columns(&other, 2, name_of, others, &shared);
    db_result_columns(&second, 2, name_of, names, &shared);
    assert_ptr_equal(first.columns, second.columns);
    assert_string_equal(second.columns[1], "name");
    assert_string_equal(other.columns[1], "title");
    db_result_columns(&other, 1, name_of, names, NULL);
    assert_int_equal(other.ncolumns, 1);
    assert_string_equal(other.columns[0], "id");
    db_result_done(&first);
    db_result_done(&second);
    db_result_done(&other);
    free(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(returns_every_value_as_it_was),
        cmocka_unit_test(results_share_names_while_they_are_the_same),
        cmocka_unit_test(tells_what_a_write_did),
        cmocka_unit_test(returns_rows_of_a_write),
        cmocka_unit_test(names_the_kind_and_the_statement),
        cmocka_unit_test(keeps_several_calls_together),
        cmocka_unit_test(forgets_sets_that_are_gone),
        cmocka_unit_test(checks_statements_on_the_database),
        cmocka_unit_test(readers_cannot_write),
        cmocka_unit_test(makes_its_file_for_the_owner_alone),
        cmocka_unit_test(refuses_what_it_cannot_open),
        cmocka_unit_test(refuses_a_file_of_another_kind),
    };
    return cmocka_run_group_tests_name("values and outcomes", tests, setup, place_teardown);
}
