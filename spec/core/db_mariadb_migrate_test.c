/* Migrations on MariaDB, where every schema change commits by itself: runs that were killed,
 * two programs at once, and what an account needs. */
#include "mariadb_support.h"

#include "db/migrate.h"

static const char *const no_schema[] = {NULL};

static int setup(void **state)
{
    struct place *place = mem_new(1, sizeof *place);

    place_open_maria(place, "", no_schema, "-- name: one\nSELECT 1;\n");
    *state = place;
    return 0;
}

static struct migration_source file(const char *text)
{
    return (struct migration_source){"sql/migrations/0001_spec.sql", slice_of(text)};
}

static bool apply(struct db *db, const char *text, int *ret_applied, struct err *why)
{
    struct migration_source source = file(text);

    return migrate_apply(db, "app", &source, 1, ret_applied, why);
}

static int apply_good(struct place *place, const char *text)
{
    int applied = 0;

    CHECK(apply(place->db, text, &applied, err));
    return applied;
}

static int64_t number(struct place *place, const char *sql)
{
    return place_number(place, sql);
}

static const char three[] = "CREATE TABLE a (n BIGINT);\n"
                            "INSERT INTO a (n) VALUES (1);\n"
                            "ALTER TABLE a ADD COLUMN m BIGINT;\n";

static void applies_each_statement_once(void **state)
{
    struct place *place = *state;

    assert_int_equal(apply_good(place, three), 3);
    assert_int_equal(apply_good(place, three), 0);
    assert_int_equal(number(place, "SELECT count(*) FROM a"), 1);
    assert_int_equal(number(place, "SELECT count(*) FROM migration WHERE applied_at > 0"), 4);
    assert_int_equal(number(place, "SELECT count(*) FROM migration_lease"), 0);
}

/* Killed at every point: behind the work of a statement and before its record. */
static void a_statement_whose_work_is_done_is_not_in_the_way(void **state)
{
    struct place *place = *state;

    for (int killed = 1; killed <= 3; killed += 2) {
        char *sql =
            mem_format("UPDATE migration SET applied_at = 0 WHERE statement = %d", killed);
        apply_good(place, three);
        place_sql(place, sql);
        free(sql);
        sql = mem_format("DELETE FROM migration WHERE statement = 0 OR statement > %d", killed);
        place_sql(place, sql);
        free(sql);
        if (killed == 1) {
            place_sql(place, "DROP TABLE a");
            place_sql(place, "CREATE TABLE a (n BIGINT)");
        }
        assert_int_equal(apply_good(place, three), 4 - killed);
        assert_int_equal(number(place, "SELECT count(*) FROM a"), 1);
        assert_int_equal(number(place, "SELECT count(*) FROM migration WHERE applied_at = 0"),
                         0);
    }
}

static void what_was_there_before_is_in_the_way(void **state)
{
    struct place *place = *state;
    struct err why;
    int applied;

    place_sql(place, "CREATE TABLE a (other INT)");
    assert_false(apply(place->db, three, &applied, &why));
    assert_int_equal(why.kind, ERR_STATE);
    assert_non_null(strstr(why.text, "0001_spec.sql:1: Table 'a' already exists"));
    assert_non_null(strstr(why.text, "nothing of this file was applied"));
    assert_false(
        apply(place->db, three, &applied, &why)); /* it was never begun by a killed run */
    place_sql(place, "DROP TABLE a");
    assert_int_equal(apply_good(place, three), 3);
}

static void a_failing_statement_may_be_mended(void **state)
{
    struct place *place = *state;
    struct err why;
    int applied;

    assert_false(apply(place->db, "CREATE TABLE a (n BIGINT);\nCREATE TABEL b (n BIGINT);\n",
                       &applied, &why));
    assert_non_null(strstr(why.text, "0001_spec.sql:2: "));
    assert_non_null(strstr(why.text, "the statements before it, 1 of this file, are done and"));
    assert_non_null(strstr(why.text, "WHERE space = 'app' AND number = 1"));
    assert_int_equal(
        apply_good(place, "CREATE TABLE a (n BIGINT);\nCREATE TABLE b (n BIGINT);\n"), 1);
}

static const char slow[] = "CREATE TABLE a (n BIGINT);\n"
                           "INSERT INTO a (n) SELECT SLEEP(2);\n"
                           "CREATE TABLE b (n BIGINT);\n";

/* In a process of its own, so that it can be killed: this program with other words, because a
 * process that has threads cannot just be forked. */
static pid_t start_migration(const char *text)
{
    char *port = mem_format("%d", server.port);
    const char *words[] = {"/proc/self/exe", port, text, NULL};
    pid_t pid = start_program(words, "migrations");

    free(port);
    return pid;
}

static int run_migration(const char *port, const char *text)
{
    struct db_session *session;
    struct db *db;
    struct err why;
    int applied = 0;

    server.port = (int)strtol(port, NULL, 10);
    if (!server_open("spec", "", &db, &session, &why))
        return 100;
    if (!apply(db, text, &applied, &why)) {
        fprintf(stderr, "%s\n", why.text);
        applied = 101;
    }
    db->driver->session_close(session);
    db_close(db);
    return applied;
}

static void a_killed_run_is_resumed(void **state)
{
    struct place *place = *state;
    pid_t pid = start_migration(slow);
    uint64_t until = clock_monotonic() + 20 * NS_PER_S;

    while (clock_monotonic() < until &&
           number(place, "SELECT count(*) FROM information_schema.TABLES"
                         " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'a'") == 0)
        usleep(20000);
    usleep(300000);
    kill(pid, SIGKILL);
    end_of(pid);
    assert_int_equal(apply_good(place, slow), 2);
    assert_int_equal(number(place, "SELECT count(*) FROM a"), 1);
    assert_int_equal(number(place, "SELECT count(*) FROM b"), 0);
}

