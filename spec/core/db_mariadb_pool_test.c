/* The pool of the MariaDB driver on connections that are scripted: what is lent, what is tried
 * again and where, and what its transactions hear. */
#include "db_pool_fake.h"

static void lends_what_it_has_and_says_when_there_is_more(void **state)
{
    struct db_op *first = submit(op_of(DB_RUN, "read")), *second = op_of(DB_RUN, "read");
    struct err why;

    (void)state;
    assert_false(db_submit(pool, second, &why));
    assert_int_equal(why.kind, ERR_LIMIT);
    wait_for_conn(2); /* its share */
    assert_int_equal(rooms, 2);
    submit(second);
    end_well(0);
    assert_int_equal(rooms, 3);
    assert_int_equal(came_back, 1);
    end_well(1);
    assert_int_equal(came_back, 2);
    assert_ok(first);
    assert_ok(second);
    assert_string_equal(said, "0 run\n1 run\n");
    db_op_free(first);
    db_op_free(second);
}

static void who_lost_a_deadlock_runs_again_after_a_rest(void **state)
{
    struct db_op *op = submit(op_of(DB_RUN, "add"));

    (void)state;
    end_badly(0, EFFECT_UNDONE, false, false);
    end_well(0); /* the rollback */
    assert_string_equal(said, "0 run\n0 ROLLBACK\n");
    turn(60);
    assert_string_equal(said, "0 run\n0 ROLLBACK\n0 run\n");
    end_well(0);
    assert_ok(op);
    assert_int_equal(op->tries, 1);
    db_op_free(op);
}

static void is_tried_so_often_and_not_more(void **state)
{
    struct db_op *op = submit(op_of(DB_RUN, "read"));

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        wait_for_conn(i + 1);
        assert_int_equal(came_back, 0);
        end_badly(i, EFFECT_LOST, true, false);
    }
    assert_int_equal(came_back, 1);
    assert_failed(op, ERR_IO, "scripted");
    db_op_free(op);
}

static void what_may_have_been_done_is_not_done_again(void **state)
{
    struct db_op *op = submit(op_of(DB_RUN, "add"));

    (void)state;
    end_badly(0, EFFECT_LOST, true, true);
    assert_int_equal(came_back, 1);
    assert_failed(op, ERR_IO, "scripted");
    wait_for_conn(2); /* one is kept */
    assert_string_equal(said, "0 run\n");
    db_op_free(op);
}

static void a_host_that_only_reads_is_passed_by(void **state)
{
    struct db_op *op = submit(op_of(DB_RUN, "add"));

    (void)state;
    end_badly(0, EFFECT_READ_ONLY, false, false);
    assert_int_equal(shunned, 1);
    wait_for_conn(2);
    end_well(1);
    assert_ok(op);
    assert_string_equal(said, "0 run\n1 run\n");
    db_op_free(op);
}

/* What is idle on such a host is of no use either. */
static void a_host_that_is_cut_off_is_left(void **state)
{
    struct db_op *one = submit(op_of(DB_RUN, "add")), *two = op_of(DB_RUN, "read");

    (void)state;
    assert_false(db_submit(pool, two, NULL));
    wait_for_conn(2);
    end_badly(0, EFFECT_ASIDE, true, false);
    assert_int_equal(shunned, 1);
    assert_int_equal(shunned_as, MARIA_CUT_OFF);
    assert_string_equal(told, "bad the database host two:2 is passed by: scripted");
    assert_int_equal(conns[1]->state, CONN_CLOSED);
    wait_for_conn(3);
    end_well(2);
    assert_ok(one);
    assert_string_equal(said, "0 run\n2 run\n");
    db_op_free(one);
    db_op_free(two);
}

/* It is another worker that has found out; what only reads is good for reads still. */
static void nothing_is_lent_whose_host_was_left(void **state)
{
    struct db_op *one = op_of(DB_RUN, "read"), *two;

    (void)state;
    shunned = 1;
    shunned_as = MARIA_READ_ONLY;
    two = submit(op_of(DB_RUN, "read"));
    end_well(0);
    assert_ok(two);
    shunned_as = MARIA_SILENT;
    assert_false(db_submit(pool, one, NULL));
    assert_int_equal(conns[0]->state, CONN_CLOSED);
    wait_for_conn(2);
    submit(one);
    end_well(1);
    assert_ok(one);
    assert_string_equal(said, "0 run\n1 run\n");
    db_op_free(one);
    db_op_free(two);
}

/* Part of it may have reached the others. */
static void a_commit_without_a_quorum_is_not_tried_again(void **state)
{
    struct db_op *op = submit(op_of(DB_RUN, "add"));

    (void)state;
    end_badly(0, EFFECT_CUT, true, true);
    assert_int_equal(shunned, 1);
    assert_failed(op, ERR_IO, "scripted");
    wait_for_conn(2);
    assert_string_equal(said, "0 run\n");
    db_op_free(op);
}

static struct db_tx *begin(void)
{
    struct db_op *op = submit(op_of(DB_BEGIN, NULL));

    end_well(0);
    assert_ok(op);
    struct db_tx *tx = TAKE(op->tx);
    db_op_free(op);
    return tx;
}

static struct db_op *inside(struct db_tx *tx, enum db_verb verb, const char *name)
{
    struct db_op *op = op_of(verb, name);

    op->tx = tx;
    return submit(op);
}

