/* Lookups that share an execution: each has the answer that it would have had by itself. */
#include "mariadb_support.h"

#include <math.h>

enum { MANY = 50 };

static const char *const schema[] = {
    "CREATE TABLE item (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
    " name VARCHAR(20) NOT NULL UNIQUE, size INT, weight DOUBLE, body MEDIUMBLOB,"
    " price DECIMAL(8,2) AS (id * 1.5), length DOUBLE(8,3) AS (id / 7),"
    " tag CHAR(8) AS (concat('t', id)), code BINARY(8) AS (concat('c', id))) "
    "ENGINE = InnoDB",
    "INSERT INTO item (name, size, weight, body) SELECT concat('number ', seq), seq % 10,"
    " IF(seq % 3 = 0, NULL, seq / 8), repeat(X'A7', IF(seq % 4 = 0, 70000, seq % 4)) "
    "FROM seq_1_to_50",
    NULL};
static const char statements[] =
    "-- name: find\nSELECT id, name, size, weight, body FROM item WHERE id = :id;\n"
    "-- name: named\nSELECT id, :as AS said FROM item WHERE name = :name AND size IS NOT "
    "NULL;\n"
    "-- name: sized\nSELECT id FROM item WHERE size = :size;\n"
    "-- name: grow\nSELECT exp(IF(id < :least, 1000, 0)) AS e FROM item WHERE id = :id;\n"
    "-- name: priced\nSELECT id, ROUND(price, :digits) AS p FROM item WHERE id = :id;\n"
    "-- name: long\nSELECT id, length / 7 AS part, 1 / 8e0 AS eighth FROM item WHERE id = "
    ":id;\n"
    "-- name: coded\nSELECT id, IF(id % 2, tag, code) AS either FROM item WHERE id = :id;\n"
    "-- name: first\nSELECT * FROM item WHERE id = :id;\n"
    "-- name: sleep\nSELECT SLEEP(:n / 10) AS s;\n";

static int setup(void **state)
{
    place_open_maria(place_setup(state), "?pool=1&queue=500", schema, statements);
    return 0;
}

/* The lookup's table is described with the first one; those behind it can share. */
static void submit_many(struct place *place, struct db_op **ops, const char *name)
{
    run_ok(place, op_integer(place, name, 1));
    for (int i = 0; i < MANY; i++) {
        ops[i] = op_integer(place, name, i + 1);
        submit(place, ops[i]);
    }
}

static void assert_one(const struct db_op *op, int64_t id)
{
    if (!op->ok)
        fail_msg("%s", op->err.text);
    assert_int_equal(op->results[0].nrows, 1);
    assert_int_equal(op->results[0].cells[0].integer, id);
}

static void assert_many(struct db_op **ops)
{
    for (int i = 0; i < MANY; i++) {
        assert_one(ops[i], i + 1);
        db_op_free(ops[i]);
    }
}

static void those_that_wait_share_executions(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];

    run_ok(place, op_integer(place, "find", 1));
    int64_t before = server_status(place, EXECUTIONS);
    submit_many(place, ops, "find");
    wait_all(place);
    assert_in_range(server_status(place, EXECUTIONS) - before, 1, 15);
    assert_many(ops);
}

/* Of one turn of the loop, although connections are idle. */
static void those_of_a_turn_share_executions(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY], *slow[20];

    place_reattach(place, "?pool=20&queue=500");
    for (int i = 0; i < 20; i++) {
        slow[i] = op_integer(place, "sleep", 3);
        submit(place, slow[i]);
    }
    wait_all(place);
    for (int i = 0; i < 20; i++)
        db_op_free(slow[i]);
    int64_t before = server_status(place, EXECUTIONS);
    submit_many(place, ops, "find");
    wait_all(place);
    assert_in_range(server_status(place, EXECUTIONS) - before, 1, 15);
    assert_many(ops);
}

