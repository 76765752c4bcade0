/* The MariaDB driver on a real server: values, answers, transactions, and what goes wrong. */
#include "mariadb_support.h"

#include <math.h>

static const char *const schema[] = {
    "CREATE TABLE t (n BIGINT PRIMARY KEY) ENGINE = InnoDB",
    "CREATE TABLE item (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
    " name VARCHAR(20) UNIQUE, size INT NOT NULL DEFAULT 0 CHECK (size < 10),"
    " body MEDIUMBLOB) ENGINE = InnoDB",
    "CREATE TABLE part (item BIGINT, FOREIGN KEY (item) REFERENCES item (id))"
    " ENGINE = InnoDB",
    NULL};
static const char statements[] =
    "-- name: add\nINSERT INTO t (n) VALUES (:n);\n"
    "-- name: count\nSELECT count(*) AS n FROM t;\n"
    "-- name: lock\nSELECT n FROM t WHERE n = :n FOR UPDATE;\n"
    "-- name: move\nUPDATE t SET n = n WHERE n = :n;\n"
    "-- name: sleep\nSELECT SLEEP(:n) AS s;\n"
    "-- name: sleep_write\nUPDATE t SET n = n + SLEEP(:n);\n"
    "-- name: many\nSELECT seq FROM seq_1_to_100000 WHERE seq <= :n;\n"
    "-- name: too_many\nSELECT a.seq + :n FROM seq_1_to_1000 AS a, seq_1_to_1000 AS b;\n"
    "-- name: add_too_many\nINSERT INTO t (n) SELECT :n + seq FROM seq_1_to_100001 RETURNING "
    "n;\n"
    "-- name: put\n-- bytes: body\nINSERT INTO item (name, size, body)"
    " VALUES (:name, :size, :body);\n"
    "-- name: put_returning\nINSERT INTO item (name) VALUES (:name), (concat(:name, '2'))"
    " RETURNING id, name;\n"
    "-- name: resize\nUPDATE item SET size = :size;\n"
    "-- name: part\nINSERT INTO part (item) VALUES (:n);\n"
    "-- name: sum\nSELECT sum(n) AS whole, avg(n) AS half, NOW() AS moment, 1.5 AS exact,"
    " CAST(9223372036854775807 AS UNSIGNED) AS large FROM t;\n"
    "-- name: huge\nSELECT CAST(18446744073709551615 AS UNSIGNED) AS huge;\n"
    "-- name: settings\nSELECT @@max_statement_time AS statement_s,"
    " @@innodb_lock_wait_timeout AS lock_s, @@character_set_client AS letters;\n";

static int setup(void **state)
{
    place_open_maria(place_setup(state), "?pool=3&queue=50", schema, statements);
    return 0;
}

static int64_t count(struct place *place)
{
    return place_number(place, "SELECT count(*) FROM t");
}

static struct db_op *op_integer_in(struct place *place, struct db_tx *tx, const char *name,
                                   int64_t n)
{
    struct db_op *op = op_integer(place, name, n);

    op->tx = tx;
    return op;
}

static struct db_tx *begin(struct place *place)
{
    struct db_op *op = run(place, op_verb(place, DB_BEGIN, NULL));

    if (!op->ok)
        fail_msg("%s", op->err.text);
    struct db_tx *tx = TAKE(op->tx);
    db_op_free(op);
    return tx;
}

/* ---- answers ---- */

static void tells_what_a_write_did(void **state)
{
    struct place *place = *state;

    for (int64_t i = 1; i <= 3; i++) {
        struct db_op *op = op_of(place, "put");
        struct db_value *name = &op->calls[0].args[0];
        char text[8];
        snprintf(text, sizeof text, "n%d", (int)i);
        db_value_set_bytes(name, DB_TEXT, text, strlen(text));
        op->calls[0].args[1] = (struct db_value){.type = DB_INTEGER, .integer = 1};
        run(place, op);
        assert_true(op->ok);
        assert_int_equal(op->results[0].affected, 1);
        assert_int_equal(op->results[0].id, i);
        db_op_free(op);
    }
    for (int i = 0; i < 2; i++) { /* found, whether or not anything changed */
        struct db_op *op = run(place, op_integer(place, "resize", 7));
        assert_int_equal(op->results[0].affected, 3);
        assert_int_equal(op->results[0].id, 0);
        db_op_free(op);
    }
}

static void returns_rows_of_a_write(void **state)
{
    struct place *place = *state;
    struct db_op *op = op_of(place, "put_returning");

    db_value_set_bytes(&op->calls[0].args[0], DB_TEXT, "r", 1);
    run(place, op);
    assert_true(op->ok);
    assert_int_equal(op->results[0].nrows, 2);
    assert_int_equal(op->results[0].affected, 2);
    assert_string_equal(op->results[0].columns[1], "name");
    assert_int_equal(op->results[0].cells[2].integer, 2);
    assert_string_equal(op->results[0].cells[3].bytes.data, "r2");
    db_op_free(op);
}

