/* Whatever was answered survives a power cut that loses or tears all that was not synced. */
#include "crash_vfs.h"
#include "db_support.h"

static const char *const schema[] = {
    "CREATE TABLE t (n INTEGER PRIMARY KEY, body BLOB NOT NULL)", NULL};
static const char statements[] =
    "-- name: add\n-- bytes: body\nINSERT INTO t (n, body) VALUES (:n, :body);\n"
    "-- name: drop\nDELETE FROM t WHERE n = :n;\n";

enum { AT_ONCE = 24, BODY = 3000 };

static void open_place(struct place *place, bool fresh)
{
    struct statement_source source = {"spec.sql", slice_of(statements)};

    if (fresh)
        place_new_folder(place);
    place_open_db(place, "");
    CHECK(loop_new(&place->loop, err));
    CHECK(place->db->driver->session_open(place->db, &place->session, err));
    if (fresh)
        place_sql(place, schema[0]);
    place->set = statement_set_new(&source, 1, &sqlite_dialect, server_drivers, no_fault, NULL);
    CHECK(db_attach(place->db, place->loop, &place->worker, err));
}

/* As after kill -9: nothing is tidied up. */
static void close_place(struct place *place)
{
    place->db->driver->session_close(TAKE(place->session));
    db_detach(TAKE(place->worker));
    loop_free(TAKE(place->loop));
    statement_set_unref(TAKE(place->set));
    db_close(TAKE(place->db));
}

static struct db_op *add(struct place *place, int64_t n)
{
    struct db_op *op = op_integer(place, "add", n);
    char body[BODY];

    memset(body, (int)('a' + n % 26), sizeof body);
    db_value_set_bytes(&op->calls[0].args[1], DB_BYTES, body, 1 + (size_t)n * 37 % BODY);
    return op;
}

/* Writes until the power fails; returns how many were answered, in order. */
static int64_t write_until_cut(struct place *place, int64_t from, unsigned char *answered)
{
    bool cut = false;
    int64_t n = from;

    while (!cut) {
        struct db_op *ops[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++) {
            ops[i] = add(place, n + i);
            submit(place, ops[i]);
        }
        wait_all(place);
        for (int i = 0; i < AT_ONCE; i++) {
            answered[n + i] = ops[i]->ok;
            cut |= !ops[i]->ok;
            db_op_free(ops[i]);
        }
        n += AT_ONCE;
    }
    return n;
}

static void check(struct place *place, const unsigned char *answered, int64_t until)
{
    struct db_result rows = {0};
    size_t at = 0;

    CHECK(place->db->driver->session_run(place->session, "PRAGMA integrity_check", NULL, 0,
                                         &rows, err));
    assert_string_equal(rows.cells[0].bytes.data, "ok");
    db_result_done(&rows);
    CHECK(place->db->driver->session_run(
        place->session, "SELECT n, length(body) FROM t ORDER BY n", NULL, 0, &rows, err));
    for (int64_t n = 0; n < until; n++) {
        bool there = at < rows.nrows && rows.cells[2 * at].integer == n;
        if (answered[n] && !there)
            fail_msg("row %lld was answered and is gone", (long long)n);
        if (there)
            assert_int_equal(rows.cells[2 * at++ + 1].integer, 1 + n * 37 % BODY);
    }
    db_result_done(&rows);
}

static int rounds(void)
{
    const char *given = getenv("ROUNDS");

    if (getenv("SOAK") != NULL)
        return 300;
    return given ? 10 * (int)strtol(given, NULL, 10) : 10;
}

static void keeps_what_was_answered(void **state)
{
    struct place place = {0};

    (void)state;
    for (int round = 0; round < rounds(); round++) {
        enum { MOST = 100000 };
        unsigned char *answered = mem_new(MOST, 1);
        int64_t until = 0;
        open_place(&place, true);
        for (int cut = 0; cut < 3; cut++) {
            crash_after((long)random_below(600) + 1);
            until = write_until_cut(&place, until, answered);
            close_place(&place);
            char *shm = mem_format("%s-shm", place.file);
            unlink(shm);
            free(shm);
            crash_apply((round + cut) % 2 ? CRASH_TEARS : CRASH_DROPS);
            open_place(&place, false);
            check(&place, answered, until);
        }
        close_place(&place);
        place_remove(&place);
        crash_done();
        free(answered);
    }
}

/* The file system itself: what is not synced is lost, or this spec shows nothing. */
static void loses_what_was_not_synced(void **state)
{
    sqlite3 *handle;
    char folder[] = "/tmp/tc-crash-XXXXXX";
    int rows = -1;

    (void)state;
    assert_non_null(mkdtemp(folder));
    char *file = mem_format("%s/x.db", folder);
    assert_int_equal(sqlite3_open(file, &handle), SQLITE_OK);
    sqlite3_exec(handle,
                 "CREATE TABLE t (n); PRAGMA synchronous = OFF; INSERT INTO t VALUES (1)", NULL,
                 NULL, NULL);
    crash_after(0);
    sqlite3_close(handle);
    crash_apply(CRASH_DROPS);
    assert_int_equal(sqlite3_open(file, &handle), SQLITE_OK);
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_prepare_v2(handle, "SELECT count(*) FROM t", -1, &stmt, NULL),
                     SQLITE_OK);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        rows = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(handle);
    assert_int_equal(rows, 0);
    unlink(file);
    rmdir(folder);
    free(file);
    crash_done();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loses_what_was_not_synced),
        cmocka_unit_test(keeps_what_was_answered),
    };

    sqlite3_initialize();
    crash_install();
    return cmocka_run_group_tests_name("power cuts on SQLite", tests, NULL, NULL);
}
