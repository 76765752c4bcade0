/* Interactive transactions. */
#include "db_support.h"

static const char *const schema[] = {"CREATE TABLE t (n INTEGER PRIMARY KEY)", NULL};
static const char statements[] =
    "-- name: add\nINSERT INTO t (n) VALUES (:n);\n"
    "-- name: count\nSELECT count(*) AS n FROM t;\n"
    "-- name: undo_all\nINSERT OR ROLLBACK INTO t (n) VALUES (:n);\n"
    "-- name: long_write\nWITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s)"
    " INSERT INTO t SELECT i FROM s WHERE i < 0;\n";

static int setup(void **state)
{
    place_open(place_setup(state), "", schema, statements);
    return 0;
}

static struct db_tx *begin(struct place *place)
{
    struct db_op *op = run(place, op_verb(place, DB_BEGIN, NULL));

    assert_true(op->ok);
    struct db_tx *tx = TAKE(op->tx);
    assert_non_null(tx);
    db_op_free(op);
    return tx;
}

static struct db_op *inside(struct place *place, struct db_tx *tx, const char *name, int64_t n)
{
    struct db_op *op = strcmp(name, "add") == 0 || strcmp(name, "undo_all") == 0
                           ? op_integer(place, name, n)
                           : op_of(place, name);
    op->tx = tx;
    return run(place, op);
}

static void add_inside(struct place *place, struct db_tx *tx, int64_t n)
{
    struct db_op *op = inside(place, tx, "add", n);

    assert_true(op->ok);
    db_op_free(op);
}

static int64_t count(struct place *place)
{
    return place_number(place, "SELECT count(*) FROM t");
}

static void commits_and_rolls_back(void **state)
{
    struct place *place = *state;

    for (int good = 0; good < 2; good++) {
        struct db_tx *tx = begin(place);
        add_inside(place, tx, 1);
        add_inside(place, tx, 2);
        struct db_op *op = inside(place, tx, "count", 0); /* sees its own writes */
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
    struct db_op *op = inside(place, tx, "add", 1);
    assert_failed(op, ERR_CONFLICT, "UNIQUE");
    db_op_free(op);
    add_inside(place, tx, 2);
    run_ok(place, op_verb(place, DB_COMMIT, tx));
    assert_int_equal(count(place), 2);
}

static void a_lost_transaction_says_why(void **state)
{
    struct place *place = *state;
    struct db_tx *tx = begin(place);

    add_inside(place, tx, 1);
    struct db_op *op = inside(place, tx, "undo_all", 1);
    assert_failed(op, ERR_CONFLICT, "UNIQUE");
    db_op_free(op);
    run_ok(place, op_integer(place, "add", 9)); /* the writer serves others again */
    op = inside(place, tx, "add", 2);
    assert_failed(op, ERR_CONFLICT, "the transaction was rolled back");
    db_op_free(op);
    op = run(place, op_verb(place, DB_COMMIT, tx));
    assert_failed(op, ERR_CONFLICT, "the transaction was rolled back");
    db_op_free(op);
    assert_int_equal(count(place), 1);
}

static void other_writes_wait_for_it(void **state)
{
    struct place *place = *state;
    struct db_tx *tx = begin(place);
    struct db_op *other = op_integer(place, "add", 50);

    submit(place, other);
    struct db_op *mine = op_integer(place, "add", 1);
    mine->tx = tx;
    submit(place, mine);
    struct db_op *commit = op_verb(place, DB_COMMIT, tx);
    submit(place, commit);
    wait_all(place);
    assert_true(mine->ok && commit->ok && other->ok);
    assert_int_equal(count(place), 2);
    db_op_free(mine);
    db_op_free(commit);
    db_op_free(other);
}

static void is_rolled_back_when_it_takes_too_long(void **state)
{
    struct place *place = *state;

    for (int verb = DB_COMMIT; verb <= DB_ROLLBACK; verb++) {
        uint64_t from = clock_monotonic();
        struct db_tx *tx = begin(place);
        add_inside(place, tx, 1);
        run_ok(place, op_integer(place, "add", 10 + verb)); /* gets its turn after 2 s */
        assert_true(clock_monotonic() - from > 1900 * NS_PER_MS);
        assert_true(clock_monotonic() - from < 20 * NS_PER_S);
        struct db_op *op = inside(place, tx, "add", 2);
        assert_failed(op, ERR_TIMEOUT, "at most 2 seconds");
        db_op_free(op);
        op = run(place, op_verb(place, (enum db_verb)verb, tx));
        assert_int_equal(op->ok, verb == DB_ROLLBACK);
        db_op_free(op);
    }
    assert_int_equal(count(place), 2);
}

static void a_statement_in_it_ends_with_its_time(void **state)
{
    struct place *place = *state;
    struct db_tx *tx = begin(place);
    struct db_op *op = inside(place, tx, "long_write", 0);

    assert_failed(op, ERR_TIMEOUT, "long_write");
    db_op_free(op);
    op = inside(place, tx, "add", 1);
    assert_failed(op, ERR_TIMEOUT, "rolled back");
    db_op_free(op);
    db_abandon(place->worker, tx);
    assert_int_equal(count(place), 0);
}

static void abandoning_frees_the_writer_at_once(void **state)
{
    struct place *place = *state;
    struct db_tx *tx = begin(place);

    add_inside(place, tx, 1);
    uint64_t from = clock_monotonic();
    db_abandon(place->worker, tx);
    run_ok(place, op_integer(place, "add", 2));
    assert_true(clock_monotonic() - from < NS_PER_S);
    assert_int_equal(place_number(place, "SELECT sum(n) FROM t"), 2);
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

/* As a task does that is reset while it waits. */
static void cancelling_and_abandoning_go_together(void **state)
{
    struct place *place = *state;
    struct db_tx *tx = begin(place);
    uint64_t from = clock_monotonic();

    struct db_op *op = op_of(place, "long_write");
    op->tx = tx;
    submit_silent(place, op);
    usleep(20000);
    db_cancel(op);
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
    assert_true(clock_monotonic() - from < 2 * NS_PER_S);
    assert_int_equal(count(place), 20);
}

static void a_transaction_that_nobody_took_is_abandoned(void **state)
{
    struct place *place = *state;
    uint64_t from = clock_monotonic();

    db_op_free(run(place, op_verb(place, DB_BEGIN, NULL)));
    run_ok(place, op_integer(place, "add", 1));
    assert_true(clock_monotonic() - from < NS_PER_S);
}

static void misuse_is_refused(void **state)
{
    struct place *place = *state;
    struct db_op *op = op_verb(place, DB_COMMIT, NULL);
    struct err why;

    assert_false(db_submit(place->worker, op, &why));
    assert_int_equal(why.kind, ERR_STATE);
    db_op_free(op);
}

#define SPEC(function) cmocka_unit_test_setup_teardown(function, setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(commits_and_rolls_back),
        SPEC(a_failing_statement_leaves_it_open),
        SPEC(a_lost_transaction_says_why),
        SPEC(other_writes_wait_for_it),
        SPEC(is_rolled_back_when_it_takes_too_long),
        SPEC(a_statement_in_it_ends_with_its_time),
        SPEC(abandoning_frees_the_writer_at_once),
        SPEC(cancelling_and_abandoning_go_together),
        SPEC(a_transaction_that_nobody_took_is_abandoned),
        SPEC(misuse_is_refused),
    };
    return cmocka_run_group_tests_name("interactive transactions", tests, NULL, NULL);
}