static void a_transaction_holds_its_connection(void **state)
{
    struct db_tx *tx = begin();
    struct db_op *first = inside(tx, DB_RUN, "add"), *second = inside(tx, DB_RUN, "read");
    struct db_op *last = inside(tx, DB_COMMIT, NULL);

    (void)state;
    for (int i = 0; i < 3; i++)
        end_well(0);
    assert_int_equal(came_back, 4);
    assert_ok(first);
    assert_ok(second);
    assert_ok(last);
    assert_string_equal(said, "0 START TRANSACTION\n0 run inside\n0 run inside\n0 COMMIT\n");
    db_op_free(first);
    db_op_free(second);
    db_op_free(last);
}

static void a_transaction_that_is_lost_is_not_begun_again(void **state)
{
    struct db_tx *tx = begin();
    struct db_op *read = inside(tx, DB_RUN, "read");

    (void)state;
    end_well(0);
    struct db_op *add = inside(tx, DB_RUN, "add");
    end_badly(0, EFFECT_UNDONE, false, false);
    assert_failed(add, ERR_IO, "scripted");
    struct db_op *commit = inside(tx, DB_COMMIT, NULL);
    turn(1);
    assert_failed(commit, ERR_IO, "the transaction was rolled back");
    assert_non_null(strstr(said, "run inside\n0 ROLLBACK\n"));
    end_well(0);
    db_op_free(read);
    db_op_free(add);
    db_op_free(commit);
}

static void an_abandoned_one_is_rolled_back_before_its_connection_is_lent(void **state)
{
    struct db_tx *tx = begin();
    struct db_op *op = op_of(DB_RUN, "read");
    struct err why;

    (void)state;
    db_abandon(pool, tx);
    assert_string_equal(said, "0 START TRANSACTION\n0 ROLLBACK\n");
    assert_false(db_submit(pool, op, &why));
    end_well(0);
    submit(op);
    end_well(0);
    assert_ok(op);
    db_op_free(op);
}

static void group(struct db_op *first, struct db_op *second)
{
    first->group = mem_new(1, sizeof *first->group);
    *first->group = (struct db_group){.count = 2, .ops = {first, second}};
}

/* A node says that it has what it could not commit. */
static void in_a_cluster_rows_run_apart(void **state)
{
    struct db_op *first = op_of(DB_RUN, "add"), *second = op_of(DB_RUN, "add");

    (void)state;
    clustered = true;
    group(first, second);
    submit(first);
    end_well(0);
    end_well(0);
    assert_ok(first);
    assert_ok(second);
    assert_string_equal(said, "0 run\n0 run\n");
    db_op_free(first);
    db_op_free(second);
}

static void rows_that_fail_together_run_apart(void **state)
{
    struct db_op *first = op_of(DB_RUN, "add"), *second = op_of(DB_RUN, "add");

    (void)state;
    group(first, second);
    submit(first);
    end_badly(0, EFFECT_NONE, false, false);
    assert_null(first->group);
    end_well(0);
    end_badly(0, EFFECT_NONE, false, false);
    assert_int_equal(came_back, 2);
    assert_ok(first);
    assert_failed(second, ERR_IO, "scripted");
    assert_string_equal(said, "0 run array\n0 run\n0 run\n");
    db_op_free(first);
    db_op_free(second);
}

/* The first by itself; one that nobody waits for any more is not among the rest. */
static void run_together(const char *name)
{
    struct db_op *ops[4];

    for (int i = 0; i < 4; i++)
        ops[i] = op_of(DB_RUN, name);
    maria_set_sharing(ops[0], mem_text("its SQL"));
    submit(ops[0]);
    assert_false(db_submit(pool, ops[1], NULL));
    wait_for_conn(2);
    for (int i = 1; i < 4; i++)
        submit(ops[i]);
    db_cancel(ops[2]);
    assert_string_equal(said, "0 run\n");
    turn(1);
    assert_string_equal(said, "0 run\n1 run array\n");
    end_well(1);
    assert_int_equal(came_back, 2);
    end_well(0);
    for (int i = 0; i < 4; i++)
        if (i != 2) {
            assert_ok(ops[i]);
            db_op_free(ops[i]);
        }
}

static void lookups_of_a_turn_run_together(void **state)
{
    (void)state;
    run_together("find");
}

static void rows_of_a_turn_run_together(void **state)
{
    (void)state;
    set->items[0]->array = SHARING_UNKNOWN;
    run_together("add");
}

static void one_that_hangs_up_is_replaced(void **state)
{
    (void)state;
    end_badly(0, EFFECT_GONE, true, false);
    wait_for_conn(2);
    struct db_op *op = submit(op_of(DB_RUN, "read"));
    end_well(1);
    assert_ok(op);
    db_op_free(op);
}

#define SPEC(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(lends_what_it_has_and_says_when_there_is_more),
        SPEC(who_lost_a_deadlock_runs_again_after_a_rest),
        SPEC(is_tried_so_often_and_not_more),
        SPEC(what_may_have_been_done_is_not_done_again),
        SPEC(a_host_that_only_reads_is_passed_by),
        SPEC(a_host_that_is_cut_off_is_left),
        SPEC(nothing_is_lent_whose_host_was_left),
        SPEC(a_commit_without_a_quorum_is_not_tried_again),
        SPEC(a_transaction_holds_its_connection),
        SPEC(a_transaction_that_is_lost_is_not_begun_again),
        SPEC(an_abandoned_one_is_rolled_back_before_its_connection_is_lent),
        SPEC(rows_that_fail_together_run_apart),
        SPEC(in_a_cluster_rows_run_apart),
        SPEC(lookups_of_a_turn_run_together),
        SPEC(rows_of_a_turn_run_together),
        SPEC(one_that_hangs_up_is_replaced),
    };
    return cmocka_run_group_tests_name("MariaDB's pool on scripted connections", tests, NULL,
                                       NULL);
}