static void of_two_at_once_one_applies(void **state)
{
    struct place *place = *state;
    pid_t pids[3];
    int sum = 0;

    for (int i = 0; i < 3; i++)
        pids[i] = start_migration(slow);
    for (int i = 0; i < 3; i++) {
        int status = end_of(pids[i]);
        assert_true(status == 0 || status == 3);
        sum += status;
    }
    assert_int_equal(sum, 3);
    assert_int_equal(number(place, "SELECT count(*) FROM a"), 1);
}

/* The lease of the one that works is renewed for as long as a statement takes. */
static void a_long_statement_keeps_the_lease(void **state)
{
    static const char longer[] = "CREATE TABLE a (n BIGINT);\n"
                                 "INSERT INTO a (n) SELECT SLEEP(13);\n";
    struct place *place = *state;
    pid_t one = start_migration(longer), two = start_migration(longer);
    int sum = end_of(one) + end_of(two);

    assert_int_equal(sum, 2);
    assert_int_equal(number(place, "SELECT count(*) FROM a"), 1);
}

static void the_runtime_account_needs_no_more_than_rows(void **state)
{
    struct place *place = *state;
    struct migration_source source = file(three);
    struct migration_status status;
    struct db_session *session;
    struct db *db;
    struct err why;
    int applied;

    server_sql("CREATE OR REPLACE USER runtime@'127.0.0.1' IDENTIFIED BY 'spec'");
    server_sql("GRANT SELECT, INSERT, UPDATE, DELETE ON spec.* TO runtime@'127.0.0.1'");
    char *text = mem_format("mariadb://runtime:spec@127.0.0.1:%d/spec", server.port);
    struct url url = {0};
    CHECK(db_url_parse(server_drivers, text, &url, err));
    CHECK(db_open(server_drivers, &url, &db, err));
    CHECK(migrate_status(db, "app", &source, 1, &status, err));
    assert_int_equal(status.highest_applied, 0);
    assert_false(apply(db, three, &applied, &why));
    assert_non_null(strstr(why.text, "CREATE command denied"));
    apply_good(place, three);
    CHECK(migrate_status(db, "app", &source, 1, &status, err));
    assert_int_equal(status.highest_applied, 1);
    assert_false(migrate_apply(db, "app", NULL, 0, &applied, &why));
    assert_non_null(strstr(why.text, "the database is newer than this program: it has"));
    CHECK(db->driver->session_open(db, &session, err));
    CHECK(db_check(db, place->set, no_fault, NULL, err));
    db->driver->session_close(session);
    db_close(db);
    url_done(&url);
    free(text);
}

static void a_database_that_is_empty_is_made_fit(void **state)
{
    static const char table[] = "CREATE TABLE a (n TEXT);";
    struct place *place = *state;

    place_sql(place, "ALTER DATABASE spec CHARACTER SET latin1");
    apply_good(place, table);
    assert_int_equal(number(place, "SELECT count(*) FROM information_schema.TABLES"
                                   " WHERE TABLE_SCHEMA = DATABASE()"
                                   " AND TABLE_COLLATION = 'utf8mb4_nopad_bin'"),
                     3); /* a, migration and migration_lease */
}

/* As one that is created with the server's own collation. */
static void a_collation_of_the_databases_own_stays(void **state)
{
    struct place *place = *state;

    place_sql(place, "ALTER DATABASE spec CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");
    apply_good(place, "CREATE TABLE a (n TEXT);");
    assert_int_equal(number(place, "SELECT count(*) FROM information_schema.TABLES"
                                   " WHERE TABLE_SCHEMA = DATABASE()"
                                   " AND TABLE_COLLATION = 'utf8mb4_nopad_bin'"),
                     2);
}

static void named_statements_touch_rows_alone(void **state)
{
    static const char *const refused[] = {"START TRANSACTION",
                                          "COMMIT",
                                          "SET SESSION sql_mode = ''",
                                          "DROP TABLE a",
                                          "LOCK TABLES a READ",
                                          "USE spec",
                                          "CALL x()",
                                          "TRUNCATE a"};
    struct place *place = *state;
    struct err why;
    int line = 0;

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_false(place->db->driver->session_check(place->session, refused[i], &line, &why));
        assert_int_equal(why.kind, ERR_INPUT);
        assert_non_null(strstr(why.text, "reads or changes rows"));
    }
    assert_false(place->db->driver->session_check(
        place->session, "SELECT 1,\n 2,\n FROM nothing", &line, &why));
    assert_int_equal(line, 3);
    CHECK(place->db->driver->session_check(
        place->session, "-- a comment\n(SELECT 1) UNION (SELECT 2)", &line, err));
}

#define SPEC(function) cmocka_unit_test_setup_teardown(function, setup, place_teardown)

int main(int argc, char **argv)
{
    if (argc == 3)
        return run_migration(argv[1], argv[2]);

    const struct CMUnitTest tests[] = {
        SPEC(applies_each_statement_once),
        SPEC(a_statement_whose_work_is_done_is_not_in_the_way),
        SPEC(what_was_there_before_is_in_the_way),
        SPEC(a_failing_statement_may_be_mended),
        SPEC(a_killed_run_is_resumed),
        SPEC(of_two_at_once_one_applies),
        SPEC(a_long_statement_keeps_the_lease),
        SPEC(the_runtime_account_needs_no_more_than_rows),
        SPEC(a_database_that_is_empty_is_made_fit),
        SPEC(a_collation_of_the_databases_own_stays),
        SPEC(named_statements_touch_rows_alone),
    };
    return cmocka_run_group_tests_name("migrations on MariaDB", tests, server_setup,
                                       server_teardown);
}