static void reads_numbers_as_sqlite_would(void **state)
{
    struct place *place = *state;

    run_ok(place, op_integer(place, "add", 1));
    run_ok(place, op_integer(place, "add", 2));
    struct db_op *op = run(place, op_of(place, "sum"));
    const struct db_value *cells = op->results[0].cells;
    assert_int_equal(cells[0].type, DB_INTEGER);
    assert_int_equal(cells[0].integer, 3);
    assert_int_equal(cells[1].type, DB_REAL);
    assert_true(cells[1].real == 1.5);
    assert_int_equal(cells[2].type, DB_TEXT);
    assert_int_equal(cells[2].bytes.len, strlen("2030-01-01 00:00:00"));
    assert_true(cells[3].type == DB_REAL && cells[3].real == 1.5);
    assert_true(cells[4].type == DB_INTEGER && cells[4].integer == INT64_MAX);
    db_op_free(op);
}

static void refuses_what_no_integer_can_be(void **state)
{
    struct place *place = *state;
    struct db_op *op = run(place, op_of(place, "huge"));

    assert_failed(op, ERR_IO, "the column 'huge' holds a number above 9223372036854775807");
    db_op_free(op);
}

static void reads_many_rows_but_not_too_many(void **state)
{
    struct place *place = *state;
    struct db_op *op = run(place, op_integer(place, "many", 100000));

    assert_true(op->ok);
    assert_int_equal(op->results[0].nrows, 100000);
    assert_int_equal(op->results[0].cells[99999].integer, 100000);
    db_op_free(op);
    op = run(place, op_integer(place, "too_many", 0));
    assert_failed(op, ERR_LIMIT, "too_many (spec.sql:");
    db_op_free(op);
    run_ok(place, op_of(place, "count"));
}

static void a_write_whose_answer_is_lost_may_have_happened(void **state)
{
    struct place *place = *state;
    struct db_op *op = run(place, op_integer(place, "add_too_many", 0));

    assert_failed(op, ERR_LIMIT, "unknown");
    db_op_free(op);
    assert_int_equal(count(place), 100001);
    run_ok(place, op_of(place, "count"));
}

static void kinds_of_failures_name_no_value(void **state)
{
    static const struct {
        const char *name, *text;
        int64_t size;
        enum err_kind kind;
        const char *says;
    } cases[] = {
        {"put", "hush-hush", 0, ERR_CONFLICT, "name"},
        {"put", "other", 10, ERR_INPUT, "CONSTRAINT"},
        {"put", "longer than twenty letters", 0, ERR_INPUT, "too long for column 'name'"},
    };
    struct place *place = *state;

    place_sql(place, "INSERT INTO item (name) VALUES ('hush-hush')");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct db_op *op = op_of(place, cases[i].name);
        db_value_set_bytes(&op->calls[0].args[0], DB_TEXT, cases[i].text,
                           strlen(cases[i].text));
        op->calls[0].args[1] = (struct db_value){.type = DB_INTEGER, .integer = cases[i].size};
        run(place, op);
        assert_failed(op, cases[i].kind, cases[i].says);
        assert_null(strstr(op->err.text, "hush"));
        assert_non_null(strstr(op->err.text, "put (spec.sql:"));
        db_op_free(op);
    }
    struct db_op *op = run(place, op_integer(place, "part", 99));
    assert_failed(op, ERR_INPUT, "foreign key");
    db_op_free(op);
    op = op_of(place, "put");
    op->calls[0].args[1] = (struct db_value){.type = DB_REAL, .real = NAN};
    assert_failed(run(place, op), ERR_INPUT, "parameter 2 is not a number");
    db_op_free(op);
}

/* ---- batches ---- */

static struct db_op *batch_of(struct place *place, const int64_t *numbers, size_t n)
{
    struct db_op *op = db_op_new(DB_RUN, place->set, n);

    op->done = op_came_back;
    op->owner = place;
    for (size_t i = 0; i < n; i++) {
        struct db_value *args = db_op_call(op, i, statement_find(place->set, "add"));
        args[0] = (struct db_value){.type = DB_INTEGER, .integer = numbers[i]};
    }
    return op;
}

static void a_batch_is_all_or_nothing(void **state)
{
    static const int64_t good[] = {1, 2, 3}, bad[] = {4, 5, 1, 6};
    struct place *place = *state;

    run_ok(place, batch_of(place, good, 3));
    assert_int_equal(count(place), 3);
    struct db_op *op = run(place, batch_of(place, bad, 4));
    assert_failed(op, ERR_CONFLICT, "PRIMARY");
    db_op_free(op);
    run_ok(place, op_integer(place, "add", 4)); /* nothing of it holds a lock */
    assert_int_equal(count(place), 4);
}

