/* Interactive transactions on MariaDB. */
#include "mariadb_support.h"

#include "base/metrics.h"

static const char *const schema[] = {"CREATE TABLE t (n BIGINT PRIMARY KEY) ENGINE = InnoDB",
                                     NULL};
static const char statements[] =
    "-- name: add\nINSERT INTO t (n) VALUES (:n);\n"
    "-- name: move\nUPDATE t SET n = n WHERE n = :n;\n"
    "-- name: count\nSELECT count(*) AS n FROM t;\n"
    "-- name: sleep\nSELECT SLEEP(:n) AS s;\n"
    "-- name: sleep_write\nUPDATE t SET n = n + SLEEP(:n);\n"
    "-- name: p1\nSELECT 1;\n-- name: p2\nSELECT 2;\n-- name: p3\nSELECT 3;\n";

static int setup(void **state)
{
    place_open_maria(place_setup(state), "?pool=2", schema, statements);
    return 0;
}

static int64_t count(struct place *place)
{
    return place_number(place, "SELECT count(*) FROM t");
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

static struct db_op *inside(struct place *place, struct db_tx *tx, const char *name, int64_t n)
{
    bool plain = strcmp(name, "count") == 0;
    struct db_op *op = plain ? op_of(place, name) : op_integer(place, name, n);

    op->tx = tx;
    return op;
}

static void add_inside(struct place *place, struct db_tx *tx, int64_t n)
{
    run_ok(place, inside(place, tx, "add", n));
}

static void commits_and_rolls_back(void **state)
{
    struct place *place = *state;

    for (int good = 0; good < 2; good++) {
        struct db_tx *tx = begin(place);
        add_inside(place, tx, 1);
        add_inside(place, tx, 2);
        struct db_op *op = run(place, inside(place, tx, "count", 0));
        assert_int_equal(op->results[0].cells[0].integer, 2);
        db_op_free(op);
        assert_int_equal(count(place), 0);
        op = run(place, op_verb(place, good ? DB_COMMIT : DB_ROLLBACK, tx));
        assert_true(op->ok);
        assert_null(op->tx);
        db_op_free(op);
        assert_int_equal(count(place), good ? 2 : 0);
    }
}

static void a_failing_statement_leaves_it_open(void **state)
{
    struct place *place = *state;
    struct db_tx *tx = begin(place);

    add_inside(place, tx, 1);
    struct db_op *op = run(place, inside(place, tx, "add", 1));
    assert_failed(op, ERR_CONFLICT, "PRIMARY");
    db_op_free(op);
    add_inside(place, tx, 2);
    run_ok(place, op_verb(place, DB_COMMIT, tx));
    assert_int_equal(count(place), 2);
}

static void operations_in_it_wait_for_each_other(void **state)
{
    struct place *place = *state;
    struct db_tx *tx = begin(place);
    struct db_op *ops[4];

    for (int i = 0; i < 3; i++) {
        ops[i] = inside(place, tx, "add", i);
        submit(place, ops[i]);
    }
    ops[3] = op_verb(place, DB_COMMIT, tx);
    submit(place, ops[3]);
    wait_all(place);
    for (int i = 0; i < 4; i++) {
        assert_true(ops[i]->ok);
        db_op_free(ops[i]);
    }
    assert_int_equal(count(place), 3);
}

static void is_rolled_back_when_it_takes_too_long(void **state)
{
    struct place *place = *state;

    for (int verb = DB_COMMIT; verb <= DB_ROLLBACK; verb++) {
        uint64_t from = clock_monotonic();
        struct db_tx *tx = begin(place);
        add_inside(place, tx, 1);
        run_ok(place, op_integer(place, "add", 1)); /* waits for the row's lock */
        assert_true(clock_monotonic() - from > 1900 * NS_PER_MS);
        assert_true(clock_monotonic() - from < 20 * NS_PER_S);
        struct db_op *op = run(place, inside(place, tx, "add", 2));
        assert_failed(op, ERR_TIMEOUT, "at most 2 seconds");
        db_op_free(op);
        op = run(place, op_verb(place, (enum db_verb)verb, tx));
        assert_int_equal(op->ok, verb == DB_ROLLBACK);
        db_op_free(op);
        place_sql(place, "DELETE FROM t");
    }
}

static void a_statement_in_it_ends_with_its_time(void **state)
{
    struct place *place = *state;
    struct db_tx *tx = begin(place);

    add_inside(place, tx, 1);
    struct db_op *op = run(place, inside(place, tx, "sleep", 8));
    assert_failed(op, ERR_TIMEOUT, "sleep");
    db_op_free(op);
    op = run(place, inside(place, tx, "add", 2));
    assert_failed(op, ERR_TIMEOUT, "rolled back");
    db_op_free(op);
    db_abandon(place->worker, tx);
    run_ok(place, op_of(place, "count"));
    assert_int_equal(count(place), 0);
}

static void an_abandoned_one_is_rolled_back_before_its_connection_is_lent(void **state)
{
    struct place *place = *state;

    for (int i = 0; i < 10; i++) {
        struct db_tx *tx = begin(place);
        add_inside(place, tx, 1);
        db_abandon(place->worker, tx);
        run_ok(place, op_integer(place, "add", 2 + i));
    }
    assert_int_equal(place_number(place, "SELECT count(*) FROM t WHERE n = 1"), 0);
    assert_int_equal(count(place), 10);
}

static void must_not_come_back(struct db_op *op)
{
    (void)op;
    fail_msg("a cancelled operation came back");
}

static struct db_op *submit_silent(struct place *place, struct db_op *op)
{
    op->done = must_not_come_back;
    CHECK(db_submit(place->worker, op, err));
    return op;
}

static void cancelling_and_abandoning_go_together(void **state)
{
    struct place *place = *state;
    struct db_tx *tx = begin(place);

    struct db_op *op = submit_silent(place, inside(place, tx, "sleep", 5));
    struct db_op *behind = submit_silent(place, inside(place, tx, "add", 1));
    run_for(place, 20);
    db_cancel(op);
    db_cancel(behind);
    db_abandon(place->worker, tx);
    for (int verb = DB_COMMIT; verb <= DB_ROLLBACK; verb++) {
        tx = begin(place);
        op = submit_silent(place, op_verb(place, (enum db_verb)verb, tx));
        db_cancel(op);
        db_abandon(place->worker, tx);
    }
    for (int i = 0; i < 20; i++) {
        op = submit_silent(place, op_verb(place, DB_BEGIN, NULL));
        usleep(i % 2 ? 2000 : 0); /* before and after it has begun */
        db_cancel(op);
        run_ok(place, op_integer(place, "add", i));
    }
    assert_int_equal(count(place), 20);
    db_op_free(run(place, op_verb(place, DB_BEGIN, NULL))); /* nobody took it */
    run_ok(place, op_of(place, "count"));
}

static uint64_t retries(const char *cause)
{
    struct buf text = {0};
    char *line = mem_format("tc_db_retries_total{cause=\"%s\"} ", cause);

    metrics_render(&text);
    const char *at = strstr(text.data, line);
    uint64_t n = at ? strtoull(at + strlen(line), NULL, 10) : 0;
    free(line);
    buf_done(&text);
    return n;
}

/* Two transactions take two rows crosswise; one of them is the victim. */
static void a_deadlock_is_tried_again_where_nothing_is_lost(void **state)
{
    struct place *place = *state;
    uint64_t before = retries("deadlock");
    struct db_op *ops[2];

    run_ok(place, op_integer(place, "add", 1));
    run_ok(place, op_integer(place, "add", 2));
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 2; i++) {
            ops[i] = db_op_new(DB_RUN, place->set, 3);
            ops[i]->done = op_came_back;
            ops[i]->owner = place;
            for (size_t k = 0; k < 3; k++) {
                bool nap = k == 1;
                const char *name = nap ? "sleep" : "move";
                struct db_value *args = db_op_call(ops[i], k, statement_find(place->set, name));
                args[0] = (struct db_value){.type = DB_REAL, .real = 0.02};
                if (!nap)
                    args[0] = (struct db_value){.type = DB_INTEGER,
                                                .integer = (k == 0) == (i == 0) ? 1 : 2};
            }
            submit(place, ops[i]);
        }
        wait_all(place);
        for (int i = 0; i < 2; i++) {
            if (!ops[i]->ok)
                fail_msg("%s", ops[i]->err.text);
            db_op_free(ops[i]);
        }
    }
    assert_true(retries("deadlock") > before);
}

