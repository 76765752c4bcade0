/* Rows that share an execution: each operation has its own answer, whatever the others do. */
#include "mariadb_support.h"

#include <math.h>

enum { MANY = 100 };

static const char *const schema[] = {
    "CREATE TABLE item (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
    " name VARCHAR(20) NOT NULL UNIQUE, size INT CHECK (size < 1000), weight DOUBLE,"
    " body MEDIUMBLOB) ENGINE = InnoDB",
    "CREATE TABLE plain (n BIGINT PRIMARY KEY) ENGINE = InnoDB", NULL};
static const char statements[] =
    "-- name: put\n-- bytes: body\nINSERT INTO item (name, size, weight, body)"
    " VALUES (:name, :size, :weight, :body);\n"
    "-- name: plain\nINSERT INTO plain (n) VALUES (:n);\n"
    "-- name: sleep\nSELECT SLEEP(:n / 10) AS s;\n";

static int setup(void **state)
{
    place_open_maria(place_setup(state), "?pool=1&queue=500", schema, statements);
    return 0;
}

static struct db_op *put_of(struct place *place, const char *name, int64_t size)
{
    struct db_op *op = op_of(place, "put");
    struct db_value *args = op->calls[0].args;

    db_value_set_bytes(&args[0], DB_TEXT, name, strlen(name));
    args[1] = (struct db_value){.type = DB_INTEGER, .integer = size};
    return op;
}

static struct db_op *put(struct place *place, int64_t number)
{
    char name[20];

    snprintf(name, sizeof name, "number %d", (int)number);
    return put_of(place, name, number);
}

/* The first put has its statement described; those behind it can share. */
static void warm_up(struct place *place)
{
    run_ok(place, put_of(place, "first", 0));
}

static void assert_ok(const struct db_op *op)
{
    if (!op->ok)
        fail_msg("%s", op->err.text);
    assert_int_equal(op->results[0].affected, 1);
}

/* Its id is that of the row it added. */
static void assert_id(struct place *place, const struct db_op *op, int64_t size)
{
    char *sql =
        mem_format("SELECT size FROM item WHERE id = %lld", (long long)op->results[0].id);

    assert_int_equal(place_number(place, sql), size);
    free(sql);
}

static void submit_many(struct place *place, struct db_op **ops, int64_t from)
{
    for (int i = 0; i < MANY; i++) {
        ops[i] = put(place, from + i);
        submit(place, ops[i]);
    }
}

static void assert_many_ok(struct db_op **ops)
{
    for (int i = 0; i < MANY; i++) {
        assert_ok(ops[i]);
        db_op_free(ops[i]);
    }
}

static void rows_that_wait_share_executions(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];

    warm_up(place);
    int64_t before = server_status(place, EXECUTIONS);
    submit_many(place, ops, 1);
    wait_all(place);
    assert_in_range(server_status(place, EXECUTIONS) - before, 1, 10);
    for (int i = 0; i < MANY; i++) {
        assert_ok(ops[i]);
        assert_id(place, ops[i], i + 1);
        db_op_free(ops[i]);
    }
    assert_int_equal(place_number(place, "SELECT count(*) FROM item"), MANY + 1);
}

/* Puts that come meanwhile wait, and then run together. */
static struct db_op *occupy(struct place *place)
{
    struct db_op *op = op_integer(place, "sleep", 3);

    submit(place, op);
    return op;
}

/* So many connections are there from now on. */
static void fill_pool(struct place *place, size_t count)
{
    struct db_op *slow[20];

    for (size_t i = 0; i < count; i++)
        slow[i] = occupy(place);
    wait_all(place);
    for (size_t i = 0; i < count; i++)
        db_op_free(slow[i]);
}

/* Those of one turn do not take a connection each. */
static void rows_of_a_turn_share_although_connections_are_idle(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];

    place_reattach(place, "?pool=20&queue=500");
    fill_pool(place, 20);
    warm_up(place);
    int64_t before = server_status(place, EXECUTIONS);
    submit_many(place, ops, 1);
    wait_all(place);
    assert_int_equal(server_status(place, EXECUTIONS) - before,
                     3); /* the first by itself, the others, and this question */
    assert_many_ok(ops);
}

