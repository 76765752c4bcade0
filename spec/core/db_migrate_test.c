/* Migrations: fresh, resumed, refused; and the migrations that are shipped. */
#include "db_support.h"

#include "db/migrate.h"
#include "db/migrate_file.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int setup(void **state)
{
    struct place *place = mem_new(1, sizeof *place);

    place_new_folder(place);
    *state = place;
    return 0;
}

static void open_here(struct place *place)
{
    place_open_db(place, "");
    CHECK(place->db->driver->session_open(place->db, &place->session, err));
}

static int teardown(void **state)
{
    struct place *place = *state;

    if (place->session != NULL)
        place->db->driver->session_close(place->session);
    db_close(place->db);
    place_remove(place);
    free(place);
    return 0;
}

static struct migration_source source(const char *file, const char *text)
{
    return (struct migration_source){file, slice_of(text)};
}

/* How many statements were run. */
static int apply(struct place *place, const char *one, const char *two)
{
    struct migration_source sources[] = {source("m/0001_one.sql", one),
                                         source("m/0002_two.sql", two ? two : "")};
    int applied = -1;

    CHECK(migrate_apply(place->db, "app", sources, two ? 2 : 1, &applied, err));
    return applied;
}

static void assert_refused(struct place *place, const struct migration_source *sources,
                           size_t count, enum err_kind kind, const char *part)
{
    struct migration_status status;
    struct err why;
    int applied = 77;

    assert_false(migrate_apply(place->db, "app", sources, count, &applied, &why));
    assert_int_equal(applied, 77);
    assert_string_equal(err_kind_name(why.kind), err_kind_name(kind));
    if (strstr(why.text, part) == NULL)
        fail_msg("'%s' does not say '%s'", why.text, part);
    assert_false(migrate_status(place->db, "app", sources, count, &status, &why));
}

static struct migration_status status_of(struct place *place, const char *one, const char *two)
{
    struct migration_source sources[] = {source("m/0001_one.sql", one),
                                         source("m/0002_two.sql", two)};
    struct migration_status status;

    CHECK(migrate_status(place->db, "app", sources, 2, &status, err));
    return status;
}

static const char ONE[] = "-- one\nCREATE TABLE a (n);\nCREATE TABLE b (n);\n";
static const char TWO[] = "CREATE TABLE c (n); -- ; no\nINSERT INTO c VALUES (';');";

/* Counts the copies beside the database and removes them. */
static int copies(struct place *place)
{
    DIR *folder = opendir(place->folder);
    int count = 0;

    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strncmp(entry->d_name, "test.db.before-", 15) != 0)
            continue;
        struct stat about;
        char *name = mem_format("%s/%s", place->folder, entry->d_name);
        assert_int_equal(stat(name, &about), 0);
        assert_int_equal(about.st_mode & 0777, 0600);
        assert_true(about.st_size > 0);
        unlink(name);
        free(name);
        count++;
    }
    closedir(folder);
    return count;
}

static void applies_what_is_missing(void **state)
{
    struct place *place = *state;

    open_here(place);
    struct migration_status status = status_of(place, ONE, TWO);
    assert_int_equal(status.highest_known, 2);
    assert_int_equal(status.highest_applied, 0);
    assert_false(status.partial);
    assert_int_equal(apply(place, ONE, NULL), 2);
    assert_int_equal(copies(place), 0); /* there was nothing to lose */
    assert_int_equal(status_of(place, ONE, TWO).highest_applied, 1);
    assert_int_equal(apply(place, ONE, TWO), 2);
    assert_int_equal(copies(place), 1);
    assert_int_equal(status_of(place, ONE, TWO).highest_applied, 2);
    assert_int_equal(apply(place, ONE, TWO), 0);
    assert_int_equal(copies(place), 0);
    assert_int_equal(place_number(place, "SELECT count(*) FROM c"), 1);
    assert_int_equal(place_number(place, "SELECT count(*) FROM migration"), 6);
}

static void keeps_spaces_apart(void **state)
{
    struct place *place = *state;
    struct migration_source site = source("site/0001_own.sql", "CREATE TABLE own (n)");
    int applied;

    open_here(place);
    apply(place, ONE, TWO);
    CHECK(migrate_apply(place->db, "site", &site, 1, &applied, err));
    assert_int_equal(applied, 1);
    assert_int_equal(apply(place, ONE, TWO), 0);
    assert_int_equal(copies(place), 1); /* the application's data was there */
}

