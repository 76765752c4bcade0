/* What happens to operations when connections or the server go. */
#include "mariadb_support.h"

static const char *const schema[] = {"CREATE TABLE t (n BIGINT PRIMARY KEY) ENGINE = InnoDB",
                                     "CREATE TABLE item (body MEDIUMBLOB) ENGINE = InnoDB",
                                     NULL};
static const char statements[] =
    "-- name: add\nINSERT INTO t (n) VALUES (:n);\n"
    "-- name: move\nUPDATE t SET n = n WHERE n = :n;\n"
    "-- name: count\nSELECT count(*) AS n FROM t;\n"
    "-- name: sleep\nSELECT SLEEP(:n) AS s;\n"
    "-- name: sleep_write\nUPDATE t SET n = n + SLEEP(:n);\n"
    "-- name: put\n-- bytes: body\nINSERT INTO item (body) VALUES (:body);\n"
    "-- name: p1\nSELECT 1;\n-- name: p2\nSELECT 2;\n-- name: p3\nSELECT 3;\n";

static char told[4096];

static void tell(void *owner, bool good, const char *what)
{
    size_t len = strlen(told);

    (void)owner;
    snprintf(told + len, sizeof told - len, "%s %s\n", good ? "good" : "bad", what);
}

static int setup(void **state)
{
    struct place *place = mem_new(1, sizeof *place);

    told[0] = '\0';
    place_open_maria(place, "?pool=2", schema, statements);
    place->db->news = tell;
    *state = place;
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

/* The server ends every other connection of the driver. */
static void kill_connections(void)
{
    struct db_session *session;
    struct db *db;
    struct db_result rows = {0};

    CHECK(server_open("admin", "", &db, &session, err));
    CHECK(db->driver->session_run(session,
                                  "SELECT ID FROM information_schema.PROCESSLIST "
                                  "WHERE ID <> CONNECTION_ID() AND DB = 'spec'",
                                  NULL, 0, &rows, err));
    for (size_t i = 0; i < rows.nrows; i++) {
        char *sql = mem_format("KILL %lld", (long long)rows.cells[i].integer);
        db->driver->session_run(session, sql, NULL, 0, NULL, NULL);
        free(sql);
    }
    db_result_done(&rows);
    db->driver->session_close(session);
    db_close(db);
}

static void connections_that_were_killed_are_replaced(void **state)
{
    struct place *place = *state;

    for (int i = 0; i < 5; i++) {
        struct db_op *one = op_integer(place, "sleep", 0), *two = op_integer(place, "add", i);
        submit(place, one);
        submit(place, two);
        wait_all(place);
        assert_true(one->ok && two->ok);
        db_op_free(one);
        db_op_free(two);
        kill_connections();
        usleep(50000);
        if (i % 2) /* the loop hears of it first, or the operation does */
            run_for(place, 10);
    }
    place->db->driver->session_close(place->session);
    CHECK(place->db->driver->session_open(place->db, &place->session, err));
    assert_int_equal(count(place), 5);
}

static void a_read_whose_connection_dies_is_read_again(void **state)
{
    struct place *place = *state;
    struct db_op *op = op_integer(place, "sleep", 1);

    submit(place, op);
    run_for(place, 300);
    kill_connections();
    wait_all(place);
    if (!op->ok)
        fail_msg("%s", op->err.text);
    db_op_free(op);
    place->db->driver->session_close(TAKE(place->session));
}

static void a_transaction_whose_connection_dies_says_so(void **state)
{
    struct place *place = *state;
    struct db_tx *tx = begin(place);

    add_inside(place, tx, 1);
    kill_connections();
    run_for(place, 50);
    struct db_op *op = run(place, op_verb(place, DB_COMMIT, tx));
    assert_failed(op, ERR_IO, "the transaction was rolled back");
    db_op_free(op);
    run_ok(place, op_of(place, "count"));
    place->db->driver->session_close(TAKE(place->session));
}

static void too_many_prepared_statements_give_way(void **state)
{
    static const char *const names[] = {"p1", "p2", "p3", "count"};
    struct place *place = *state;

    place_sql(place, "SET GLOBAL max_prepared_stmt_count = 3");
    for (int i = 0; i < 12; i++)
        run_ok(place, op_of(place, names[i % 4]));
    place_sql(place, "SET GLOBAL max_prepared_stmt_count = 100");
}

static void a_changed_table_is_prepared_anew(void **state)
{
    struct place *place = *state;

    run_ok(place, op_integer(place, "add", 1));
    run_ok(place, op_of(place, "count"));
    place_sql(place, "ALTER TABLE t ADD COLUMN extra INT NOT NULL DEFAULT 0");
    run_ok(place, op_integer(place, "add", 2));
    run_ok(place, op_of(place, "count"));
    assert_int_equal(count(place), 2);
}

static struct db_op *op_put(struct place *place, size_t bytes)
{
    struct db_op *op = op_of(place, "put");
    char *body = mem_new(bytes, 1);

    db_value_set_bytes(&op->calls[0].args[0], DB_BYTES, body, bytes);
    free(body);
    return run(place, op);
}

/* The server would close the connection, which looks as if it had gone. */
static void what_is_larger_than_a_packet_is_said_with_both_numbers(void **state)
{
    enum { PACKET = 1048576, AROUND = 200 };
    struct place *place = *state;

    server_sql("SET GLOBAL max_allowed_packet = 1048576");
    place_reattach(place, "?pool=1");
    place->db->news = tell;
    run_ok(place, op_of(place, "count"));
    int64_t id = place_number(place, "SELECT MAX(ID) FROM information_schema.PROCESSLIST");
    struct db_op *op = op_put(place, PACKET);
    assert_failed(op, ERR_INPUT, "put (spec.sql:");
    assert_non_null(strstr(op->err.text, "bytes and the database takes 1048576 at once"));
    assert_non_null(strstr(op->err.text, "its values are 10486"));
    assert_int_equal(op->tries, 0);
    db_op_free(op);
    assert_non_null(strstr(told, "bad put (spec.sql:"));
    assert_null(strstr(told, "reach"));
    op = op_put(place, PACKET - AROUND);
    if (!op->ok)
        fail_msg("%s", op->err.text);
    db_op_free(op);
    assert_int_equal(place_number(place, "SELECT MAX(ID) FROM information_schema.PROCESSLIST"),
                     id);
    server_sql("SET GLOBAL max_allowed_packet = 16777216");
}

static void a_read_only_server_is_named_once(void **state)
{
    struct place *place = *state;

    server_sql("CREATE USER IF NOT EXISTS plain@'127.0.0.1' IDENTIFIED BY 'spec'");
    server_sql("GRANT SELECT, INSERT, UPDATE, DELETE ON spec.* TO plain@'127.0.0.1'");
    db_detach(place->worker);
    place->db->driver->session_close(place->session);
    db_close(place->db);
    struct url url = {0};
    char *text = mem_format("mariadb://plain:spec@127.0.0.1:%d/spec", server.port);
    CHECK(db_url_parse(server_drivers, text, &url, err));
    CHECK(db_open(server_drivers, &url, &place->db, err));
    url_done(&url);
    free(text);
    place->db->news = tell;
    place->session = NULL;
    CHECK(db_attach(place->db, place->loop, &place->worker, err));

    server_sql("SET GLOBAL read_only = 1");
    for (int i = 0; i < 5; i++) {
        struct db_op *op = run(place, op_integer(place, "add", i));
        assert_failed(op, ERR_IO, "the server is read-only");
        db_op_free(op);
        run_ok(place, op_of(place, "count"));
    }
    assert_string_equal(told, "bad the server is read-only\n");
    server_sql("SET GLOBAL read_only = 0");
    run_ok(place, op_integer(place, "add", 1));
    assert_non_null(strstr(told, "good the database can be written to again"));
}

static void a_server_that_comes_back_is_found(void **state)
{
    struct place *place = *state;
    struct err why;

    run_ok(place, op_integer(place, "add", 1));
    place->db->driver->session_close(TAKE(place->session));
    server_kill(SIGKILL);
    struct db_op *op = op_of(place, "count"); /* waits, for it may come back soon */
    uint64_t from = clock_monotonic();
    submit(place, op);
    wait_all(place);
    assert_failed(op, ERR_IO, "cannot be reached");
    assert_true(clock_monotonic() - from < 6 * NS_PER_S);
    db_op_free(op);
    op = op_of(place, "count"); /* and then it is known */
    assert_false(db_submit(place->worker, op, &why));
    assert_int_equal(why.kind, ERR_IO);
    db_op_free(op);
    assert_non_null(strstr(told, "bad the database cannot be reached: 127.0.0.1:"));
    assert_null(strstr(strstr(told, "bad") + 1, "bad"));
    server_launch();
    server_wait();
    run_for(place, 2500);
    run_ok(place, op_of(place, "count"));
    assert_non_null(strstr(told, "good the database can be reached again"));
}

/* ---- a server that is away for less than MARIA_DOWN_MS ---- */

enum { AWAY_MS = 700 };

static char door[256]; /* a name of its socket, which can be taken away */

static int setup_door(void **state)
{
    struct place *place = mem_new(1, sizeof *place);
    CLEANUP(mem_freep) char *url = NULL;

    snprintf(door, sizeof door, "%s/door", server.folder);
    assert_int_equal(symlink("socket", door), 0);
    server_sql("CREATE USER IF NOT EXISTS spec@localhost IDENTIFIED BY 'spec'");
    server_sql("GRANT ALL ON spec.* TO spec@localhost");
    url = mem_format("mariadb://spec:spec@/spec?pool=2&socket=%s", door);
    place_open_url(place, url, schema, statements);
    *state = place;
    return 0;
}

static int teardown_door(void **state)
{
    unlink(door);
    return place_teardown(state);
}

static void open_door(struct loop_timer *timer)
{
    (void)timer;
    assert_int_equal(symlink("socket", door), 0);
}

static void a_server_that_is_back_at_once_is_waited_for(void **state)
{
    struct place *place = *state;
    struct loop_timer back = {.fire = open_door};

    run_ok(place, op_integer(place, "add", 1));
    place->db->driver->session_close(TAKE(place->session));
    unlink(door);
    kill_connections();
    uint64_t until = clock_monotonic() + AWAY_MS * NS_PER_MS;
    loop_timer_set(place->loop, &back, until);
    run_ok(place, op_integer(place, "add", 2)); /* nothing fails */
    assert_true(clock_monotonic() >= until);
}

#define SPEC(function) cmocka_unit_test_setup_teardown(function, setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(connections_that_were_killed_are_replaced),
        SPEC(a_read_whose_connection_dies_is_read_again),
        SPEC(a_transaction_whose_connection_dies_says_so),
        SPEC(too_many_prepared_statements_give_way),
        SPEC(a_changed_table_is_prepared_anew),
        SPEC(what_is_larger_than_a_packet_is_said_with_both_numbers),
        SPEC(a_read_only_server_is_named_once),
        SPEC(a_server_that_comes_back_is_found),
        cmocka_unit_test_setup_teardown(a_server_that_is_back_at_once_is_waited_for, setup_door,
                                        teardown_door),
    };
    return cmocka_run_group_tests_name("MariaDB's connections and outages", tests, server_setup,
                                       server_teardown);
}
