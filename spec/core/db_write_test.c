/* The queues and the writer: shared commits, deadlines, cancelling, bounds. */
#include "db_support.h"

#include <sys/stat.h>

static const char *const schema[] = {"CREATE TABLE t (n INTEGER PRIMARY KEY)",
                                     "CREATE TABLE big (n INTEGER)",
                                     "CREATE TABLE parent (n INTEGER PRIMARY KEY)",
                                     "CREATE TABLE late (n INTEGER REFERENCES parent (n)"
                                     " DEFERRABLE INITIALLY DEFERRED)",
                                     NULL};
static const char statements[] =
    "-- name: add\nINSERT INTO t (n) VALUES (:n);\n"
    "-- name: add_late\nINSERT INTO late (n) VALUES (:n);\n"
    "-- name: count\nSELECT count(*) AS n FROM t;\n"
    "-- name: long_write\nWITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s)"
    " INSERT INTO big SELECT i FROM s WHERE i < 0;\n"
    "-- name: long_read\nWITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s)"
    " SELECT i FROM s WHERE i < 0;\n";

enum { WRITERS = 64 };

static int setup(void **state)
{
    place_open(place_setup(state), "?queue=100", schema, statements);
    return 0;
}

/* Another program has the lock, so that operations gather. */
static void stall(struct place *place)
{
    place_sql(place, "BEGIN IMMEDIATE");
}

static void go_on(struct place *place)
{
    place_sql(place, "ROLLBACK");
}

static void fire_stop(struct loop_timer *timer)
{
    struct place *place = timer->owner;

    loop_stop(place->loop);
}

static void run_for(struct place *place, uint64_t ms)
{
    struct loop_timer timer = {.fire = fire_stop, .owner = place};

    loop_timer_set(place->loop, &timer, clock_monotonic() + ms * NS_PER_MS);
    loop_run(place->loop);
    loop_timer_clear(place->loop, &timer);
}

static off_t wal_size(struct place *place)
{
    struct stat about = {0};
    char *name = mem_format("%s-wal", place->file);

    stat(name, &about);
    free(name);
    return about.st_size;
}

static void a_failing_write_leaves_the_others_of_its_group(void **state)
{
    struct place *place = *state;
    struct db_op *ops[WRITERS];

    stall(place);
    for (int i = 0; i < WRITERS; i++) {
        ops[i] = op_integer(place, "add", i == 40 ? 7 : i);
        submit(place, ops[i]);
    }
    go_on(place);
    wait_all(place);
    for (int i = 0; i < WRITERS; i++) {
        if (i == 40)
            assert_failed(ops[i], ERR_CONFLICT, "UNIQUE constraint failed: t.n");
        else
            assert_true(ops[i]->ok);
        db_op_free(ops[i]);
    }
    assert_int_equal(place_number(place, "SELECT count(*) FROM t"), WRITERS - 1);
    assert_int_equal(place_number(place, "SELECT count(*) FROM t WHERE n = 40"), 0);
}

/* Each commit of its own would add a page or more to the write-ahead log. */
static void waiting_writes_share_commits(void **state)
{
    struct place *place = *state;
    struct db_op *ops[WRITERS];

    place_sql(place, "PRAGMA wal_checkpoint(TRUNCATE)");
    stall(place);
    for (int i = 0; i < WRITERS; i++) {
        ops[i] = op_integer(place, "add", i);
        submit(place, ops[i]);
    }
    go_on(place);
    wait_all(place);
    for (int i = 0; i < WRITERS; i++)
        db_op_free(ops[i]);
    assert_int_equal(place_number(place, "SELECT count(*) FROM t"), WRITERS);
    assert_true(wal_size(place) > 0);
    assert_true(wal_size(place) < 10 * 4120);
}

static void a_write_is_seen_once_it_is_done(void **state)
{
    struct place *place = *state;

    for (int i = 1; i < 50; i++) {
        run_ok(place, op_integer(place, "add", i));
        struct db_op *op = run(place, op_of(place, "count"));
        assert_int_equal(op->results[0].cells[0].integer, i);
        db_op_free(op);
    }
}

static void a_failing_commit_fails_its_group(void **state)
{
    struct place *place = *state;
    struct db_op *held = op_integer(place, "add", 100);
    struct db_op *good = op_integer(place, "add", 1);
    struct db_op *bad = op_integer(place, "add_late", 5);

    stall(place);
    submit(place, held); /* with this the writer waits for the lock; the rest is a group */
    run_for(place, 30);
    submit(place, good);
    submit(place, bad);
    go_on(place);
    wait_all(place);
    assert_true(held->ok);
    assert_failed(bad, ERR_INPUT, "the commit failed: FOREIGN KEY");
    assert_failed(good, ERR_INPUT, "the commit failed: FOREIGN KEY");
    assert_int_equal(place_number(place, "SELECT count(*) FROM t"), 1);
    assert_int_equal(place_number(place, "SELECT count(*) FROM late"), 0);
    db_op_free(held);
    db_op_free(good);
    db_op_free(bad);
}

