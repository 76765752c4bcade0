/* A connection of the MariaDB driver on client calls that are scripted: the way through its
 * states, and what it says at the end of each. */
#include "db/mariadb/conn.h"
#include "db_fake.h"

#include <sys/socket.h>
#include <unistd.h>

/* ---- the client ---- */

static int sockets[2];
static char said[512];
static MYSQL *const fake_my = (MYSQL *)(uintptr_t)64;
static MYSQL_STMT *const fake_stmt = (MYSQL_STMT *)(uintptr_t)128;
static enum maria_effect effect; /* of the next failure */
static int codes[8], ncodes;     /* of the steps to come; those behind are 0 */
static bool too_large;           /* values do not fit */
static bool waiting;             /* steps wait for the socket */

static int step_is(struct maria_step *step, enum maria_call call, const char *what)
{
    size_t len = strlen(said);

    snprintf(said + len, sizeof said - len, "%s\n", what);
    step->call = call;
    step->code = waiting || ncodes == 0 ? 0 : codes[--ncodes];
    return waiting ? MYSQL_WAIT_READ : 0;
}

int maria_step_query(struct maria_step *step, const char *sql)
{
    return step_is(step, CALL_QUERY, sql);
}

int maria_step_ping(struct maria_step *step)
{
    return step_is(step, CALL_PING, "ping");
}

int maria_step_prepare(struct maria_step *step, MYSQL_STMT *stmt, const char *sql)
{
    (void)sql;
    step->stmt = stmt;
    return step_is(step, CALL_PREPARE, "prepare");
}

int maria_step_execute(struct maria_step *step, MYSQL_STMT *stmt)
{
    step->stmt = stmt;
    return step_is(step, CALL_EXECUTE, "execute");
}

int maria_step_fetch(struct maria_step *step)
{
    return step_is(step, CALL_FETCH, "fetch");
}

int maria_step_continue(struct maria_step *step, int came)
{
    char byte;

    assert_int_equal(came, MYSQL_WAIT_READ);
    assert_int_equal(recv(sockets[0], &byte, 1, 0), 1);
    step->code = ncodes == 0 ? 0 : codes[--ncodes];
    return 0;
}

int maria_step_wait(struct maria_step *step, int waits_for, uint64_t deadline)
{
    (void)waits_for;
    (void)deadline;
    return step->code;
}

my_socket STDCALL mysql_get_socket(MYSQL *my)
{
    assert_ptr_equal(my, fake_my);
    return sockets[0];
}

void STDCALL mysql_close(MYSQL *my)
{
    assert_ptr_equal(my, fake_my);
}

MYSQL_STMT *STDCALL mysql_stmt_init(MYSQL *my)
{
    (void)my;
    return fake_stmt;
}

my_bool STDCALL mysql_stmt_close(MYSQL_STMT *stmt)
{
    assert_ptr_equal(stmt, fake_stmt);
    return 0;
}

int STDCALL mysql_stmt_close_start(my_bool *failed, MYSQL_STMT *stmt)
{
    assert_ptr_equal(stmt, fake_stmt);
    *failed = 0;
    snprintf(said + strlen(said), sizeof said - strlen(said), "close\n");
    return 0;
}

unsigned STDCALL mysql_stmt_field_count(MYSQL_STMT *stmt)
{
    (void)stmt;
    return 0;
}

enum maria_effect maria_failure(MYSQL *my, MYSQL_STMT *stmt, bool preparing, struct err *err)
{
    (void)my;
    (void)stmt;
    err_set(err, ERR_IO, preparing ? "scripted, preparing" : "scripted");
    return effect;
}

bool maria_bind(MYSQL_STMT *stmt, struct maria_binds *binds, const struct db_value *values,
                const size_t *slots, size_t count, struct err *err)
{
    (void)stmt;
    (void)binds;
    (void)values;
    (void)slots;
    (void)count;
    (void)err;
    return true;
}

bool maria_fits(MYSQL_STMT *stmt, const struct maria_binds *binds, size_t count,
                struct err *err)
{
    (void)stmt;
    (void)binds;
    (void)count;
    return !too_large || err_set(err, ERR_INPUT, "scripted size");
}

bool maria_bind_result(MYSQL_STMT *stmt, struct maria_binds *binds, struct db_result *result,
                       struct db_names **shared, struct err *err)
{
    (void)stmt;
    (void)binds;
    (void)result;
    (void)shared;
    (void)err;
    return true;
}

