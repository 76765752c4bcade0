/* The queue of the MariaDB driver on a driver that is scripted: what waits, how long, in which
 * order, and what leaves together. */
#include "db/mariadb/group.h"
#include "db/mariadb/queue.h"
#include "db_fake.h"

/* The driver below takes so many, and then refuses with this. */
static struct below {
    struct db_worker worker;
    int takes;
    struct err refusal;
    struct db_op *taken[8];
    int ntaken, cancelled;
} below;

static bool fake_attach(struct db *db, struct loop *on, struct db_worker **ret_worker,
                        struct err *err)
{
    (void)on;
    (void)err;
    below.worker.db = db;
    *ret_worker = &below.worker;
    return true;
}

static void fake_detach(struct db_worker *worker)
{
    assert_ptr_equal(worker, &below.worker);
}

static bool fake_submit(struct db_worker *worker, struct db_op *op, struct err *err)
{
    (void)worker;
    if (below.takes == 0) {
        *err = below.refusal;
        return false;
    }
    below.takes--;
    below.taken[below.ntaken++] = op;
    return true;
}

static void fake_cancel(struct db_worker *worker, struct db_op *op)
{
    (void)worker;
    op->cancelled = 1;
    below.cancelled++;
}

static const struct db_driver fake_driver = {
    .attach = fake_attach, .detach = fake_detach, .submit = fake_submit, .cancel = fake_cancel};
static const struct db_driver queue_driver = {
    .submit = maria_queue_submit, .cancel = maria_queue_cancel, .detach = maria_queue_detach};
static struct db db = {.driver = &queue_driver};
static struct db_worker *queue;

static int setup(void **state)
{
    (void)state;
    below = (struct below){0};
    err_set(&below.refusal, ERR_LIMIT, "no room");
    fake_open();
    CHECK(maria_queue_attach(&fake_driver, &db, loop, 3, &queue, err));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    db_detach(queue);
    fake_close();
    return 0;
}

static void give_room(int takes)
{
    below.takes = takes;
    below.worker.room(below.worker.above);
}

static void what_is_refused_waits_in_order(void **state)
{
    struct db_op *ops[4];
    struct err why;

    (void)state;
    for (int i = 0; i < 4; i++)
        ops[i] = op_of(DB_RUN, "read");
    for (int i = 0; i < 3; i++)
        CHECK(db_submit(queue, ops[i], err));
    assert_false(db_submit(queue, ops[3], &why));
    assert_int_equal(why.kind, ERR_LIMIT);
    assert_non_null(strstr(why.text, "3 operations are waiting"));
    give_room(2);
    assert_int_equal(below.ntaken, 2);
    give_room(1);
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(below.taken[i], ops[i]);
    for (int i = 0; i < 4; i++)
        db_op_free(ops[i]);
}

static void waits_until_its_deadline(void **state)
{
    struct db_op *op = op_of(DB_RUN, "read");

    (void)state;
    op->deadline = clock_monotonic() + 20 * NS_PER_MS;
    CHECK(db_submit(queue, op, err));
    turn(60);
    assert_int_equal(came_back, 1);
    assert_failed(op, ERR_TIMEOUT, "while waiting for the database");
    give_room(1);
    assert_int_equal(below.ntaken, 0);
    db_op_free(op);
}

static void is_told_that_the_driver_below_is_down(void **state)
{
    struct db_op *waits = op_of(DB_RUN, "read"), *comes = op_of(DB_RUN, "read");
    struct err why;

    (void)state;
    CHECK(db_submit(queue, waits, err));
    err_set(&below.refusal, ERR_IO, "out of reach");
    give_room(0);
    assert_int_equal(came_back, 0);
    turn(1);
    assert_int_equal(came_back, 1);
    assert_failed(waits, ERR_IO, "out of reach");
    assert_false(db_submit(queue, comes, &why));
    assert_int_equal(why.kind, ERR_IO);
    db_op_free(waits);
    db_op_free(comes);
}

static void a_cancelled_one_does_not_go_below(void **state)
{
    struct db_op *first = op_of(DB_RUN, "read"), *second = op_of(DB_RUN, "read");

    (void)state;
    below.takes = 1;
    CHECK(db_submit(queue, first, err));
    CHECK(db_submit(queue, second, err));
    db_cancel(second);
    db_cancel(first);
    assert_int_equal(below.cancelled, 1);
    give_room(1);
    assert_int_equal(below.ntaken, 1);
    turn(1);
    assert_int_equal(came_back, 0); /* the second was freed */
    db_op_free(first);
}

static void rows_of_one_statement_leave_together(void **state)
{
    struct db_op *ops[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        ops[i] = op_of(DB_RUN, i == 1 ? "read" : "add");
        CHECK(db_submit(queue, ops[i], err));
    }
    maria_set_sharing(ops[0], mem_text("INSERT …"));
    give_room(2);
    assert_int_equal(below.ntaken, 2);
    assert_ptr_equal(below.taken[0], ops[0]);
    assert_non_null(ops[0]->group);
    assert_int_equal(ops[0]->group->count, 2);
    assert_ptr_equal(ops[0]->group->ops[1], ops[2]);
    assert_ptr_equal(below.taken[1], ops[1]);
    free(ops[0]->group);
    for (int i = 0; i < 3; i++)
        db_op_free(ops[i]);
}

static void what_waits_comes_back_when_it_detaches(void **state)
{
    struct db_op *op = op_of(DB_RUN, "read");

    CHECK(db_submit(queue, op, err));
    db_detach(TAKE(queue));
    assert_int_equal(came_back, 0);
    turn(1);
    assert_int_equal(came_back, 1);
    assert_failed(op, ERR_IO, "stopping");
    db_op_free(op);
    CHECK(maria_queue_attach(&fake_driver, &db, loop, 3, &queue, err));
    (void)state;
}

#define SPEC(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(what_is_refused_waits_in_order),
        SPEC(waits_until_its_deadline),
        SPEC(is_told_that_the_driver_below_is_down),
        SPEC(a_cancelled_one_does_not_go_below),
        SPEC(rows_of_one_statement_leave_together),
        SPEC(what_waits_comes_back_when_it_detaches),
    };
    return cmocka_run_group_tests_name("MariaDB's queue on a scripted driver", tests, NULL,
                                       NULL);
}
