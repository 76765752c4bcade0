/* Where MariaDB is, who it is, and how it is spoken to: URLs, the walk over hosts, refusals,
 * TLS. */
#include "mariadb_support.h"

#include <mysql.h>
#include <netdb.h>

/* ---- URLs ---- */

static void a_url_that_cannot_be_meant_is_refused(void **state)
{
    static const struct {
        const char *url, *says;
    } cases[] = {
        {"mariadb://host/db", "names a user"},
        {"mariadb://u@host", "names a database"},
        {"mariadb://u@host/", "names a database"},
        {"mariadb://u@host/a/b", "names a database"},
        {"mariadb://u@/db", "either hosts"},
        {"mariadb://u@host/db?socket=/run/s", "either hosts"},
        {"mariadb://u@/db?socket=run/s", "a path from the root"},
        {"mariadb://u@host:0/db", "'host:0'"},
        {"mariadb://u@host:65536/db", "'host:65536'"},
        {"mariadb://u@host,,other/db", "without a name"},
        {"mariadb://u@[::1/db", "lacks its ']'"},
        {"mariadb://u@host/db?tls=maybe", "verify, encrypt"},
        {"mariadb://u@host/db?pool=0", "pool=0"},
        {"mariadb://u@host/db?queue=x", "queue=x"},
        {"mariadb://u@host/db?poll=3", "no option 'poll'"},
        {"mariadb://u:hush%20hush@host/db?poll=3", "no option"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct url url = {0};
        struct db *db;
        struct err why;
        CHECK(db_url_parse(server_drivers, cases[i].url, &url, err));
        if (db_open(server_drivers, &url, &db, &why))
            fail_msg("'%s' was taken", cases[i].url);
        assert_int_equal(why.kind, ERR_INPUT);
        if (strstr(why.text, cases[i].says) == NULL || strstr(why.text, "hush") != NULL)
            fail_msg("'%s': %s", cases[i].url, why.text);
        url_done(&url);
    }
}

/* ---- opening ---- */

/* What a session on such a URL answers to a statement of one cell, or why there is none. */
static char *ask(const char *text, const char *sql, uint64_t *ret_ns)
{
    struct url url = {0};
    struct db_session *session;
    struct db_result result = {0};
    struct err why;
    struct db *db;
    uint64_t from = clock_monotonic();

    CHECK(db_url_parse(server_drivers, text, &url, err));
    CHECK(db_open(server_drivers, &url, &db, err));
    url_done(&url);
    bool ok = db->driver->session_open(db, &session, &why);
    if (ret_ns != NULL)
        *ret_ns = clock_monotonic() - from;
    char *answer = NULL;
    if (ok) {
        CHECK(db->driver->session_run(session, sql, NULL, 0, &result, err));
        const struct db_value *cell = &result.cells[result.ncolumns - 1];
        answer = cell->type == DB_INTEGER ? mem_format("%lld", (long long)cell->integer)
                                          : mem_copy(cell->bytes.data, cell->bytes.len);
        db_result_done(&result);
        db->driver->session_close(session);
    }
    db_close(db);
    return ok ? answer : mem_format("%s: %s", err_kind_name(why.kind), why.text);
}

static void says(const char *url, const char *sql, const char *part)
{
    char *answer = ask(url, sql, NULL);

    if (strstr(answer, part) == NULL)
        fail_msg("%s: '%s' does not say '%s'", url, answer, part);
    free(answer);
}

static char *url_of(const char *format)
{
    char *port = mem_format("%d", server.port);
    struct buf text = {0};

    for (const char *at = format; *at != '\0'; at++) {
        if (*at == '#')
            buf_adds(&text, port);
        else if (*at == '~')
            buf_adds(&text, server.folder);
        else
            buf_addc(&text, *at);
    }
    free(port);
    return buf_take(&text, NULL);
}

static void url_says(const char *format, const char *sql, const char *part)
{
    char *url = url_of(format);

    says(url, sql, part);
    free(url);
}

/* It is /etc/hosts that knows it, where there is one; then the name is tried as well. */
static bool has_localhost(void)
{
    struct addrinfo *found = NULL;
    bool has = getaddrinfo("localhost", NULL, NULL, &found) == 0;

    if (has)
        freeaddrinfo(found);
    return has;
}

static void speaks_tcp_or_a_socket_as_it_is_told(void **state)
{
    static const char client[] = "SELECT SUBSTRING_INDEX(USER(), '@', -1)";

    (void)state;
    server_sql("CREATE USER IF NOT EXISTS spec@localhost IDENTIFIED BY 'p@ss:w/ord?'");
    server_sql("GRANT ALL ON *.* TO spec@localhost");
    url_says("mariadb://spec:spec@127.0.0.1:#/admin", client, "127.0.0.1");
    if (has_localhost())
        url_says("mariadb://spec:spec@localhost:#/admin", client, "127.0.0.1");
    url_says("mariadb://spec:p%40ss%3Aw%2Ford%3F@/admin?socket=~/socket", client, "localhost");
    url_says("mariadb://spec:spec@127.0.0.1:#/admin", "SELECT @@collation_connection",
             "utf8mb4_nopad_bin");
    url_says("mariadb://spec:spec@127.0.0.1:#/admin", "SELECT @@sql_mode", "STRICT_ALL_TABLES");
    url_says("mariadb://spec:spec@127.0.0.1:#/admin", "SELECT @@innodb_lock_wait_timeout", "5");
}

static void says_plainly_what_is_wrong(void **state)
{
    static const char one[] = "SELECT 1";

    (void)state;
    server_sql("CREATE DATABASE IF NOT EXISTS fresh CHARACTER SET latin1");
    server_sql("CREATE DATABASE IF NOT EXISTS loose CHARACTER SET utf8mb4");
    url_says("mariadb://spec:spec@127.0.0.1:#/fresh", one,
             "1"); /* what migrates makes it fit */
    url_says("mariadb://spec:spec@127.0.0.1:#/loose", one, "1");
    server_sql("CREATE DATABASE IF NOT EXISTS old CHARACTER SET latin1");
    server_sql("CREATE TABLE IF NOT EXISTS old.t (n INT)");
    url_says("mariadb://spec:hush@127.0.0.1:#/admin", one, "Access denied");
    url_says("mariadb://spec:spec@127.0.0.1:#/nowhere", one, "Unknown database");
    url_says("mariadb://spec:spec@127.0.0.1:#/old", one, "state: the database cannot be");
    url_says("mariadb://spec:spec@127.0.0.1:#/old", one,
             "ALTER DATABASE old CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");
    url_says("mariadb://spec:spec@127.0.0.1:1/admin", one, "io: the database cannot be");
    url_says("mariadb://spec:spec@/admin?socket=/nowhere", one, "/nowhere");
}

/* ---- several hosts ---- */

/* A port that takes connections and says nothing. */
static int open_mute(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(listen(fd, 16), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void walks_past_hosts_that_refuse_or_hang(void **state)
{
    uint64_t took = 0;
    int port = 0, mute = open_mute(&port);
    char *url = mem_format("mariadb://spec:spec@127.0.0.1:1,127.0.0.1:%d,no.such.host.invalid,"
                           "127.0.0.1:%d/admin",
                           port, server.port);

    (void)state;
    char *answer = ask(url, "SELECT 'here'", &took);
    assert_string_equal(answer, "here");
    assert_true(took > 1900 * NS_PER_MS);
    assert_true(took < 9 * NS_PER_S); /* a name server may take its time over the third */
    free(answer);
    free(url);
    url = mem_format("mariadb://spec:spec@127.0.0.1:1,127.0.0.1:%d/admin", port);
    answer = ask(url, "SELECT 1", &took);
    assert_non_null(strstr(answer, "127.0.0.1:1: "));
    assert_non_null(strstr(answer, "; 127.0.0.1:"));
    assert_true(took < 4 * NS_PER_S);
    free(answer);
    free(url);
    close(mute);
}

static void came_back(struct db_op *op)
{
    loop_stop(op->owner);
}

static void an_operation_does_not_wait_for_a_hanging_host(void **state)
{
    struct statement_source source = {"spec.sql", slice_of("-- name: one\nSELECT 1;\n")};
    int port = 0, mute = open_mute(&port);
    char *text = mem_format("mariadb://spec:spec@127.0.0.1:%d/admin", port);
    struct url url = {0};
    struct db_worker *worker;
    struct loop *loop;
    struct db *db;

    (void)state;
    CHECK(db_url_parse(server_drivers, text, &url, err));
    CHECK(db_open(server_drivers, &url, &db, err));
    CHECK(loop_new(&loop, err));
    CHECK(db_attach(db, loop, &worker, err));
    struct statement_set *set =
        statement_set_new(&source, 1, &mariadb_dialect, server_drivers, no_fault, NULL);
    struct db_op *op = db_op_new(DB_RUN, set, 1);
    uint64_t from = clock_monotonic();
    op->deadline = from + 300 * NS_PER_MS;
    op->done = came_back;
    op->owner = loop;
    db_op_call(op, 0, set->items[0]);
    CHECK(db_submit(worker, op, err));
    loop_run(loop);
    assert_failed(op, ERR_TIMEOUT, "while waiting");
    assert_true(clock_monotonic() - from < NS_PER_S);
    db_op_free(op);
    statement_set_unref(set);
    db_detach(worker);
    assert_true(clock_monotonic() - from < 4 * NS_PER_S);
    loop_free(loop);
    db_close(db);
    url_done(&url);
    free(text);
    close(mute);
}

/* ---- who answers ---- */

static void send_packet(int fd, unsigned char number, const void *data, size_t len)
{
    unsigned char head[4] = {(unsigned char)len, (unsigned char)(len >> 8), 0, number};

    assert_int_equal(send(fd, head, sizeof head, MSG_NOSIGNAL), sizeof head);
    assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
}

/* Protocol 10: the version and what a client needs to log in; whoever does is let in. */
static void let_in(int listener, const char *version)
{
    static const unsigned char ok[] = {0, 0, 0, 2, 0, 0, 0};
    static const char plugin[] = "mysql_native_password";
    int fd = accept(listener, NULL, NULL);
    char login[4096];
    struct buf text = {0};

    buf_addc(&text, 10);
    buf_add(&text, version, strlen(version) + 1);
    buf_add(&text, "\1\0\0\0saltsalt\0", 13); /* thread */
    buf_add(&text, "\x08\x82-\2\0\x08\0", 7); /* plugin, secure, 4.1, database; utf8mb4 */
    buf_add(&text, "\x15\0\0\0\0\0\0\0\0\0\0moresaltmore\0", 24);
    buf_add(&text, plugin, sizeof plugin);
    send_packet(fd, 0, text.data, text.len);
    assert_true(recv(fd, login, sizeof login, 0) > 4);
    send_packet(fd, 2, ok, sizeof ok);
    buf_done(&text);
    recv(fd, login, sizeof login, 0); /* it goes */
    close(fd);
}

static void an_older_server_or_another_kind_is_refused(void **state)
{
    static const char *const versions[] = {"5.5.5-10.5.27-MariaDB", "8.0.36"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        int port = 0, listener = open_mute(&port);
        pid_t pid = fork();
        if (pid == 0) {
            let_in(listener, versions[i]);
            _exit(0);
        }
        char *url = mem_format("mariadb://spec:spec@127.0.0.1:%d/admin", port);
        says(url, "SELECT 1", "MariaDB 10.6 or newer is needed");
        close(listener);
        kill(pid, SIGKILL);
        end_of(pid);
        free(url);
    }
}

/* ---- TLS ---- */

static void run_openssl(const char *const *words)
{
    if (end_of(start_program(words, "openssl")) != 0)
        fail_msg("openssl has failed; see %s/openssl", server.folder);
}

static void make_certificate(const char *name, const char *subject)
{
    char *key = mem_format("%s/%s.key", server.folder, name);
    char *cert = mem_format("%s/%s.pem", server.folder, name);
    char *names = mem_format("subjectAltName=%s", subject);
    const char *words[] = {"openssl",
                           "req",
                           "-x509",
                           "-newkey",
                           "ec",
                           "-pkeyopt",
                           "ec_paramgen_curve:prime256v1",
                           "-nodes",
                           "-days",
                           "2",
                           "-subj",
                           "/CN=spec",
                           "-addext",
                           names,
                           "-keyout",
                           key,
                           "-out",
                           cert,
                           NULL};

    run_openssl(words);
    free(key);
    free(cert);
    free(names);
}

static void restart_with_tls(const char *name)
{
    char *cert = mem_format("--ssl-cert=%s/%s.pem", server.folder, name);
    char *key = mem_format("--ssl-key=%s/%s.key", server.folder, name);

    server_kill(SIGTERM);
    server.more[0] = cert;
    server.more[1] = key;
    server_launch();
    server_wait();
    free(cert);
    free(key);
}

static void tls_is_verified(void **state)
{
    static const char cipher[] = "SHOW STATUS LIKE 'Ssl_cipher'";

    (void)state;
    make_certificate("good", "IP:127.0.0.1,DNS:localhost");
    make_certificate("other", "DNS:other.example");
    restart_with_tls("good");
    url_says("mariadb://spec:spec@127.0.0.1:#/admin?tls=verify&ca=~/good.pem", cipher, "TLS_");
    if (has_localhost())
        url_says("mariadb://spec:spec@localhost:#/admin?tls=verify&ca=~/good.pem", cipher,
                 "TLS_");
    url_says("mariadb://spec:spec@127.0.0.1:#/admin?tls=verify", cipher, "TLS");
    url_says("mariadb://spec:spec@127.0.0.1:#/admin?tls=verify", cipher, "cannot be reached");
    url_says("mariadb://spec:spec@127.0.0.1:#/admin?tls=verify&ca=~/other.pem", cipher,
             "cannot be reached");
    url_says("mariadb://spec:spec@127.0.0.1:#/admin?tls=encrypt", cipher, "TLS_");
    url_says("mariadb://spec:spec@127.0.0.1:#/admin?tls=verify&ca=/nowhere", cipher,
             "cannot read /nowhere");
    url_says("mariadb://spec:spec@127.0.0.1:#/admin", "SELECT 'plain'", "plain");
    restart_with_tls("other");
    url_says("mariadb://spec:spec@127.0.0.1:#/admin?tls=verify&ca=~/good.pem", cipher,
             "cannot be reached");
    /* Another name: from 3.4 on the client compares none on this machine. */
    url_says("mariadb://spec:spec@127.0.0.1:#/admin?tls=verify&ca=~/other.pem", cipher,
             MARIADB_PACKAGE_VERSION_ID < 30400 ? "cannot be reached" : "TLS_");
}

/* The loop is never held up: while one operation takes a second, a timer goes on. */
static int ticks;

static void tick(struct loop_timer *timer)
{
    ticks++;
    loop_timer_set(timer->owner, timer, clock_monotonic() + 10 * NS_PER_MS);
}

static void tls_does_not_block_the_loop(void **state)
{
    struct statement_source source = {
        "spec.sql", slice_of("-- name: sleep\nSELECT SLEEP(1), REPEAT('x', 2000000);\n")};
    char *text = url_of("mariadb://spec:spec@127.0.0.1:#/admin?tls=encrypt");
    struct url url = {0};
    struct db_worker *worker;
    struct loop *loop;
    struct db *db;

    (void)state;
    CHECK(db_url_parse(server_drivers, text, &url, err));
    CHECK(db_open(server_drivers, &url, &db, err));
    CHECK(loop_new(&loop, err));
    CHECK(db_attach(db, loop, &worker, err));
    struct statement_set *set =
        statement_set_new(&source, 1, &mariadb_dialect, server_drivers, no_fault, NULL);
    struct loop_timer timer = {.fire = tick, .owner = loop};
    loop_timer_set(loop, &timer, clock_monotonic());
    struct db_op *op = db_op_new(DB_RUN, set, 1);
    op->done = came_back;
    op->owner = loop;
    db_op_call(op, 0, set->items[0]);
    CHECK(db_submit(worker, op, err));
    loop_run(loop);
    assert_true(op->ok);
    assert_int_equal(op->results[0].cells[1].bytes.len, 2000000);
    assert_true(ticks > 50);
    loop_timer_clear(loop, &timer);
    db_op_free(op);
    statement_set_unref(set);
    db_detach(worker);
    loop_free(loop);
    db_close(db);
    url_done(&url);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_that_cannot_be_meant_is_refused),
        cmocka_unit_test(speaks_tcp_or_a_socket_as_it_is_told),
        cmocka_unit_test(says_plainly_what_is_wrong),
        cmocka_unit_test(walks_past_hosts_that_refuse_or_hang),
        cmocka_unit_test(an_operation_does_not_wait_for_a_hanging_host),
        cmocka_unit_test(an_older_server_or_another_kind_is_refused),
        cmocka_unit_test(tls_is_verified),
        cmocka_unit_test(tls_does_not_block_the_loop),
    };
    return cmocka_run_group_tests_name("connecting to MariaDB", tests, server_setup,
                                       server_teardown);
}
