/* Tables whose text would have the collation that a MariaDB happens to have. */
#include "db_support.h"

#include "db/migrate.h"

static char told[2048];

static void note(void *owner, const char *file, int line, const char *message)
{
    size_t len = strlen(told), name = strcspn(message + strlen("the table "), " ");

    (void)owner;
    snprintf(told + len, sizeof told - len, "%s:%d %.*s\n", file, line, (int)name,
             message + strlen("the table "));
}

static void expect(const struct migration_source *sources, size_t count, bool both,
                   const char *wanted)
{
    told[0] = '\0';
    mariadb_driver.judge_migrations(sources, count, server_drivers, both, note, NULL);
    assert_string_equal(told, wanted);
}

static void named_or_not(void **state)
{
    static const struct {
        const char *sql;
        bool open;
    } cases[] = {
        {"CREATE TABLE t (n BIGINT, name VARCHAR(9))", true},
        {"create or replace table if not exists `t` (`name` text not null) engine=InnoDB",
         true},
        {"CREATE TABLE t (kind ENUM('COLLATE') NOT NULL)", true},
        {"CREATE TABLE t (n BIGINT, name CHAR(9)) DEFAULT CHARSET = utf8mb4", true},
        {"CREATE TABLE t (a TEXT COLLATE utf8mb4_nopad_bin, b TEXT)", true},
        {"CREATE TABLE t (b TEXT, a TEXT COLLATE utf8mb4_nopad_bin)", true},
        {"CREATE TABLE t (name TEXT /* COLLATE utf8mb4_bin */)", true},
        {"CREATE TABLE t (name TEXT) COLLATE utf8mb4_nopad_bin", false},
        {"CREATE TABLE t (name TEXT) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
         false},
        {"CREATE TABLE t (a TEXT COLLATE utf8mb4_nopad_bin, b INT, PRIMARY KEY (a(9)))", false},
        {"CREATE TABLE t (n BIGINT, b VARBINARY(9), c MEDIUMBLOB, d CHAR(9) BYTE)", false},
        {"CREATE TABLE t (text BIGINT, CHECK (text IN (1, 2)), UNIQUE KEY char_key (text))",
         false},
        {"CREATE TABLE t LIKE other", false},
        {"CREATE INDEX t ON x (name)", false},
        {"INSERT INTO t (name) VALUES ('CREATE TABLE x (n TEXT)')", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct migration_source one = {"m/0001_t.mariadb.sql", slice_of(cases[i].sql)};
        expect(&one, 1, false, cases[i].open ? "m/0001_t.mariadb.sql:1 t\n" : "");
    }
}

static void a_later_migration_may_say_it(void **state)
{
    struct migration_source sources[] = {
        {"m/0001_t.mariadb.sql", slice_of("\nCREATE TABLE t (n TEXT);CREATE TABLE u (n TEXT)")},
        {"m/0002_t.mariadb.sql",
         slice_of("ALTER TABLE `t` CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;"
                  "ALTER TABLE u ADD COLUMN m INT")}};

    (void)state;
    expect(sources, 2, false, "m/0001_t.mariadb.sql:2 u\n");
}

static void files_for_both_count_on_mariadb(void **state)
{
    struct migration_source sources[] = {
        {"m/0001_t.sql", slice_of("CREATE TABLE t (n TEXT)")},
        {"m/0002_u.sqlite.sql", slice_of("CREATE TABLE u (n TEXT)")},
        {"m/0002_u.mariadb.sql", slice_of("CREATE TABLE u (n TEXT)")}};

    (void)state;
    expect(sources, 3, false, "m/0002_u.mariadb.sql:1 u\n");
    expect(sources, 3, true, "m/0001_t.sql:1 t\nm/0002_u.mariadb.sql:1 u\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_or_not),
        cmocka_unit_test(a_later_migration_may_say_it),
        cmocka_unit_test(files_for_both_count_on_mariadb),
    };
    return cmocka_run_group_tests_name("collations of migrations", tests, NULL, NULL);
}