/* One column holds NULL, integers and doubles, empty and long bytes, in one array or several.
 */
static void values_stay_what_they_are(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];
    static char long_body[70000];

    warm_up(place);
    memset(long_body, 0xa7, sizeof long_body);
    for (int i = 0; i < MANY; i++) {
        ops[i] = put(place, i + 1);
        struct db_value *args = ops[i]->calls[0].args;
        if (i % 3 == 0)
            args[2] = (struct db_value){.type = DB_REAL, .real = 1.0 / (i + 1)};
        else if (i % 3 == 1)
            args[2] = (struct db_value){.type = DB_INTEGER, .integer = i};
        if (i % 4 != 0)
            db_value_set_bytes(&args[3], DB_BYTES, long_body,
                               i % 4 == 1 ? 0 : sizeof long_body);
        submit(place, ops[i]);
    }
    wait_all(place);
    for (int i = 0; i < MANY; i++) {
        assert_ok(ops[i]);
        assert_id(place, ops[i], i + 1);
        db_op_free(ops[i]);
    }
    assert_int_equal(place_number(place,
                                  "SELECT count(*) FROM item WHERE size > 0 AND CASE "
                                  "(size - 1) % 3 WHEN 0 THEN weight = 1.0E0 / size "
                                  "WHEN 1 THEN weight = size - 1 ELSE weight IS NULL END"),
                     MANY);
    assert_int_equal(place_number(place, "SELECT count(*) FROM item WHERE size > 0 AND CASE "
                                         "(size - 1) % 4 WHEN 0 THEN body IS NULL "
                                         "WHEN 1 THEN body = '' "
                                         "ELSE body = repeat(X'A7', 70000) END"),
                     MANY);
}

static void one_that_fails_fails_alone(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];

    warm_up(place);
    for (int i = 0; i < MANY; i++) {
        ops[i] = put(place, i + 1);
        if (i == 30)
            db_value_set_bytes(&ops[i]->calls[0].args[0], DB_TEXT, "first", 5);
        else if (i == 60)
            ops[i]->calls[0].args[1].integer = 1000;
        else if (i == 90)
            ops[i]->calls[0].args[2] = (struct db_value){.type = DB_REAL, .real = NAN};
        submit(place, ops[i]);
    }
    wait_all(place);
    assert_failed(ops[30], ERR_CONFLICT, "name");
    assert_failed(ops[60], ERR_INPUT, "CONSTRAINT");
    assert_failed(ops[90], ERR_INPUT, "not a number");
    for (int i = 0; i < MANY; i++) {
        if (i % 30 != 0 || i == 0) {
            assert_ok(ops[i]);
            assert_id(place, ops[i], i + 1);
        }
        db_op_free(ops[i]);
    }
    assert_int_equal(place_number(place, "SELECT count(*) FROM item"), MANY - 2);
}

static void put_many(struct place *place, int64_t from)
{
    struct db_op *ops[MANY];

    submit_many(place, ops, from);
    wait_all(place);
    for (int i = 0; i < MANY; i++) {
        assert_ok(ops[i]);
        assert_id(place, ops[i], from + i);
        db_op_free(ops[i]);
    }
}

static void a_changed_table_is_no_matter(void **state)
{
    struct place *place = *state;

    warm_up(place);
    put_many(place, 1);
    place_sql(place, "ALTER TABLE item ADD COLUMN extra INT NOT NULL DEFAULT 7 FIRST");
    put_many(place, 1 + MANY);
    place_sql(place, "ALTER TABLE item DROP COLUMN extra, MODIFY id INT AUTO_INCREMENT");
    put_many(place, 1 + 2 * MANY);
}

