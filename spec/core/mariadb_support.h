/*
 * A real MariaDB server for one C spec: started in a folder under /tmp on a Unix socket and a
 * free port of the loopback, killed with the spec, and places (db_support.h) on it.
 */
#pragma once

#include "base/random.h"
#include "db_support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { SERVER_START_S = 60 };

struct maria_server {
    char folder[64];
    int port;
    pid_t pid;
    const char *more[2]; /* words for its command line */
};

static struct maria_server server;

/* Runs a program with its output in a file of the server's folder; a child of -1 words ends
 * the list.  Returns the process. */
static inline pid_t start_program(const char *const *words, const char *log)
{
    char *name = mem_format("%s/%s", server.folder, log);
    pid_t pid = fork();

    if (pid == 0) {
        int fd = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(fd, 1);
        dup2(fd, 2);
        execvp(words[0], (char **)(uintptr_t)words);
        _exit(127);
    }
    free(name);
    return pid;
}

static inline int end_of(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* One that nobody listens on, below those that Linux gives to whoever connects. */
static inline int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool taken;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    do {
        address.sin_port = htons((uint16_t)(10000 + random_below(22768)));
        taken = bind(fd, (struct sockaddr *)&address, sizeof address) != 0;
        assert_true(!taken || errno == EADDRINUSE);
    } while (taken);
    close(fd);
    return ntohs(address.sin_port);
}

static inline void server_launch(void)
{
    char *data = mem_format("--datadir=%s/data", server.folder);
    char *socket_path = mem_format("--socket=%s/socket", server.folder);
    char *port = mem_format("--port=%d", server.port);
    char *init = mem_format("--init-file=%s/init.sql", server.folder);
    const char *words[] = {"/usr/sbin/mariadbd",
                           "--no-defaults",
                           getuid() == 0 ? "--user=root" : "--skip-log-bin",
                           data,
                           socket_path,
                           port,
                           init,
                           "--bind-address=127.0.0.1",
                           "--skip-name-resolve",
                           "--skip-log-bin",
                           "--performance-schema=off",
                           "--innodb-buffer-pool-size=32M",
                           "--innodb-log-file-size=16M",
                           "--max-connections=40",
                           "--max-prepared-stmt-count=100",
                           server.more[0],
                           server.more[1],
                           NULL};

    server.pid = start_program(words, "log");
    free(data);
    free(socket_path);
    free(port);
    free(init);
}

static inline char *server_url(const char *database, const char *options)
{
    return mem_format("mariadb://spec:spec@127.0.0.1:%d/%s%s", server.port, database, options);
}

static inline bool server_open_url(const char *text, struct db **ret_db,
                                   struct db_session **ret_session, struct err *why)
{
    struct url url = {0};

    CHECK(db_url_parse(server_drivers, text, &url, err));
    CHECK(db_open(server_drivers, &url, ret_db, err));
    url_done(&url);
    if ((*ret_db)->driver->session_open(*ret_db, ret_session, why))
        return true;
    db_close(*ret_db);
    return false;
}

static inline bool server_open(const char *database, const char *options, struct db **ret_db,
                               struct db_session **ret_session, struct err *why)
{
    CLEANUP(mem_freep) char *text = server_url(database, options);

    return server_open_url(text, ret_db, ret_session, why);
}

/* SQL on the server, from a session of its own. */
static inline void server_sql(const char *sql)
{
    struct db_session *session;
    struct db *db;

    CHECK(server_open("admin", "", &db, &session, err));
    CHECK(db->driver->session_run(session, sql, NULL, 0, NULL, err));
    db->driver->session_close(session);
    db_close(db);
}

static inline void server_wait(void)
{
    uint64_t until = clock_monotonic() + SERVER_START_S * NS_PER_S;
    struct db_session *session;
    struct err why;
    struct db *db;

    while (!server_open("admin", "", &db, &session, &why)) {
        if (clock_monotonic() > until)
            fail_msg("the server in %s does not answer: %s", server.folder, why.text);
        usleep(50000);
    }
    db->driver->session_close(session);
    db_close(db);
}