static void an_interrupted_write_does_not_take_others_along(void **state)
{
    struct place *place = *state;
    struct db_op *ops[5];

    stall(place);
    for (int i = 0; i < 5; i++)
        ops[i] = i == 2 ? op_of(place, "long_write") : op_integer(place, "add", i);
    ops[2]->deadline = clock_monotonic() + 700 * NS_PER_MS;
    submit(place, ops[0]);
    run_for(place, 30);
    for (int i = 1; i < 5; i++)
        submit(place, ops[i]);
    go_on(place);
    wait_all(place);
    for (int i = 0; i < 5; i++) {
        if (i == 2)
            assert_failed(ops[i], ERR_TIMEOUT, "long_write (spec.sql:");
        else if (!ops[i]->ok)
            fail_msg("%s", ops[i]->err.text);
        db_op_free(ops[i]);
    }
    assert_int_equal(place_number(place, "SELECT count(*) FROM t"), 4);
}

static void a_deadline_ends_reads_and_writes(void **state)
{
    static const char *const names[] = {"long_read", "long_write"};
    struct place *place = *state;

    for (size_t i = 0; i < 2; i++) {
        struct db_op *op = op_of(place, names[i]);
        uint64_t begin = clock_monotonic();
        op->deadline = begin + 100 * NS_PER_MS;
        run(place, op);
        assert_failed(op, ERR_TIMEOUT, names[i]);
        assert_true(clock_monotonic() - begin < 3 * NS_PER_S);
        db_op_free(op);
    }
}

/* Each of them is too short to be interrupted in the middle. */
static void a_deadline_ends_a_row_of_short_writes(void **state)
{
    enum { MANY = 300000 };
    struct place *place = *state;
    struct db_op *op = db_op_new(DB_RUN, place->set, MANY);

    op->done = op_came_back;
    op->owner = place;
    for (size_t i = 0; i < MANY; i++) {
        db_op_call(op, i, statement_find(place->set, "add"));
        op->calls[i].args[0] = (struct db_value){.type = DB_INTEGER, .integer = (int64_t)i};
    }
    op->deadline = clock_monotonic() + 30 * NS_PER_MS;
    run(place, op);
    assert_failed(op, ERR_TIMEOUT, "add (spec.sql:1): ran past its deadline");
    assert_int_equal(place_number(place, "SELECT count(*) FROM t"), 0);
    db_op_free(op);
    run_ok(place, op_integer(place, "add", 1));
    assert_int_equal(place_number(place, "SELECT count(*) FROM t"), 1);
}

static void what_is_gone_is_named(void **state)
{
    struct place *place = *state;
    struct db_op *ops[] = {op_integer(place, "add", 1), op_integer(place, "add", 2),
                           op_of(place, "count"), op_of(place, "count")};

    run(place, ops[0]);
    run(place, ops[2]);
    place_sql(place, "ALTER TABLE t RENAME COLUMN n TO m");
    assert_failed(run(place, ops[1]), ERR_IO,
                  "add (spec.sql:1): table t has no column named n");
    place_sql(place, "DROP TABLE t");
    assert_failed(run(place, ops[3]), ERR_IO, "count (spec.sql:5): no such table: t");
    for (size_t i = 0; i < 4; i++)
        db_op_free(ops[i]);
}

static void what_waited_too_long_never_runs(void **state)
{
    struct place *place = *state;
    struct db_op *early = op_integer(place, "add", 1);
    struct db_op *late = op_integer(place, "add", 2);
    struct db_op *read = op_of(place, "count");

    stall(place);
    submit(place, early);
    run_for(place, 30); /* the writer holds the first */
    late->deadline = clock_monotonic() + 10 * NS_PER_MS;
    submit(place, late);
    run_for(place, 50);
    go_on(place);
    wait_all(place);
    assert_true(early->ok);
    assert_failed(late, ERR_TIMEOUT, "while waiting");
    read->deadline = clock_monotonic();
    run(place, read);
    assert_failed(read, ERR_TIMEOUT, "while waiting");
    assert_int_equal(place_number(place, "SELECT count(*) FROM t"), 1);
    db_op_free(early);
    db_op_free(late);
    db_op_free(read);
}

static void must_not_come_back(struct db_op *op)
{
    (void)op;
    fail_msg("a cancelled operation came back");
}