/* Its message, for the caller to free. */
static char *failure(struct place *place, const struct migration_source *sources, size_t count)
{
    struct err why;
    int applied = 77;

    assert_false(migrate_apply(place->db, "app", sources, count, &applied, &why));
    assert_int_equal(applied, 77);
    return mem_text(why.text);
}

static void assert_says(char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' does not say '%s'", text, part);
    free(text);
}

static void a_file_that_fails_has_changed_nothing(void **state)
{
    static const char broken[] =
        "CREATE TABLE b (n);\nINSERT INTO a VALUES (1);\nCREATE TABEL c (n);\n";
    struct place *place = *state;
    struct migration_source sources[] = {source("m/0001_one.sql", "CREATE TABLE a (n);"),
                                         source("m/0002_two.sql", broken)};
    struct migration_status status;

    open_here(place);
    apply(place, "CREATE TABLE a (n);", NULL);
    char *text = failure(place, sources, 2);
    assert_non_null(strstr(text, "m/0002_two.sql:3: near \"TABEL\""));
    char *kept = mem_format("kept as %s.before-0002-", place->file);
    assert_non_null(strstr(text, kept));
    free(kept);
    assert_says(text, "nothing of this file was applied: mend it, or take it away");
    assert_int_equal(place_number(place, "SELECT count(*) FROM a"), 0);
    assert_int_equal(place_number(place, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"),
                     0);
    assert_int_equal(copies(place), 1);

    CHECK(migrate_status(place->db, "app", sources, 1, &status, err)); /* it is taken away */
    assert_int_equal(status.newest, 0);
    assert_false(status.partial);
    assert_int_equal(apply(place, "CREATE TABLE a (n);", "CREATE TABLE b (n, m);"), 1);
    assert_int_equal(copies(place), 1);
}

/* Earlier programs recorded each statement by itself. */
static void resumes_behind_the_last_good_statement(void **state)
{
    struct place *place = *state;
    struct migration_source edited = source("m/0001_one.sql", "CREATE TABLE a (n, m);");

    open_here(place);
    apply(place, "CREATE TABLE a (n);\nCREATE TABLE b (n);", NULL);
    place_sql(place, "DROP TABLE b");
    place_sql(place, "DELETE FROM migration WHERE statement <> 1");
    assert_refused(place, &edited, 1, ERR_STATE, "m/0001_one.sql:1 was changed");
    assert_int_equal(apply(place, "CREATE TABLE a (n);\nCREATE TABLE b (n, m);", NULL), 1);
    assert_int_equal(place_number(place, "SELECT count(m) FROM b"), 0);
    copies(place);
}

static void a_migration_ends_no_transaction(void **state)
{
    struct place *place = *state;
    struct migration_source ends = source("m/0001_one.sql", "CREATE TABLE a (n);\ncommit;");

    open_here(place);
    assert_refused(place, &ends, 1, ERR_INPUT, "m/0001_one.sql:2: COMMIT: a migration is one");
}

static void a_run_that_was_killed_has_changed_nothing(void **state)
{
    struct place *place = *state;
    struct migration_source long_one =
        source("m/0001_one.sql",
               "CREATE TABLE a (n);"
               "INSERT INTO a WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s)"
               " SELECT i FROM s;");

    pid_t child = fork(); /* before any thread */
    assert_true(child >= 0);
    if (child == 0) {
        int applied;
        place_open_db(place, "");
        migrate_apply(place->db, "app", &long_one, 1, &applied, NULL);
        _exit(1);
    }
    /* It has begun when the database is locked. */
    struct err why;
    open_here(place);
    for (bool locked = false; !locked; usleep(10000)) {
        locked = !place->db->driver->session_run(place->session, "BEGIN IMMEDIATE", NULL, 0,
                                                 NULL, &why);
        if (!locked)
            place_sql(place, "ROLLBACK");
    }
    int how;
    kill(child, SIGKILL);
    waitpid(child, &how, 0);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(
        place_number(place, "SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b')"), 0);
    assert_int_equal(apply(place, "CREATE TABLE a (n); CREATE TABLE b (n);", NULL), 2);
    copies(place);
}

static pid_t make_it(struct place *place)
{
    pid_t child = fork();

    if (child == 0) {
        place_open_db(place, "");
        _exit(0);
    }
    return child;
}

static void processes_make_it_at_the_same_time(void **state)
{
    struct place *place = *state;
    enum { PROCESSES = 4, ROUNDS = 20, SOAK_ROUNDS = 80 }; /* one start of ten met another */

    for (int round = getenv("SOAK") ? SOAK_ROUNDS : ROUNDS; round > 0; round--) {
        pid_t children[PROCESSES];
        int how;
        for (int i = 0; i < PROCESSES; i++)
            children[i] = make_it(place);
        for (int i = 0; i < PROCESSES; i++) {
            assert_int_equal(waitpid(children[i], &how, 0), children[i]);
            assert_int_equal(how, 0);
        }
        place_remove_files(place);
    }
}

static void refuses_what_was_changed(void **state)
{
    static const char *const edits[] = {
        "-- One\nCREATE TABLE a (n);\nCREATE TABLE b (n);\n",
        "-- one\nCREATE TABLE a (n);\n",
        "-- one\nCREATE TABLE a (n);\nCREATE TABLE b (n);\nCREATE TABLE d (n);",
        "",
    };
    struct place *place = *state;

    open_here(place);
    apply(place, ONE, NULL);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct migration_source edited = source("m/0001_one.sql", edits[i]);
        assert_refused(place, &edited, 1, ERR_STATE, "m/0001_one.sql was changed");
    }
}