bool maria_read_row(MYSQL_STMT *stmt, struct maria_binds *binds, struct db_result *result,
                    struct err *err)
{
    (void)stmt;
    (void)binds;
    (void)result;
    (void)err;
    return true;
}

void maria_read_changes(MYSQL_STMT *stmt, struct db_result *result)
{
    (void)stmt;
    result->affected = 1;
}

void maria_binds_done(struct maria_binds *binds)
{
    (void)binds;
}

void maria_cells_done(struct maria_cells *cells)
{
    (void)cells;
}

/* ---- the connection ---- */

static struct maria_conn *conn;
static int changes;
static struct db_op *again; /* run from inside changed(), once */

static void changed(struct maria_conn *which)
{
    assert_ptr_equal(which, conn);
    changes++;
    if (again != NULL)
        maria_conn_run(conn, TAKE(again), false, UINT64_MAX);
}

static int setup(void **state)
{
    (void)state;
    said[0] = '\0';
    ncodes = changes = 0;
    waiting = too_large = false;
    fake_open();
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    CHECK(maria_conn_open(loop, fake_my, changed, NULL, &conn, err));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    maria_conn_close(conn);
    maria_conn_free(conn);
    close(sockets[0]);
    close(sockets[1]);
    fake_close();
    return 0;
}

static void fails(enum maria_effect as)
{
    effect = as;
    codes[ncodes++] = 1;
}

static void assert_end(enum maria_state end, bool ok, const char *words)
{
    assert_int_equal(changes, 1);
    assert_int_equal(conn->state, end);
    assert_int_equal(conn->answer.ok, ok);
    assert_string_equal(said, words);
}

static struct db_op *two(void)
{
    struct db_op *op = db_op_new(DB_RUN, set, 2);

    db_op_call(op, 0, statement_find(set, "add"));
    db_op_call(op, 1, statement_find(set, "add"));
    return op;
}

static void prepares_once_and_executes(void **state)
{
    struct db_op *op = op_of(DB_RUN, "add");

    (void)state;
    maria_conn_run(conn, op, false, UINT64_MAX);
    assert_end(CONN_IDLE, true, "prepare\nexecute\n");
    assert_int_equal(op->results[0].affected, 1);
    changes = 0;
    maria_conn_run(conn, op, false, UINT64_MAX);
    assert_end(CONN_IDLE, true, "prepare\nexecute\nexecute\n");
    db_op_free(op);
}

static void what_is_too_large_is_not_sent(void **state)
{
    struct db_op *op = op_of(DB_RUN, "add");

    (void)state;
    too_large = true;
    maria_conn_run(conn, op, false, UINT64_MAX);
    assert_end(CONN_IDLE, false, "prepare\n");
    assert_int_equal(conn->answer.effect, EFFECT_SIZE);
    assert_false(conn->answer.unknown);
    db_op_free(op);
}

/* Something between refuses it by closing. */
static void what_was_refused_for_its_size_was_not_done(void **state)
{
    struct db_op *op = op_of(DB_RUN, "add");

    (void)state;
    fails(EFFECT_SIZE);
    codes[ncodes++] = 0;
    maria_conn_run(conn, op, false, UINT64_MAX);
    assert_end(CONN_CLOSED, false, "prepare\nexecute\n");
    assert_false(conn->answer.unknown);
    db_op_free(op);
}

static void several_are_a_transaction(void **state)
{
    struct db_op *op = two();

    (void)state;
    maria_conn_run(conn, op, false, UINT64_MAX);
    assert_end(CONN_IDLE, true, "START TRANSACTION\nprepare\nexecute\nexecute\nCOMMIT\n");
    assert_false(conn->dirty);
    db_op_free(op);
}

static void several_inside_one_have_a_savepoint(void **state)
{
    struct db_op *op = two();

    (void)state;
    fails(EFFECT_NONE);
    codes[ncodes++] = 0; /* prepare */
    codes[ncodes++] = 0; /* savepoint */
    maria_conn_run(conn, op, true, UINT64_MAX);
    assert_end(CONN_IDLE, false,
               "SAVEPOINT one\nprepare\nexecute\nROLLBACK TO SAVEPOINT one\n");
    assert_int_equal(conn->answer.effect, EFFECT_NONE);
    db_op_free(op);
}