static void a_batch_inside_a_transaction_is_too(void **state)
{
    static const int64_t bad[] = {4, 5, 1, 6};
    struct place *place = *state;
    struct db_tx *tx = begin(place);

    run_ok(place, op_integer_in(place, tx, "add", 1));
    struct db_op *op = batch_of(place, bad, 4);
    op->tx = tx;
    assert_failed(run(place, op), ERR_CONFLICT, "PRIMARY");
    db_op_free(op);
    run_ok(place, op_integer_in(place, tx, "add", 2));
    run_ok(place, op_verb(place, DB_COMMIT, tx));
    assert_int_equal(place_number(place, "SELECT sum(n) FROM t"), 3);
}

/* Two batches that want two rows in opposite order, again and again. */
static void deadlocks_are_tried_again(void **state)
{
    struct place *place = *state;
    static const int64_t orders[2][2] = {{1, 2}, {2, 1}};
    struct db_op *ops[20];

    run_ok(place, op_integer(place, "add", 1));
    run_ok(place, op_integer(place, "add", 2));
    for (int i = 0; i < 20; i++) {
        ops[i] = batch_of(place, orders[i % 2], 2);
        for (int k = 0; k < 2; k++)
            ops[i]->calls[k].statement = statement_find(place->set, "move");
        submit(place, ops[i]);
    }
    wait_all(place);
    for (int i = 0; i < 20; i++) {
        if (!ops[i]->ok)
            fail_msg("%s", ops[i]->err.text);
        db_op_free(ops[i]);
    }
}

/* The server gives up waiting after 5 seconds, we do not. */
static void a_lock_that_takes_too_long_is_tried_again(void **state)
{
    struct place *place = *state;
    struct db_op *op = op_integer(place, "move", 1);

    run_ok(place, op_integer(place, "add", 1));
    place_sql(place, "START TRANSACTION");
    place_sql(place, "SELECT n FROM t WHERE n = 1 FOR UPDATE");
    submit(place, op);
    for (int i = 0; i < 300 && op->tries == 0; i++)
        run_for(place, 100);
    assert_int_equal(op->tries, 1);
    place_sql(place, "COMMIT");
    wait_all(place);
    if (!op->ok)
        fail_msg("%s", op->err.text);
    db_op_free(op);
}

/* ---- time ---- */

/* What the server lets a statement of a new worker take. */
static void expect_statement_limit(struct place *place, uint64_t longest, double seconds)
{
    db_detach(place->worker);
    place->db->longest = longest;
    CHECK(db_attach(place->db, place->loop, &place->worker, err));
    struct db_op *op = run(place, op_of(place, "settings"));

    assert_true(op->ok);
    assert_true(op->results[0].cells[0].real == seconds);
    db_op_free(op);
}

/* The server gives up by itself as well. */
static void the_server_is_told_how_long_things_may_take(void **state)
{
    struct place *place = *state;
    struct db_op *op = run(place, op_of(place, "settings"));

    assert_true(op->ok);
    assert_true(op->results[0].cells[0].real == 0);
    assert_int_equal(op->results[0].cells[1].integer, 5);
    assert_string_equal(op->results[0].cells[2].bytes.data, "utf8mb4");
    db_op_free(op);
    expect_statement_limit(place, 75 * NS_PER_S + 500 * NS_PER_MS, 75.5);
    expect_statement_limit(place, UINT64_MAX, 31536000); /* the server's largest */
}

/* Seen on the server: a ping counts as a command of this kind. */
static void an_idle_connection_is_probed(void **state)
{
    static const char pings[] = "SELECT CAST(VARIABLE_VALUE AS INT) FROM information_schema."
                                "GLOBAL_STATUS WHERE VARIABLE_NAME = 'COM_ADMIN_COMMANDS'";
    struct place *place = *state;

    if (getenv("SOAK") == NULL)
        skip();
    run_ok(place, op_of(place, "count"));
    int64_t before = place_number(place, pings);
    run_for(place, 12500);
    assert_int_equal(place_number(place, pings), before + 1);
    run_ok(place, op_of(place, "count"));
}