static void tells_a_newer_database_and_changes_nothing_in_it(void **state)
{
    struct place *place = *state;
    struct migration_source old = source("m/0001_one.sql", ONE);

    open_here(place);
    apply(place, ONE, TWO);
    struct migration_status status;
    struct err why;
    int applied = 77;
    assert_false(migrate_apply(place->db, "app", &old, 1, &applied, &why));
    assert_int_equal(applied, 77);
    assert_string_equal(err_kind_name(why.kind), "state");
    assert_non_null(strstr(why.text, "newer than this program: it has migration 0002"));
    assert_non_null(strstr(why.text, "named …before-0002-…"));
    assert_true(migrate_status(place->db, "app", &old, 1, &status, &why));
    assert_int_equal(status.newest, 2);
    assert_int_equal(status.highest_applied, 1);
    assert_false(status.partial);
}

static void refuses_disorder(void **state)
{
    static const struct {
        const char *files[3], *part;
    } cases[] = {
        {{"m/0001_a.sql", "m/0003_c.sql"}, "m/0003_c.sql: there is no migration 0002"},
        {{"m/0002_b.sql"}, "there is no migration 0001"},
        {{"m/0001_a.sql", "m/0001_b.sql"}, "have the same number"},
        {{"m/0001_a.sql", "m/0001_a.sqlite.sql"}, "have the same number"},
        {{"m/0001_a.mariadb.sql", "m/0002_b.sql"}, "there is no migration 0001"},
        {{"m/1_a.sql"}, "is named 0001_what.sql"},
        {{"m/0000_a.sql"}, "is named 0001_what.sql"},
        {{"m/0001_A.sql"}, "is named 0001_what.sql"},
        {{"m/0001_a.oracle.sql"}, "is named 0001_what.sql"},
        {{"m/0001.sql"}, "is named 0001_what.sql"},
    };
    struct place *place = *state;

    open_here(place);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct migration_source sources[3];
        size_t count = 0;
        for (; cases[i].files[count] != NULL; count++)
            sources[count] = source(cases[i].files[count], "SELECT 1");
        assert_refused(place, sources, count, ERR_INPUT, cases[i].part);
    }
}

static void takes_the_drivers_own_and_passes_over_the_rest(void **state)
{
    struct place *place = *state;
    struct migration_source sources[] = {source("m/0002_b.sql", "CREATE TABLE b (n)"),
                                         source("m/README.md", "'"),
                                         source("m/0001_a.mariadb.sql", "NO SQL"),
                                         source("m/0001_a.sqlite.sql", "CREATE TABLE a (n)"),
                                         source("m/0003_c.sql", "-- nothing to do here\n")};
    struct migration_status status;
    int applied;

    open_here(place);
    CHECK(migrate_apply(place->db, "app", sources, 5, &applied, err));
    assert_int_equal(applied, 2);
    CHECK(migrate_status(place->db, "app", sources, 5, &status, err));
    assert_int_equal(status.highest_applied, 3);
    assert_false(status.partial);
}

