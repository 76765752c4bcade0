/* The pool of the MariaDB driver on connections that are scripted: what is lent, what is tried
 * again and where, and what its transactions hear. */
#include "db/mariadb/array.h"
#include "db/mariadb/pool.h"
#include "db/mariadb/shared.h"
#include "db_fake.h"

/* ---- the connections ---- */

enum { MOST = 8 };

static struct maria_conn *conns[MOST]; /* in the order in which they were made */
static size_t nconns, shunned;
static enum maria_use shunned_as;
static int opened;     /* connections that hosts were told of */
static char said[512]; /* what was asked of them, and of which */
static MYSQL *const made = (MYSQL *)(uintptr_t)64;

static void note(const struct maria_conn *conn, const char *what)
{
    size_t len = strlen(said), which = 0;

    while (conns[which] != conn)
        which++;
    snprintf(said + len, sizeof said - len, "%zu %s\n", which, what);
}

bool maria_hosts_connect(struct maria_hosts *hosts, struct maria_wants wants, const int *stop,
                         MYSQL **ret_my, size_t *ret_host, struct err *err)
{
    (void)hosts;
    (void)wants;
    (void)stop;
    (void)err;
    *ret_my = made;
    *ret_host = 1;
    return true;
}

/* One that was made when nobody wanted it any more. */
void STDCALL mysql_close(MYSQL *my)
{
    assert_ptr_equal(my, made);
}

bool maria_hosts_shun(struct maria_hosts *hosts, size_t host, enum maria_use why,
                      const char *text)
{
    (void)hosts;
    (void)text;
    shunned = host;
    shunned_as = why;
    return true;
}

void maria_hosts_count(struct maria_hosts *hosts, size_t host, int more)
{
    (void)hosts;
    (void)host;
    opened += more;
}

enum maria_use maria_hosts_use(struct maria_hosts *hosts, size_t host)
{
    (void)hosts;
    (void)host;
    return MARIA_USED;
}

bool maria_conn_open(struct loop *on, MYSQL *my, void (*changed)(struct maria_conn *conn),
                     void *owner, struct maria_conn **ret_conn, struct err *err)
{
    struct maria_conn *conn = mem_new(1, sizeof *conn);

    (void)my;
    (void)err;
    conn->loop = on;
    conn->changed = changed;
    conn->owner = owner;
    assert_true(nconns < MOST);
    *ret_conn = conns[nconns++] = conn;
    return true;
}

void maria_conn_close(struct maria_conn *conn)
{
    conn->state = CONN_CLOSED;
}

void maria_conn_free(struct maria_conn *conn)
{
    assert_int_equal(conn->state, CONN_CLOSED);
    free(conn);
}

bool maria_conn_is_quiet(const struct maria_conn *conn)
{
    return conn->state == CONN_IDLE;
}

static void busy(struct maria_conn *conn, struct db_op *op, const char *what)
{
    assert_int_equal(conn->state, CONN_IDLE);
    conn->state = CONN_BUSY;
    conn->op = op;
    note(conn, what);
}

void maria_conn_say(struct maria_conn *conn, const char *sql, uint64_t due)
{
    (void)due;
    busy(conn, NULL, sql);
}

void maria_conn_ping(struct maria_conn *conn, uint64_t due)
{
    (void)due;
    busy(conn, NULL, "ping");
}

void maria_conn_run(struct maria_conn *conn, struct db_op *op, bool inside, uint64_t due)
{
    (void)due;
    busy(conn, op, inside ? "run inside" : "run");
}

void maria_conn_run_array(struct maria_conn *conn, struct db_op *first, uint64_t due)
{
    (void)due;
    busy(conn, first, "run array");
}

void maria_conn_describe(struct maria_conn *conn, struct db_op *op, uint64_t due)
{
    (void)due;
    busy(conn, op, "describe");
}

bool maria_conn_takes_arrays(const struct maria_conn *conn)
{
    (void)conn;
    return true;
}

void maria_conn_hurry(struct maria_conn *conn, uint64_t due)
{
    (void)due;
    note(conn, "hurry");
}

void maria_conn_explain(const struct maria_conn *conn, struct err *err)
{
    (void)conn;
    (void)err;
}

static void end_well(size_t which)
{
    conns[which]->answer.ok = true;
    conns[which]->state = CONN_IDLE;
    conns[which]->changed(conns[which]);
}

static void end_badly(size_t which, enum maria_effect effect, bool closed, bool unknown)
{
    struct maria_answer *answer = &conns[which]->answer;

    *answer = (struct maria_answer){.effect = effect, .unknown = unknown};
    err_set(&answer->err, ERR_IO, "scripted");
    conns[which]->state = closed ? CONN_CLOSED : CONN_IDLE;
    conns[which]->changed(conns[which]);
}

/* ---- the pool ---- */

static struct db_driver driver;
static struct maria_db db;
static struct db_worker *pool;
static struct maria_host hosts[2] = {{(char *)(uintptr_t) "one", 1},
                                     {(char *)(uintptr_t) "two", 2}};
static int rooms;
static char told[256];

static void tell(void *owner, bool good, const char *what)
{
    (void)owner;
    snprintf(told, sizeof told, "%s %s", good ? "good" : "bad", what);
}

static void room(void *above)
{
    (void)above;
    rooms++;
}

static int setup(void **state)
{
    (void)state;
    fake_open();
    nconns = shunned = 0;
    rooms = 0;
    said[0] = '\0';
    opened = 0;
    told[0] = '\0';
    db = (struct maria_db){.place = {.pool = 2, .hosts = hosts, .nhosts = 2},
                           .threads = blocking_new(2)};
    db.base.news = tell;
    driver = maria_pool;
    db.base.driver = &driver;
    pthread_mutex_init(&db.lock, NULL);
    CHECK(db_attach(&db.base, loop, &pool, err));
    pool->room = room;
    for (int i = 0; i < 100 && nconns == 0; i++)
        turn(10);
    assert_int_equal(rooms, 1);
    maria_set_sharing(
        &(struct db_op){.set = set, .calls = &(struct db_call){set->items[0], NULL}}, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    db_detach(pool);
    assert_int_equal(opened, 0);
    blocking_free(db.threads);
    pthread_mutex_destroy(&db.lock);
    fake_close();
    return 0;
}

static struct db_op *submit(struct db_op *op)
{
    CHECK(db_submit(pool, op, err));
    return op;
}

/* Until another connection has been made. */
static void wait_for_conn(size_t count)
{
    for (int i = 0; i < 200 && nconns < count; i++)
        turn(10);
    assert_int_equal(nconns, count);
}

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

static void rows_that_fail_together_run_apart(void **state)
{
    struct db_op *first = op_of(DB_RUN, "add"), *second = op_of(DB_RUN, "add");
    struct db_group *group = mem_new(1, sizeof *group);

    (void)state;
    *group = (struct db_group){.count = 2, .ops = {first, second}};
    first->group = group;
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
        SPEC(a_commit_without_a_quorum_is_not_tried_again),
        SPEC(a_transaction_holds_its_connection),
        SPEC(a_transaction_that_is_lost_is_not_begun_again),
        SPEC(an_abandoned_one_is_rolled_back_before_its_connection_is_lent),
        SPEC(rows_that_fail_together_run_apart),
        SPEC(one_that_hangs_up_is_replaced),
    };
    return cmocka_run_group_tests_name("MariaDB's pool on scripted connections", tests, NULL,
                                       NULL);
}