static void a_cancelled_operation_stops_and_does_not_come_back(void **state)
{
    static const char *const names[] = {"long_read", "long_write", "count"};
    struct place *place = *state;

    for (size_t i = 0; i < 3; i++) {
        struct db_op *op = op_of(place, names[i]);
        op->done = must_not_come_back;
        CHECK(db_submit(place->worker, op, err));
        if (i < 2)
            run_for(place, 50);
        db_cancel(op);
    }
    run_ok(place, op_integer(place, "add", 1)); /* the writer is free again */
    run_ok(place, op_of(place, "count"));
    uint64_t begin = clock_monotonic();
    db_detach(place->worker); /* so are both readers */
    place->worker = NULL;
    assert_true(clock_monotonic() - begin < 2 * NS_PER_S);
    run_for(place, 10);
}

static void a_cancelled_write_that_waits_never_runs(void **state)
{
    struct place *place = *state;
    struct db_op *first = op_integer(place, "add", 1);
    struct db_op *second = op_integer(place, "add", 2);

    stall(place);
    submit(place, first);
    run_for(place, 30);
    second->done = must_not_come_back;
    CHECK(db_submit(place->worker, second, err));
    db_cancel(second);
    go_on(place);
    wait_all(place);
    assert_true(first->ok);
    db_op_free(first);
    run_ok(place, op_integer(place, "add", 3));
    assert_int_equal(place_number(place, "SELECT sum(n) FROM t"), 4);
}

/* Readers have a queue of their own. */
static void came_alone(struct db_op *op)
{
    struct place *place = op->owner;

    assert_true(op->ok);
    db_op_free(op);
    loop_stop(place->loop);
}

static void run_read_beside(struct place *place)
{
    struct db_op *op = op_of(place, "count");

    op->done = came_alone;
    CHECK(db_submit(place->worker, op, err));
    loop_run(place->loop);
}

static void a_full_queue_refuses(void **state)
{
    struct place *place = *state;
    struct db_op *ops[300];
    struct err why;
    size_t count = 0;

    stall(place);
    for (;; count++) {
        assert_true(count < 300);
        ops[count] = op_integer(place, "add", (int64_t)count);
        if (!db_submit(place->worker, ops[count], &why))
            break;
        place->left++;
    }
    assert_true(count >= 100 && count <= 100 + 64);
    assert_int_equal(why.kind, ERR_LIMIT);
    assert_non_null(strstr(why.text, "100 operations are waiting"));
    run_read_beside(place);
    go_on(place);
    wait_all(place);
    for (size_t i = 0; i <= count; i++) {
        assert_int_equal(ops[i]->ok, i < count);
        db_op_free(ops[i]);
    }
}

static void two_workers_share_the_writer(void **state)
{
    struct place *place = *state;
    struct place other = *place;

    CHECK(loop_new(&other.loop, err));
    CHECK(db_attach(place->db, other.loop, &other.worker, err));
    for (int i = 0; i < 20; i++) {
        struct db_op *here = op_integer(place, "add", 2 * i);
        struct db_op *there = op_integer(&other, "add", 2 * i + 1);
        submit(place, here);
        submit(&other, there);
        wait_all(place);
        wait_all(&other);
        assert_true(here->ok && there->ok);
        db_op_free(here);
        db_op_free(there);
    }
    db_detach(other.worker);
    loop_free(other.loop);
    assert_int_equal(place_number(place, "SELECT count(*) FROM t"), 40);
}

static void the_log_is_gone_after_closing(void **state)
{
    struct place *place = *state;

    run_ok(place, op_integer(place, "add", 1));
    assert_true(wal_size(place) > 0);
    db_detach(TAKE(place->worker));
    place->db->driver->session_close(TAKE(place->session));
    db_close(place->db);
    assert_int_equal(wal_size(place), 0);
    place_open_db(place, "");
    CHECK(place->db->driver->session_open(place->db, &place->session, err));
    assert_int_equal(place_number(place, "SELECT count(*) FROM t"), 1);
}

#define SPEC(function) cmocka_unit_test_setup_teardown(function, setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(a_failing_write_leaves_the_others_of_its_group),
        SPEC(waiting_writes_share_commits),
        SPEC(a_write_is_seen_once_it_is_done),
        SPEC(a_failing_commit_fails_its_group),
        SPEC(an_interrupted_write_does_not_take_others_along),
        SPEC(a_deadline_ends_reads_and_writes),
        SPEC(a_deadline_ends_a_row_of_short_writes),
        SPEC(what_is_gone_is_named),
        SPEC(what_waited_too_long_never_runs),
        SPEC(a_cancelled_operation_stops_and_does_not_come_back),
        SPEC(a_cancelled_write_that_waits_never_runs),
        SPEC(a_full_queue_refuses),
        SPEC(two_workers_share_the_writer),
        SPEC(the_log_is_gone_after_closing),
    };
    return cmocka_run_group_tests_name("queues and the writer", tests, NULL, NULL);
}