static void cuts_files_into_statements(void **state)
{
    static const struct {
        const char *text, *parts;
    } cases[] = {
        {"", ""},
        {" ;; -- x\n;", ""},
        {"a; b", "1[a]1[b]"},
        {"-- c ; d\na /* ; */ b\n;\n\n'e;' \"f;\" `g;` [h;]; ",
         "2[a /* ; */ b]5['e;' \"f;\" `g;` [h;]]"},
        {"CREATE TRIGGER t BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 3; END; x",
         "1[CREATE TRIGGER t BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 3; END]1[x]"},
        {"CREATE TEMP TRIGGER t BEGIN SELECT 1; END ;y",
         "1[CREATE TEMP TRIGGER t BEGIN SELECT 1; END]1[y]"},
        {"BEGIN; COMMIT; CREATE TABLE trigger_begin (n); z",
         "1[BEGIN]1[COMMIT]1[CREATE TABLE trigger_begin (n)]1[z]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct migration migration = {.file = "f.sql"};
        struct buf parts = {0};
        CHECK(migration_split(&migration, slice_of(cases[i].text), &sqlite_dialect, err));
        for (size_t k = 0; k < migration.count; k++) {
            buf_addf(&parts, "%d[%s]", migration.statements[k].line,
                     migration.statements[k].sql);
            free(migration.statements[k].sql);
        }
        assert_string_equal(parts.data ? parts.data : "", cases[i].parts);
        free(migration.statements);
        buf_done(&parts);
    }
}

/* ---- what is shipped ---- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char text[32768];

    if (file == NULL)
        return NULL;
    size_t len = fread(text, 1, sizeof text, file);
    fclose(file);
    return mem_copy(text, len);
}

static void the_shipped_tables_hold_what_they_promise(void **state)
{
    static const char capsule[] =
        "INSERT INTO capsule (key_hash, opens_at, created_at, body, version)"
        " VALUES (randomblob(32), 4102444800, 1, x'00', 1)";
    static const char *const refused[] = {
        "INSERT INTO capsule (key_hash, opens_at, created_at, body, version)"
        " VALUES ('00123', 1, 1, x'00', 1)",
        "INSERT INTO capsule (key_hash, opens_at, created_at, body, version)"
        " VALUES (x'00', 1, 1, x'00', 1)",
        "INSERT INTO reminder (capsule_id, letter, due_at, state, next_attempt_at)"
        " VALUES (2, 'opening', 1, 'pending', 1)",
        "INSERT INTO reminder (capsule_id, letter, due_at, state, next_attempt_at)"
        " VALUES (77, 'opening', 1, 'pending', 1)",
        "INSERT INTO reminder (capsule_id, letter, due_at, state, next_attempt_at)"
        " VALUES (2, 'other', 1, 'odd', 1)",
    };
    struct place *place = *state;
    char *text = read_file("sql/migrations/0001_tables.sqlite.sql");
    struct err why;

    if (text == NULL)
        skip();
    open_here(place);
    struct migration_source shipped = source("sql/migrations/0001_tables.sqlite.sql", text);
    int applied;
    CHECK(migrate_apply(place->db, "app", &shipped, 1, &applied, err));
    place_sql(place, capsule);
    place_sql(place, "DELETE FROM capsule");
    place_sql(place, capsule);
    assert_int_equal(place_number(place, "SELECT id FROM capsule"), 2); /* never reused */
    place_sql(place, "INSERT INTO reminder (capsule_id, letter, due_at, state, next_attempt_at)"
                     " VALUES (2, 'opening', 1, 'pending', 1)");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(
            place->db->driver->session_run(place->session, refused[i], NULL, 0, NULL, &why));
    place_sql(place, "DELETE FROM capsule");
    assert_int_equal(place_number(place, "SELECT count(*) FROM reminder"), 0);
    free(text);
}

#define SPEC(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPEC(applies_what_is_missing),
        SPEC(keeps_spaces_apart),
        SPEC(a_file_that_fails_has_changed_nothing),
        SPEC(resumes_behind_the_last_good_statement),
        SPEC(a_migration_ends_no_transaction),
        SPEC(a_run_that_was_killed_has_changed_nothing),
        SPEC(processes_make_it_at_the_same_time),
        SPEC(refuses_what_was_changed),
        SPEC(tells_a_newer_database_and_changes_nothing_in_it),
        SPEC(refuses_disorder),
        SPEC(takes_the_drivers_own_and_passes_over_the_rest),
        cmocka_unit_test(cuts_files_into_statements),
        SPEC(the_shipped_tables_hold_what_they_promise),
    };
    return cmocka_run_group_tests_name("migrations", tests, NULL, NULL);
}