static void each_has_its_own_row_or_none(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];

    run_ok(place, op_integer(place, "find", 1));
    for (int i = 0; i < MANY; i++) {
        ops[i] = op_integer(place, "find", i % 5 == 0 ? 1000 + i : i);
        submit(place, ops[i]);
    }
    wait_all(place);
    for (int i = 0; i < MANY; i++) {
        const struct db_result *result = &ops[i]->results[0];
        const struct db_value *row = result->cells;
        assert_int_equal(result->ncolumns, 5);
        assert_string_equal(result->columns[4], "body");
        if (i % 5 == 0) {
            assert_true(ops[i]->ok);
            assert_int_equal(result->nrows, 0);
        } else {
            assert_one(ops[i], i);
            assert_int_equal(row[2].integer, i % 10);
            assert_int_equal(row[3].type, i % 3 == 0 ? DB_NULL : DB_REAL);
            assert_true(i % 3 == 0 || row[3].real == i / 8.0);
            assert_int_equal(row[4].bytes.len, i % 4 == 0 ? 70000 : i % 4);
        }
        db_op_free(ops[i]);
    }
}

/* A column of a shared answer has one type. */
static void values_stay_what_they_are(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];

    for (int i = 0; i < MANY; i++) {
        char name[20];
        ops[i] = op_integer(place, "named", i);
        struct db_value *args = ops[i]->calls[0].args;
        if (i % 3 == 1)
            db_value_set_bytes(&args[0], DB_TEXT, "007", 3);
        else if (i % 3 == 2)
            args[0] = (struct db_value){.type = DB_NULL};
        snprintf(name, sizeof name, "number %d", i + 1);
        db_value_set_bytes(&args[1], DB_TEXT, name, strlen(name));
        submit(place, ops[i]);
    }
    wait_all(place);
    for (int i = 0; i < MANY; i++) {
        const struct db_value *said = &ops[i]->results[0].cells[1];
        assert_one(ops[i], i + 1);
        assert_int_equal(said->type, i % 3 == 0 ? DB_INTEGER : i % 3 == 1 ? DB_TEXT : DB_NULL);
        assert_true(i % 3 != 0 || said->integer == i);
        assert_true(i % 3 != 1 || strcmp(said->bytes.data, "007") == 0);
        db_op_free(ops[i]);
    }
}

/* What differs in the number of its decimals, or has more than its column is said to have. */
static void numbers_are_not_rounded(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];

    for (int i = 0; i < MANY; i++) {
        ops[i] = op_integer(place, "priced", i % 4);
        ops[i]->calls[0].args[1] = (struct db_value){.type = DB_INTEGER, .integer = i + 1};
        submit(place, ops[i]);
    }
    wait_all(place);
    for (int i = 0; i < MANY; i++) {
        assert_one(ops[i], i + 1);
        assert_int_equal(ops[i]->results[0].cells[1].type, i % 4 ? DB_REAL : DB_INTEGER);
        db_op_free(ops[i]);
    }
    submit_many(place, ops, "long");
    wait_all(place);
    for (int i = 0; i < MANY; i++) {
        double length = round((i + 1) / 7.0 * 1000) / 1000;
        const struct db_value *row = ops[i]->results[0].cells;
        if (fabs(row[1].real - length / 7) > 1e-12)
            fail_msg("%.17g / 7 is %.17g", length, row[1].real);
        assert_true(row[2].real == 0.125);
    }
    assert_many(ops);
}

static void bytes_are_not_filled_up(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];

    submit_many(place, ops, "coded");
    wait_all(place);
    for (int i = 0; i < MANY; i++) {
        char tag[20];
        snprintf(tag, sizeof tag, "t%d", i + 1);
        assert_int_equal(ops[i]->results[0].cells[1].bytes.len, i % 2 ? 8 : strlen(tag));
    }
    assert_many(ops);
}

static void one_that_fails_fails_alone(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];

    for (int i = 0; i < MANY; i++) {
        ops[i] = op_integer(place, "grow", i == 20 ? 1000 : 0);
        ops[i]->calls[0].args[1] = (struct db_value){.type = DB_INTEGER, .integer = i + 1};
        submit(place, ops[i]);
    }
    wait_all(place);
    for (int i = 0; i < MANY; i++) {
        if (i == 20)
            assert_failed(ops[i], ERR_INPUT, "does not fit");
        else
            assert_true(ops[i]->ok && ops[i]->results[0].cells[0].real == 1.0);
        db_op_free(ops[i]);
    }
}