static inline void write_init(void)
{
    static const char sql[] =
        "CREATE DATABASE IF NOT EXISTS admin CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n"
        "CREATE USER IF NOT EXISTS spec@'127.0.0.1' IDENTIFIED BY 'spec';\n"
        "GRANT ALL ON *.* TO spec@'127.0.0.1' WITH GRANT OPTION;\n";
    char *name = mem_format("%s/init.sql", server.folder);
    int fd = open(name, O_WRONLY | O_CREAT, 0644);

    assert_int_equal(write(fd, sql, sizeof sql - 1), sizeof sql - 1);
    close(fd);
    free(name);
}

/* For cmocka_run_group_tests(). */
static inline int server_setup(void **state)
{
    (void)state;
    server = (struct maria_server){.folder = "/tmp/tc-maria-XXXXXX"};
    assert_non_null(mkdtemp(server.folder));
    setenv("TMPDIR", server.folder, 1); /* servers clear away each other's files in /tmp */
    char *data = mem_format("--datadir=%s/data", server.folder);
    const char *words[] = {"mariadb-install-db",
                           "--no-defaults",
                           "--auth-root-authentication-method=normal",
                           "--skip-test-db",
                           "--skip-name-resolve",
                           "--force", /* names that /etc/hosts lacks are not needed */
                           data,
                           getuid() == 0 ? "--user=root" : NULL,
                           NULL};
    if (end_of(start_program(words, "install")) != 0)
        fail_msg("mariadb-install-db has failed; is mariadb-server installed? %s/install",
                 server.folder);
    free(data);
    write_init();
    server.port = free_port();
    server_launch();
    server_wait();
    return 0;
}

static inline void server_kill(int number)
{
    kill(server.pid, number);
    if (number == SIGKILL || number == SIGTERM)
        end_of(server.pid);
}

static inline int server_teardown(void **state)
{
    const char *words[] = {"rm", "-rf", server.folder, NULL};

    (void)state;
    server_kill(SIGKILL);
    end_of(start_program(words, "rm"));
    return 0;
}

/* A place on an empty database of the server, reached by that URL. */
static inline void place_open_url(struct place *place, const char *url,
                                  const char *const *schema, const char *statements)
{
    struct statement_source source = {"spec.sql", slice_of(statements)};

    place_new_folder(place);
    server_sql("DROP DATABASE IF EXISTS spec");
    server_sql("CREATE DATABASE spec CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    CHECK(server_open_url(url, &place->db, &place->session, err));
    CHECK(loop_new(&place->loop, err));
    for (; *schema != NULL; schema++)
        place_sql(place, *schema);
    place->set =
        statement_set_new(&source, 1, &mariadb_dialect, server_drivers, no_fault, NULL);
    CHECK(db_check(place->db, place->set, no_fault, NULL, err));
    CHECK(db_attach(place->db, place->loop, &place->worker, err));
}

static inline void place_open_maria(struct place *place, const char *options,
                                    const char *const *schema, const char *statements)
{
    CLEANUP(mem_freep) char *url = server_url("spec", options);

    place_open_url(place, url, schema, statements);
}

/* Another worker in place of the place's, with other options of the URL. */
static inline void place_reattach(struct place *place, const char *options)
{
    db_detach(place->worker);
    place->db->driver->session_close(place->session);
    db_close(place->db);
    CHECK(server_open("spec", options, &place->db, &place->session, err));
    CHECK(db_attach(place->db, place->loop, &place->worker, err));
}

#define EXECUTIONS "COM_STMT_EXECUTE"

/* A counter of the server's. */
static inline int64_t server_status(struct place *place, const char *name)
{
    CLEANUP(mem_freep)
    char *sql = mem_format("SELECT CAST(VARIABLE_VALUE AS INT) FROM "
                           "information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = '%s'",
                           name);

    return place_number(place, sql);
}

static inline void fire_stop(struct loop_timer *timer)
{
    struct place *place = timer->owner;

    loop_stop(place->loop);
}

/* Lets the loop run for so long, whatever comes back. */
static inline void run_for(struct place *place, uint64_t ms)
{
    struct loop_timer timer = {.fire = fire_stop, .owner = place};

    loop_timer_set(place->loop, &timer, clock_monotonic() + ms * NS_PER_MS);
    loop_run(place->loop);
    loop_timer_clear(place->loop, &timer);
}