/* It may not look at the table, and so cannot be told an id by a row. */
static void an_account_that_may_only_insert_is_no_matter(void **state)
{
    struct place *place = *state;
    char *text = mem_format("mariadb://writer:spec@127.0.0.1:%d/spec?pool=1", server.port);
    struct db *full = place->db;
    struct url url = {0};

    server_sql("CREATE USER IF NOT EXISTS writer@'127.0.0.1' IDENTIFIED BY 'spec'");
    server_sql("GRANT INSERT ON spec.* TO writer@'127.0.0.1'");
    db_detach(place->worker);
    CHECK(db_url_parse(server_drivers, text, &url, err));
    CHECK(db_open(server_drivers, &url, &place->db, err));
    CHECK(db_attach(place->db, place->loop, &place->worker, err));
    int64_t before = server_status(place, "COM_STMT_PREPARE");
    put_many(place, 1);
    assert_in_range(server_status(place, "COM_STMT_PREPARE") - before, MANY, MANY * 3 / 2);
    db_detach(TAKE(place->worker));
    db_close(place->db);
    place->db = full;
    url_done(&url);
    free(text);
}

/* Nothing tells the ids of such rows apart. */
static void a_table_that_does_not_number_its_rows_is_no_matter(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];

    for (int i = 0; i < MANY; i++) {
        ops[i] = op_integer(place, "plain", i);
        submit(place, ops[i]);
    }
    wait_all(place);
    for (int i = 0; i < MANY; i++) {
        assert_ok(ops[i]);
        assert_int_equal(ops[i]->results[0].id, 0);
        db_op_free(ops[i]);
    }
    assert_int_equal(place_number(place, "SELECT count(*) FROM plain"), MANY);
}

static void must_not_come_back(struct db_op *op)
{
    (void)op;
    fail_msg("a cancelled operation came back");
}

/* What nobody waits for any more does not take the others' connection with it. */
static void one_that_is_cancelled_harms_nobody(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY], *slow;

    warm_up(place);
    place_sql(place, "LOCK TABLES item WRITE");
    slow = occupy(place);
    for (int i = 0; i < MANY; i++) {
        ops[i] = put(place, i + 1);
        if (i % 10 != 0) {
            submit(place, ops[i]);
            continue;
        }
        ops[i]->done = must_not_come_back;
        CHECK(db_submit(place->worker, ops[i], err));
    }
    run_for(place, 500);
    for (int i = 0; i < MANY; i += 10)
        db_cancel(ops[i]);
    run_for(place, 400); /* longer than what is cancelled may take */
    place_sql(place, "UNLOCK TABLES");
    wait_all(place);
    db_op_free(slow);
    for (int i = 0; i < MANY; i++) {
        if (i % 10 == 0)
            continue;
        assert_ok(ops[i]);
        db_op_free(ops[i]);
    }
}

/* One that has little time left runs by itself, and ends in time. */
static void one_near_its_deadline_goes_alone(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY];

    place_reattach(place, "?pool=4&queue=500");
    warm_up(place);
    place_sql(place, "LOCK TABLES item WRITE");
    for (int i = 0; i < MANY; i++) {
        ops[i] = put(place, i + 1);
        if (i == 50)
            ops[i]->deadline = clock_monotonic() + 200 * NS_PER_MS;
        submit(place, ops[i]);
    }
    run_for(place, 500);
    place_sql(place, "UNLOCK TABLES");
    wait_all(place);
    assert_failed(ops[50], ERR_TIMEOUT, "");
    for (int i = 0; i < MANY; i++) {
        if (i != 50)
            assert_ok(ops[i]);
        db_op_free(ops[i]);
    }
}

/* Nobody knows what became of them, and each is told so. */
static void all_are_told_when_their_connection_is_lost(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY], *slow;

    warm_up(place);
    place_sql(place, "LOCK TABLES item WRITE");
    slow = occupy(place);
    for (int i = 0; i < MANY; i++) {
        ops[i] = put(place, i + 1);
        ops[i]->deadline = clock_monotonic() + 2700 * NS_PER_MS;
        submit(place, ops[i]);
    }
    wait_all(place);
    db_op_free(slow);
    place_sql(place, "UNLOCK TABLES");
    size_t unknown = 0;
    for (int i = 0; i < MANY; i++) {
        assert_failed(ops[i], ERR_TIMEOUT, "");
        unknown += strstr(ops[i]->err.text, "unknown") != NULL;
        db_op_free(ops[i]);
    }
    assert_int_equal(unknown, MANY);
    run_ok(place, put(place, 0));
}