/* By a column that is not unique it might be a long search, and `*` cannot stand behind
 * another column. */
static void others_share_nothing(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];

    int64_t before = server_status(place, EXECUTIONS);
    submit_many(place, ops, "sized");
    wait_all(place);
    assert_in_range(server_status(place, EXECUTIONS) - before, MANY, MANY + 5);
    for (int i = 0; i < MANY; i++) {
        assert_true(ops[i]->ok);
        assert_int_equal(ops[i]->results[0].nrows, i + 1 < 10 ? 5 : 0);
        db_op_free(ops[i]);
    }
    before = server_status(place, EXECUTIONS);
    submit_many(place, ops, "first");
    wait_all(place);
    assert_in_range(server_status(place, EXECUTIONS) - before, MANY, MANY + 5);
    assert_many(ops);
}

/* They wait for the table together, since they have waited for the one connection before; the
 * fourth has until then. */
static struct db_op *submit_to_locked(struct place *place, struct db_op **ops,
                                      uint64_t deadline)
{
    run_ok(place, op_integer(place, "find", 1));
    place_sql(place, "LOCK TABLES item WRITE");
    struct db_op *slow = op_integer(place, "sleep", 1);
    submit(place, slow);
    for (int i = 0; i < MANY; i++) {
        ops[i] = op_integer(place, "find", i + 1);
        if (i == 3)
            ops[i]->deadline = deadline;
        submit(place, ops[i]);
    }
    return slow;
}

/* What only reads is run again. */
static void all_are_answered_when_their_connection_dies(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY], *slow = submit_to_locked(place, ops, UINT64_MAX);

    run_for(place, 500);
    char *sql = mem_format("KILL %lld",
                           (long long)place_number(place, "SELECT ID FROM information_schema."
                                                          "PROCESSLIST WHERE DB = 'spec' AND "
                                                          "ID <> CONNECTION_ID()"));
    place_sql(place, sql);
    free(sql);
    place_sql(place, "UNLOCK TABLES");
    wait_all(place);
    db_op_free(slow);
    assert_many(ops);
}

/* One of those that share has less time than the others. */
static void who_is_late_is_late_alone(void **state)
{
    struct place *place = *state;
    uint64_t deadline = clock_monotonic() + 3 * NS_PER_S;
    struct db_op *ops[MANY], *slow = submit_to_locked(place, ops, deadline);

    while (place->left >= MANY)
        run_for(place, 100);
    run_for(place, 500);
    assert_int_equal(place->left, MANY - 1);
    place_sql(place, "UNLOCK TABLES");
    wait_all(place);
    db_op_free(slow);
    assert_failed(ops[3], ERR_TIMEOUT, "");
    for (int i = 0; i < MANY; i++) {
        if (i != 3)
            assert_one(ops[i], i + 1);
        db_op_free(ops[i]);
    }
}

static void a_changed_table_is_no_matter(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];

    submit_many(place, ops, "find");
    wait_all(place);
    assert_many(ops);
    place_sql(place, "ALTER TABLE item ADD COLUMN extra INT NOT NULL DEFAULT 7 FIRST,"
                     " MODIFY size BIGINT");
    submit_many(place, ops, "find");
    wait_all(place);
    assert_many(ops);
}

#define SPEC(function) cmocka_unit_test_setup_teardown(function, setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(those_that_wait_share_executions),
        SPEC(those_of_a_turn_share_executions),
        SPEC(each_has_its_own_row_or_none),
        SPEC(values_stay_what_they_are),
        SPEC(numbers_are_not_rounded),
        SPEC(bytes_are_not_filled_up),
        SPEC(one_that_fails_fails_alone),
        SPEC(others_share_nothing),
        SPEC(all_are_answered_when_their_connection_dies),
        SPEC(who_is_late_is_late_alone),
        SPEC(a_changed_table_is_no_matter),
    };
    return cmocka_run_group_tests_name("MariaDB's lookups", tests, server_setup,
                                       server_teardown);
}
