/* Hosts that say nothing, and statements that only take long. */
#include "db_pool_fake.h"

enum { QUARTER_MS = 250 };

/* Until it was passed by, or as long as that would take and longer. */
static void watch(void)
{
    for (int i = 0; i < 14 && shunned == 0; i++)
        turn(QUARTER_MS);
}

static void a_read_that_waits_on_a_silent_host_runs_elsewhere(void **state)
{
    struct db_op *op = submit(op_of(DB_RUN, "read"));

    (void)state;
    lets_in = false;
    watch();
    assert_int_equal(shunned, 1);
    assert_int_equal(shunned_as, MARIA_SILENT);
    assert_string_equal(told, "bad the database host two:2 is passed by: it says nothing");
    wait_for_conn(2);
    end_well(1);
    assert_ok(op);
    assert_string_equal(said, "0 run\n1 run\n");
    db_op_free(op);
}

/* Nobody knows what became of it, and would not after a longer wait. */
static void a_write_ends_there_and_others_go_on(void **state)
{
    struct db_op *write = submit(op_of(DB_RUN, "add")), *read = op_of(DB_RUN, "read");

    (void)state;
    lets_in = false;
    watch();
    assert_int_equal(shunned, 1);
    assert_failed(write, ERR_IO, "scripted");
    wait_for_conn(2);
    submit(read);
    end_well(1);
    assert_ok(read);
    assert_string_equal(said, "0 run\n1 run\n");
    db_op_free(write);
    db_op_free(read);
}

static void a_statement_that_takes_long_is_left_alone(void **state)
{
    struct db_op *op = submit(op_of(DB_RUN, "read"));

    (void)state;
    watch();
    assert_int_equal(shunned, 0);
    end_well(0);
    assert_ok(op);
    assert_string_equal(said, "0 run\n");
    db_op_free(op);
}

#define SPEC(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(a_read_that_waits_on_a_silent_host_runs_elsewhere),
        SPEC(a_write_ends_there_and_others_go_on),
        SPEC(a_statement_that_takes_long_is_left_alone),
    };
    return cmocka_run_group_tests_name("silent hosts", tests, NULL, NULL);
}