static void what_is_of_no_use_is_prepared_anew(void **state)
{
    struct db_op *op = op_of(DB_RUN, "add");

    (void)state;
    fails(EFFECT_PREPARE);
    codes[ncodes++] = 0;
    maria_conn_run(conn, op, false, UINT64_MAX);
    assert_end(CONN_IDLE, false, "prepare\nexecute\nclose\n");
    changes = 0;
    maria_conn_run(conn, op, false, UINT64_MAX);
    assert_end(CONN_IDLE, true, "prepare\nexecute\nclose\nprepare\nexecute\n");
    db_op_free(op);
}

static void a_write_that_is_lost_may_have_been_done(void **state)
{
    struct db_op *op = op_of(DB_RUN, "add");
    struct err err;

    (void)state;
    fails(EFFECT_LOST);
    codes[ncodes++] = 0;
    maria_conn_run(conn, op, false, UINT64_MAX);
    assert_end(CONN_CLOSED, false, "prepare\nexecute\n");
    assert_true(conn->answer.unknown);
    err = conn->answer.err;
    maria_conn_explain(conn, &err);
    assert_string_equal(err.text,
                        "add (spec.sql:1): scripted; whether it took effect is unknown");
    db_op_free(op);
}

static void one_that_was_not_executed_surely_was_not_done(void **state)
{
    struct db_op *op = op_of(DB_RUN, "add");

    (void)state;
    fails(EFFECT_LOST);
    maria_conn_run(conn, op, false, UINT64_MAX);
    assert_end(CONN_CLOSED, false, "prepare\n");
    assert_false(conn->answer.unknown);
    db_op_free(op);
}

static void a_server_that_says_nothing_is_left(void **state)
{
    struct db_op *op = op_of(DB_RUN, "read");

    (void)state;
    waiting = true;
    maria_conn_run(conn, op, false, clock_monotonic() + 20 * NS_PER_MS);
    assert_int_equal(conn->state, CONN_BUSY);
    turn(60);
    assert_end(CONN_CLOSED, false, "prepare\n");
    assert_int_equal(conn->answer.effect, EFFECT_LATE);
    assert_int_equal(conn->answer.err.kind, ERR_TIMEOUT);
    db_op_free(op);
}

static void a_server_that_hangs_up_is_noticed(void **state)
{
    (void)state;
    assert_true(maria_conn_is_quiet(conn));
    shutdown(sockets[1], SHUT_RDWR);
    assert_false(maria_conn_is_quiet(conn));
    turn(10);
    assert_end(CONN_CLOSED, false, "");
    assert_int_equal(conn->answer.effect, EFFECT_GONE);
}

static void goes_on_when_the_socket_is_ready(void **state)
{
    (void)state;
    waiting = true;
    maria_conn_say(conn, "COMMIT", UINT64_MAX);
    turn(10);
    assert_int_equal(changes, 0);
    assert_int_equal(write(sockets[1], "x", 1), 1);
    turn(10);
    assert_end(CONN_IDLE, true, "COMMIT\n");
}

static void may_be_busy_again_inside_its_callback(void **state)
{
    struct db_op *op = op_of(DB_RUN, "add");

    (void)state;
    again = op;
    maria_conn_ping(conn, UINT64_MAX);
    assert_int_equal(changes, 2);
    assert_string_equal(said, "ping\nprepare\nexecute\n");
    db_op_free(op);
}

#define SPEC(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(prepares_once_and_executes),
        SPEC(what_is_too_large_is_not_sent),
        SPEC(what_was_refused_for_its_size_was_not_done),
        SPEC(several_are_a_transaction),
        SPEC(several_inside_one_have_a_savepoint),
        SPEC(what_is_of_no_use_is_prepared_anew),
        SPEC(a_write_that_is_lost_may_have_been_done),
        SPEC(one_that_was_not_executed_surely_was_not_done),
        SPEC(a_server_that_says_nothing_is_left),
        SPEC(a_server_that_hangs_up_is_noticed),
        SPEC(goes_on_when_the_socket_is_ready),
        SPEC(may_be_busy_again_inside_its_callback),
    };
    return cmocka_run_group_tests_name("a MariaDB connection on scripted calls", tests, NULL,
                                       NULL);
}