static void a_victim_that_had_read_is_told(void **state)
{
    struct place *place = *state;

    run_ok(place, op_integer(place, "add", 1));
    run_ok(place, op_integer(place, "add", 2));
    struct db_tx *tx[2] = {begin(place), begin(place)};
    struct db_op *ops[2];
    for (int i = 0; i < 2; i++)
        run_ok(place, inside(place, tx[i], "move", i + 1));
    for (int i = 0; i < 2; i++) {
        ops[i] = inside(place, tx[i], "move", 2 - i);
        submit(place, ops[i]);
    }
    wait_all(place);
    int victim = ops[0]->ok ? 1 : 0;
    assert_true(ops[1 - victim]->ok);
    assert_failed(ops[victim], ERR_CONFLICT, "move (spec.sql:");
    struct db_op *op = run(place, op_verb(place, DB_COMMIT, tx[victim]));
    assert_failed(op, ERR_CONFLICT, "the transaction was rolled back");
    db_op_free(op);
    run_ok(place, op_verb(place, DB_COMMIT, tx[1 - victim]));
    db_op_free(ops[0]);
    db_op_free(ops[1]);
}

#define SPEC(function) cmocka_unit_test_setup_teardown(function, setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(commits_and_rolls_back),
        SPEC(a_failing_statement_leaves_it_open),
        SPEC(operations_in_it_wait_for_each_other),
        SPEC(is_rolled_back_when_it_takes_too_long),
        SPEC(a_statement_in_it_ends_with_its_time),
        SPEC(an_abandoned_one_is_rolled_back_before_its_connection_is_lent),
        SPEC(cancelling_and_abandoning_go_together),
        SPEC(a_deadlock_is_tried_again_where_nothing_is_lost),
        SPEC(a_victim_that_had_read_is_told),
    };
    return cmocka_run_group_tests_name("transactions on MariaDB", tests, server_setup,
                                       server_teardown);
}
