/* The loader of named statements, and the URL of a database. */
#include "db_support.h"

static void collect(void *owner, const char *file, int line, const char *message)
{
    struct buf *text = owner;

    buf_addf(text, "%s:%d: %s\n", file, line, message);
}

static struct statement_set *load(const char *text, const struct sql_dialect *dialect,
                                  struct buf *faults)
{
    struct statement_source source = {"q.sql", slice_of(text)};

    return statement_set_new(&source, 1, dialect, server_drivers, collect, faults);
}

static const char *table_added_to(const struct statement *statement)
{
    return statement->adds_to;
}

static const char *table_found_in(const struct statement *statement)
{
    return statement->finds_in;
}

/* NULL: the statement has none. */
static void assert_table(const char *sql, const char *(*table_of)(const struct statement *),
                         const char *table)
{
    struct buf faults = {0};
    char *text = mem_format("-- name: a.b\n%s", sql);
    struct statement_set *set = load(text, &mariadb_dialect, &faults);
    const struct statement *statement = statement_find(set, "a.b");

    assert_non_null(statement);
    const char *found = table_of(statement);
    if (table == NULL)
        assert_null(found);
    else
        assert_string_equal(found ? found : "none", table);
    free(text);
    statement_set_unref(set);
}

/* What adds one row, and only that, may share an execution with others of its kind. */
static void knows_what_adds_one_row(void **state)
{
    static const struct {
        const char *sql, *table;
    } cases[] = {
        {"INSERT INTO t (a, b) VALUES (:a, 'x(y)')", "t"},
        {"insert into t values (:a, NULL, -1, :b + 1);", "t"},
        {"INSERT /* one */ INTO `my t`(a)\nVALUES(:a) -- row", "`my t`"},
        {"INSERT INTO base.t (a) VALUES (:a)", "base.t"},
        {"INSERT INTO t (a) VALUES (:a), (:b)", NULL},
        {"INSERT INTO t (a) VALUES (:a) RETURNING id", NULL},
        {"INSERT INTO t (a) VALUES (:a) ON DUPLICATE KEY UPDATE a = :a", NULL},
        {"INSERT IGNORE INTO t (a) VALUES (:a)", NULL},
        {"INSERT INTO t (a) VALUES ((SELECT max(a) FROM t))", NULL},
        {"INSERT INTO t (a) VALUES (last_insert_id())", NULL},
        {"INSERT INTO t (a) VALUES (@counter)", NULL},
        {"INSERT INTO t SELECT :a", NULL},
        {"INSERT INTO t SET a = :a", NULL},
        {"INSERT INTO t. VALUES (:a)", NULL},
        {"REPLACE INTO t VALUES (:a)", NULL},
        {"UPDATE t SET a = :a", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_table(cases[i].sql, table_added_to, cases[i].table);
}

/* Which table a statement looks one up in, by `column = :parameter` and nothing that would make
 * several of them in one execution answer otherwise. */
static void knows_lookups(void **state)
{
    static const struct {
        const char *sql, *table;
    } cases[] = {
        {"SELECT a, b FROM t WHERE key = :k", "t"},
        {"-- bytes: k\nSELECT CASE WHEN a > :n THEN SHA2(b, 256) END AS c\n"
         "FROM t\nWHERE k = :k AND d IS NULL",
         "t"},
        {"select extract(year from a) from base.`my t` where k = :k and a is not null;",
         "base.`my t`"},
        {"SELECT 1 FROM t WHERE a >= :a AND k = :k AND b <> :b", "t"},
        {"SELECT a = :a, IF(b <= :b, c, 0) FROM t WHERE k = :k", "t"},
        {"SELECT :a AS a FROM t WHERE k = :k", NULL},
        {"SELECT ROUND(a, :n) FROM t WHERE k = :k", NULL},
        {"SELECT a > b + :n FROM t WHERE k = :k", NULL},
        {"SELECT 1 FROM t", NULL},
        {"SELECT 1 FROM t WHERE a > :a", NULL},
        {"SELECT 1 FROM t WHERE k = :k OR b = :b", NULL},
        {"SELECT 1 FROM t WHERE NOT k = :k", NULL},
        {"SELECT 1 FROM t WHERE k = :k + 1", NULL},
        {"SELECT 1 FROM t WHERE k = 1", NULL},
        {"SELECT 1 FROM t WHERE k = :k ORDER BY a", NULL},
        {"SELECT 1 FROM t WHERE k = :k LIMIT 1", NULL},
        {"SELECT 1 FROM t WHERE k = :k FOR UPDATE", NULL},
        {"SELECT 1 FROM t WHERE k = :k UNION SELECT 2", NULL},
        {"SELECT a INTO @a FROM t WHERE k = :k", NULL},
        {"SELECT @n := @n + 1 FROM t WHERE k = :k", NULL},
        {"SELECT (SELECT max(a) FROM u) FROM t WHERE k = :k", NULL},
        {"SELECT 1 FROM t, u WHERE k = :k", NULL},
        {"SELECT 1 FROM t AS u WHERE k = :k", NULL},
        {"SELECT 1 FROM (t) WHERE k = :k", NULL},
        {"WITH t AS (SELECT 1 AS k) SELECT 1 FROM t WHERE k = :k", NULL},
        {"DELETE FROM t WHERE k = :k", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_table(cases[i].sql, table_found_in, cases[i].table);
}

static void reads_statements(void **state)
{
    static const struct {
        const char *body, *sql, *slots;
        bool writes;
    } cases[] = {
        {"SELECT 1", "SELECT 1", "", false},
        {"  SELECT :a, :b, :a ;\n\n-- the end\n", "  SELECT ?, ?, ?", "a b a ", false},
        {"SELECT ':no', \"it's :no\", `:no`, [:no], :yes", NULL, "yes ", false},
        {"SELECT 'it''s :no' || :yes -- :no; here\n", "SELECT 'it''s :no' || ?", "yes ", false},
        {"SELECT /* :no ; */ :yes;", "SELECT /* :no ; */ ?", "yes ", false},
        {"SELECT a::b", NULL, "b ", false},
        {"select 1", NULL, "", false},
        {"VALUES (1)", NULL, "", false},
        {"EXPLAIN QUERY PLAN SELECT 1", NULL, "", false},
        {"INSERT INTO t VALUES (:x)", "INSERT INTO t VALUES (?)", "x ", true},
        {"WITH a AS (SELECT 1) SELECT * FROM a", NULL, "", false},
        {"WITH a (n) AS (SELECT 1) INSERT INTO t SELECT n FROM a", NULL, "", true},
        {"WITH RECURSIVE a AS (SELECT 1), b AS (SELECT 2) DELETE FROM t", NULL, "", true},
        {"REPLACE INTO t VALUES (1)", NULL, "", true},
        {"CREATE TABLE x (y)", NULL, "", true},
        {"SELECT x'3a61' AS \xe5\xad\x97, :\x5f", NULL, "_ ", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf faults = {0}, slots = {0};
        char *text = mem_format("-- about\n-- name: a.b\n%s", cases[i].body);
        struct statement_set *set = load(text, &sqlite_dialect, &faults);
        if (faults.len > 0)
            fail_msg("%s", faults.data);
        const struct statement *found = statement_find(set, "a.b");
        assert_non_null(found);
        assert_int_equal(found->line, 2);
        assert_int_equal(found->writes, cases[i].writes);
        if (cases[i].sql != NULL)
            assert_string_equal(found->sql, cases[i].sql);
        for (size_t k = 0; k < found->nslots; k++)
            buf_addf(&slots, "%s ", found->params[found->slots[k]].name);
        assert_string_equal(slots.data ? slots.data : "", cases[i].slots);
        buf_done(&slots);
        free(text);
        statement_set_unref(set);
    }
}

static void reports_faults_with_their_lines(void **state)
{
    static const struct {
        const char *text, *faults;
    } cases[] = {
        {"SELECT 1;\n", "q.sql:1: SQL before"},
        {"-- a\n\n\nSELECT 1;\n-- name: a\nSELECT 1", "q.sql:4: SQL before"},
        {"-- name: a\n-- name: b\nSELECT 1", "q.sql:1: a has no SQL"},
        {"-- name: b\nSELECT 1\n-- name: a", "q.sql:3: a has no SQL"},
        {"-- name: a\n;\n", "q.sql:1: a has no SQL"},
        {"-- name: a b\nSELECT 1", "q.sql:1: 'a b' is no name"},
        {"-- name: a.\nSELECT 1", "q.sql:1: 'a.' is no name"},
        {"-- name: a@oracle\nSELECT 1", "q.sql:1: '@oracle' is no driver"},
        {"-- name: a\nSELECT 1;\n\nSELECT 2;", "q.sql:4: more than one"},
        {"-- name: a\nSELECT\n 'open", "q.sql:3: a string or comment begins"},
        {"-- name: a\nSELECT 1\n/* open", "q.sql:3: a string or comment begins"},
        {"-- name: a\nSELECT ?", "q.sql:2: '?'"},
        {"-- name: a\nSELECT 1,\n@x", "q.sql:3: '@x'"},
        {"-- name: a\n-- bytes: x, y\nSELECT :x", "q.sql:2: `-- bytes:` names 'y'"},
        {"-- name: a\nSELECT 1\n-- name: b\nSELECT 1\n-- name: a\nSELECT 2",
         "q.sql:5: a is defined twice, also at q.sql:1"},
        {"-- name: a@mariadb\nSELECT 1", "q.sql:1: a is given for mariadb only"},
        {"-- name: a\nSELECT '\xff'", "q.sql:1: is not UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf faults = {0};
        struct statement_set *set = load(cases[i].text, &sqlite_dialect, &faults);
        if (faults.data == NULL ||
            strncmp(faults.data, cases[i].faults, strlen(cases[i].faults)) != 0)
            fail_msg("'%s' is not '%s'", faults.data, cases[i].faults);
        if (strchr(faults.data, '\n') != faults.data + faults.len - 1)
            fail_msg("more than one fault: %s", faults.data);
        buf_done(&faults);
        statement_set_unref(set);
    }
}

static void elects_by_driver(void **state)
{
    static const char text[] =
        "-- name: a\nSELECT 'plain'\n"
        "-- name: a@mariadb\nSELECT 'it\\'s # no comment' # :no\n"
        "-- name: b@sqlite\nSELECT 1\n-- name: b@mariadb\nSELECT @v := 2\n";
    struct buf faults = {0};

    (void)state;
    struct statement_set *lite = load(text, &sqlite_dialect, &faults);
    struct statement_set *maria = load(text, &mariadb_dialect, &faults);
    if (faults.len > 0)
        fail_msg("%s", faults.data);
    assert_string_equal(statement_find(lite, "a")->sql, "SELECT 'plain'");
    assert_string_equal(statement_find(lite, "b")->sql, "SELECT 1");
    assert_string_equal(statement_find(maria, "a")->sql, "SELECT 'it\\'s # no comment'");
    assert_string_equal(statement_find(maria, "b")->sql, "SELECT @v := 2");
    assert_true(lite->uid != maria->uid);
    assert_null(statement_find(lite, "c"));
    statement_set_unref(lite);
    statement_set_unref(maria);
}

static void knows_parameters(void **state)
{
    struct buf faults = {0};
    struct statement_set *set = load("-- name: a\n-- bytes: k , h\n"
                                     "SELECT :t, :k, :h",
                                     &sqlite_dialect, &faults);
    const struct statement *a = statement_find(set, "a");

    (void)state;
    assert_int_equal(faults.len, 0);
    assert_int_equal(a->nparams, 3);
    assert_int_equal(statement_param(a, "none"), -1);
    assert_false(a->params[statement_param(a, "t")].bytes);
    assert_true(a->params[statement_param(a, "k")].bytes);
    assert_true(a->params[statement_param(a, "h")].bytes);
    statement_set_unref(statement_set_ref(set));
    statement_set_unref(set);
}

static const char *or_none(const char *text)
{
    return text ? text : "-";
}

static void parses_urls(void **state)
{
    static const struct {
        const char *text, *parts; /* scheme user password hosts path queue */
    } cases[] = {
        {"sqlite:///a/b.db", "sqlite - - - /a/b.db -"},
        {"sqlite:///a%20b%3f.db?queue=7", "sqlite - - - /a b?.db 7"},
        {"mariadb://u@h:1,i/n?x=1&queue=2%263", "mariadb u - h:1,i /n 2&3"},
        {"mariadb://u:p%40:@@h/n", "mariadb u p@:@ h /n -"},
        {"mariadb://h", "mariadb - - h  -"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct url url;
        CHECK(db_url_parse(server_drivers, cases[i].text, &url, err));
        char *parts = mem_format("%s %s %s %s %s %s", url.scheme, or_none(url.user),
                                 or_none(url.password), or_none(url.hosts), url.path,
                                 or_none(url_option(&url, "queue")));
        assert_string_equal(parts, cases[i].parts);
        free(parts);
        url_done(&url);
    }
}

static void refuses_urls(void **state)
{
    static const char *const cases[] = {
        "",         "a",        "://x", "SQLite:///x", "sqlite:///%zz", "sqlite:///%00",
        "s:///x?a", "s:///x?=1"};
    struct err why;
    struct url url;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (db_url_parse(server_drivers, cases[i], &url, &why))
            fail_msg("'%s' was taken", cases[i]);
        assert_int_equal(why.kind, ERR_INPUT);
    }
    assert_false(db_url_parse(server_drivers, "s://u:hunter2@h/%zz", &url, &why));
    assert_null(strstr(why.text, "hunter2"));
}

static void encodes_what_it_decodes(void **state)
{
    char all[256];
    struct buf text = {0};
    struct url url;

    (void)state;
    all[0] = '/';
    for (int i = 1; i < 256; i++)
        all[i] = (char)i;
    buf_adds(&text, "sqlite://");
    url_encode((struct slice){all, sizeof all}, &text);
    CHECK(db_url_parse(server_drivers, text.data, &url, err));
    assert_memory_equal(url.path, all, sizeof all);
    assert_int_equal(url.path[sizeof all], '\0');
    url_done(&url);
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_lookups),
        cmocka_unit_test(reads_statements),
        cmocka_unit_test(knows_what_adds_one_row),
        cmocka_unit_test(reports_faults_with_their_lines),
        cmocka_unit_test(elects_by_driver),
        cmocka_unit_test(knows_parameters),
        cmocka_unit_test(parses_urls),
        cmocka_unit_test(refuses_urls),
        cmocka_unit_test(encodes_what_it_decodes),
    };
    return cmocka_run_group_tests_name("named statements and URLs", tests, NULL, NULL);
}