/* Likewise, and nothing is tried again: it may have been done. */
static void none_runs_twice_when_their_connection_dies(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY], *slow;

    warm_up(place);
    place_sql(place, "LOCK TABLES item WRITE");
    slow = occupy(place);
    for (int i = 0; i < MANY; i++) {
        ops[i] = put(place, i + 1);
        ops[i]->deadline = clock_monotonic() + 10 * NS_PER_S;
        submit(place, ops[i]);
    }
    run_for(place, 500);
    char *sql = mem_format("KILL %lld",
                           (long long)place_number(place, "SELECT ID FROM information_schema."
                                                          "PROCESSLIST WHERE DB = 'spec' AND "
                                                          "ID <> CONNECTION_ID()"));
    place_sql(place, sql);
    free(sql);
    wait_all(place);
    db_op_free(slow);
    place_sql(place, "UNLOCK TABLES");
    for (int i = 0; i < MANY; i++) {
        assert_failed(ops[i], ERR_IO, "unknown");
        db_op_free(ops[i]);
    }
}

/* Some that wait for a lock do not hold up those of later turns. */
static void rows_wait_for_no_others_while_connections_are_idle(void **state)
{
    static const char *const locked[] = {"locked 1", "locked 2", "locked 3", "locked 4"};
    struct place *place = *state;
    struct db_op *ops[MANY], *stuck[4];

    place_reattach(place, "?pool=8&queue=500");
    fill_pool(place, 8);
    warm_up(place);
    place_sql(place, "START TRANSACTION");
    place_sql(place, "INSERT INTO item (name) VALUES ('locked 1'), ('locked 2'), "
                     "('locked 3'), ('locked 4')");
    for (int i = 0; i < 4; i++) {
        stuck[i] = put_of(place, locked[i], 1);
        submit(place, stuck[i]);
    }
    run_for(place, 10);
    submit_many(place, ops, 1);
    for (int i = 0; i < 30 && place->left > 4; i++)
        run_for(place, 100);
    assert_int_equal(place->left, 4);
    place_sql(place, "COMMIT");
    wait_all(place);
    for (int i = 0; i < 4; i++) {
        assert_failed(stuck[i], ERR_CONFLICT, "name");
        db_op_free(stuck[i]);
    }
    assert_many_ok(ops);
}

static void what_runs_while_it_detaches_comes_back(void **state)
{
    struct place *place = *state;
    struct db_op *ops[MANY], *slow;

    warm_up(place);
    place_sql(place, "LOCK TABLES item WRITE");
    slow = occupy(place);
    submit_many(place, ops, 1);
    run_for(place, 500);
    db_detach(TAKE(place->worker));
    wait_all(place);
    db_op_free(slow);
    for (int i = 0; i < MANY; i++) {
        assert_failed(ops[i], ERR_IO, "stopping");
        db_op_free(ops[i]);
    }
}

#define SPEC(function) cmocka_unit_test_setup_teardown(function, setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(rows_that_wait_share_executions),
        SPEC(rows_of_a_turn_share_although_connections_are_idle),
        SPEC(values_stay_what_they_are),
        SPEC(one_that_fails_fails_alone),
        SPEC(a_changed_table_is_no_matter),
        SPEC(an_account_that_may_only_insert_is_no_matter),
        SPEC(a_table_that_does_not_number_its_rows_is_no_matter),
        SPEC(one_that_is_cancelled_harms_nobody),
        SPEC(one_near_its_deadline_goes_alone),
        SPEC(all_are_told_when_their_connection_is_lost),
        SPEC(none_runs_twice_when_their_connection_dies),
        SPEC(rows_wait_for_no_others_while_connections_are_idle),
        SPEC(what_runs_while_it_detaches_comes_back),
    };
    return cmocka_run_group_tests_name("MariaDB's arrays", tests, server_setup,
                                       server_teardown);
}