static void a_deadline_costs_a_connection_and_nothing_else(void **state)
{
    static const char *const names[] = {"sleep", "sleep_write"};
    struct place *place = *state;

    run_ok(place, op_integer(place, "add", 0));
    for (size_t i = 0; i < 2; i++) {
        struct db_op *op = op_integer(place, names[i], 5);
        uint64_t from = clock_monotonic();
        op->deadline = from + 150 * NS_PER_MS;
        run(place, op);
        assert_failed(op, ERR_TIMEOUT, names[i]);
        assert_true((strstr(op->err.text, "unknown") != NULL) == (i == 1));
        assert_true(clock_monotonic() - from < NS_PER_S);
        db_op_free(op);
        run_ok(place, op_of(place, "count"));
    }
}

static void waits_no_longer_than_its_deadline(void **state)
{
    struct place *place = *state;
    struct db_op *slow[3], *late = op_of(place, "count");

    for (int i = 0; i < 3; i++) {
        slow[i] = op_integer(place, "sleep", 1);
        submit(place, slow[i]);
    }
    run_for(place, 100);
    late->deadline = clock_monotonic() + 100 * NS_PER_MS;
    submit(place, late);
    wait_all(place);
    assert_failed(late, ERR_TIMEOUT, "while waiting");
    for (int i = 0; i < 3; i++) {
        assert_true(slow[i]->ok);
        db_op_free(slow[i]);
    }
    db_op_free(late);
}

static void a_full_queue_refuses(void **state)
{
    struct place *place = *state;
    struct db_op *ops[60];
    struct err why;
    int n = 0;

    for (;; n++) {
        assert_true(n < 60);
        ops[n] = op_integer(place, "sleep", 0);
        if (!db_submit(place->worker, ops[n], &why))
            break;
        place->left++;
    }
    assert_int_equal(why.kind, ERR_LIMIT);
    assert_non_null(strstr(why.text, "50 operations are waiting"));
    db_op_free(ops[n]);
    wait_all(place);
    for (int i = 0; i < n; i++) {
        assert_true(ops[i]->ok);
        db_op_free(ops[i]);
    }
}

static void must_not_come_back(struct db_op *op)
{
    (void)op;
    fail_msg("a cancelled operation came back");
}

static void a_cancelled_operation_does_not_come_back(void **state)
{
    struct place *place = *state;
    uint64_t from = clock_monotonic();
    struct db_op *ops[5];

    for (int i = 0; i < 5; i++) { /* three run, two wait */
        ops[i] = op_integer(place, "sleep", 5);
        ops[i]->done = must_not_come_back;
        CHECK(db_submit(place->worker, ops[i], err));
        run_for(place, i == 2 ? 100 : 0);
    }
    for (int i = 0; i < 5; i++)
        db_cancel(ops[i]);
    run_for(place, 50);
    db_detach(place->worker); /* three are still being given up */
    assert_true(clock_monotonic() - from < 2 * NS_PER_S);
    place->worker = NULL;
}

static void what_runs_while_it_detaches_comes_back(void **state)
{
    struct place *place = *state;
    struct db_op *op = op_integer(place, "sleep", 5);

    submit(place, op);
    run_for(place, 50);
    db_detach(TAKE(place->worker));
    wait_all(place);
    assert_failed(op, ERR_IO, "stopping");
    db_op_free(op);
}

static void a_cancelled_read_gives_its_connection_back(void **state)
{
    struct place *place = *state;
    struct db_op *op = op_integer(place, "sleep", 5);

    run_ok(place, op_of(place, "count"));
    op->done = must_not_come_back;
    CHECK(db_submit(place->worker, op, err));
    run_for(place, 50);
    db_cancel(op);
    for (int i = 0; i < 20; i++) {
        run_ok(place, op_of(place, "count"));
        run_for(place, 20);
    }
}

#define SPEC(function) cmocka_unit_test_setup_teardown(function, setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(tells_what_a_write_did),
        SPEC(returns_rows_of_a_write),
        SPEC(reads_numbers_as_sqlite_would),
        SPEC(refuses_what_no_integer_can_be),
        SPEC(reads_many_rows_but_not_too_many),
        SPEC(a_write_whose_answer_is_lost_may_have_happened),
        SPEC(kinds_of_failures_name_no_value),
        SPEC(a_batch_is_all_or_nothing),
        SPEC(a_batch_inside_a_transaction_is_too),
        SPEC(deadlocks_are_tried_again),
        SPEC(a_lock_that_takes_too_long_is_tried_again),
        SPEC(the_server_is_told_how_long_things_may_take),
        SPEC(an_idle_connection_is_probed),
        SPEC(a_deadline_costs_a_connection_and_nothing_else),
        SPEC(waits_no_longer_than_its_deadline),
        SPEC(a_full_queue_refuses),
        SPEC(a_cancelled_operation_does_not_come_back),
        SPEC(what_runs_while_it_detaches_comes_back),
        SPEC(a_cancelled_read_gives_its_connection_back),
    };
    return cmocka_run_group_tests_name("MariaDB", tests, server_setup, server_teardown);
}
