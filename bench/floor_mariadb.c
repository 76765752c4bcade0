/*
 * The floor under what the server does on MariaDB: a client in C that only runs the same
 * statement, a row and a commit each, on so many connections, each with a thread of its own.
 *
 *     floor_mariadb SOCKET USER DATABASE CONNECTIONS SECONDS put|open
 *
 * `put` adds rows to `capsule` (as large as those of a short message, under random keys),
 * `open` looks up rows that are there.  Prints one line, statements per second: `put N`.
 * MARIADB_PASSWORD holds the password.
 */
#include <mysql.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { KEY = 32, NOTE = 296, BODY = 552, KEYS = 200, MOST = 256 };

static const char insert_sql[] =
    "INSERT INTO capsule (key_hash, opens_at, created_at, note, body, version)"
    " VALUES (?, ?, ?, ?, ?, ?)";
static const char find_sql[] =
    "SELECT id, opens_at, created_at, version, CASE WHEN opens_at > ? THEN note END,"
    " CASE WHEN opens_at <= ? THEN body END FROM capsule"
    " WHERE key_hash = ? AND disabled_at IS NULL";

static struct {
    const char *socket, *user, *database;
    double seconds;
    int put;
    unsigned char keys[KEYS][KEY];
    unsigned long nkeys;
} job;

struct client {
    pthread_t thread;
    MYSQL *my;
    double rate;
};

static void die(const char *what)
{
    fprintf(stderr, "floor_mariadb: %s\n", what);
    _exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static MYSQL *connect_one(void)
{
    MYSQL *my = mysql_init(NULL);
    if (!my || !mysql_real_connect(my, NULL, job.user, getenv("MARIADB_PASSWORD"), job.database,
                                   0, job.socket, 0))
        die(my ? mysql_error(my) : "no memory");
    return my;
}

static void read_keys(MYSQL *my)
{
    if (mysql_query(my, "SELECT key_hash FROM capsule ORDER BY id LIMIT 200") != 0)
        die(mysql_error(my));
    MYSQL_RES *rows = mysql_store_result(my);
    MYSQL_ROW row;
    while (rows && (row = mysql_fetch_row(rows)) && job.nkeys < KEYS)
        memcpy(job.keys[job.nkeys++], row[0], KEY);
    mysql_free_result(rows);
    if (job.nkeys == 0)
        die("there are no capsules to open");
}

static void bind_bytes(MYSQL_BIND *bind, const void *data, unsigned long len)
{
    bind->buffer_type = MYSQL_TYPE_BLOB;
    bind->buffer = (void *)(uintptr_t)data;
    bind->buffer_length = len;
}

static void put(MYSQL_STMT *stmt, unsigned long which)
{
    static const char filler[BODY];
    static int64_t opens_at = INT64_C(4102444800), created_at = INT64_C(1800000000),
                   version = 1;
    MYSQL_BIND binds[6] = {0};
    unsigned char key[KEY];
    (void)which;
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
        die("no randomness");
    bind_bytes(&binds[0], key, sizeof key);
    binds[1].buffer_type = binds[2].buffer_type = binds[5].buffer_type = MYSQL_TYPE_LONGLONG;
    binds[1].buffer = &opens_at;
    binds[2].buffer = &created_at;
    binds[5].buffer = &version;
    bind_bytes(&binds[3], filler, NOTE);
    bind_bytes(&binds[4], filler, BODY);
    if (mysql_stmt_bind_param(stmt, binds) || mysql_stmt_execute(stmt))
        die(mysql_stmt_error(stmt));
}

static void find(MYSQL_STMT *stmt, unsigned long which)
{
    static int64_t moment = INT64_C(4200000000);
    char note[NOTE + BODY], body[NOTE + BODY];
    int64_t numbers[4];
    MYSQL_BIND binds[3] = {0}, columns[6] = {0};
    binds[0].buffer_type = binds[1].buffer_type = MYSQL_TYPE_LONGLONG;
    binds[0].buffer = binds[1].buffer = &moment;
    bind_bytes(&binds[2], job.keys[which % job.nkeys], KEY);
    for (int i = 0; i < 4; i++) {
        columns[i].buffer_type = MYSQL_TYPE_LONGLONG;
        columns[i].buffer = &numbers[i];
    }
    bind_bytes(&columns[4], note, sizeof note);
    bind_bytes(&columns[5], body, sizeof body);
    if (mysql_stmt_bind_param(stmt, binds) || mysql_stmt_execute(stmt) ||
        mysql_stmt_bind_result(stmt, columns) || mysql_stmt_store_result(stmt) ||
        mysql_stmt_fetch(stmt) != 0)
        die(mysql_stmt_error(stmt));
    mysql_stmt_free_result(stmt);
}

static void *client_main(void *owner)
{
    struct client *client = owner;
    const char *sql = job.put ? insert_sql : find_sql;
    MYSQL_STMT *stmt = mysql_stmt_init(client->my);
    if (!stmt || mysql_stmt_prepare(stmt, sql, strlen(sql)))
        die(stmt ? mysql_stmt_error(stmt) : "no memory");

    double began = now(), spent = 0;
    unsigned long count = 0;
    for (; spent < job.seconds; spent = now() - began, count++)
        (job.put ? put : find)(stmt, count);
    client->rate = (double)count / spent;
    mysql_stmt_close(stmt);
    return NULL;
}

int main(int argc, char **argv)
{
    static struct client clients[MOST];
    double rate = 0;
    if (argc != 7) {
        fputs("usage: floor_mariadb SOCKET USER DATABASE CONNECTIONS SECONDS put|open\n",
              stderr);
        return 2;
    }
    job.socket = argv[1];
    job.user = argv[2];
    job.database = argv[3];
    job.seconds = strtod(argv[5], NULL);
    job.put = strcmp(argv[6], "put") == 0;
    long count = strtol(argv[4], NULL, 10);
    if (count < 1 || count > MOST || mysql_library_init(0, NULL, NULL) != 0)
        die("between 1 and 256 connections");
    for (long i = 0; i < count; i++)
        clients[i].my = connect_one();
    if (!job.put)
        read_keys(clients[0].my);
    for (long i = 0; i < count; i++)
        if (pthread_create(&clients[i].thread, NULL, client_main, &clients[i]) != 0)
            die("no thread");
    for (long i = 0; i < count; i++) {
        pthread_join(clients[i].thread, NULL);
        mysql_close(clients[i].my);
        rate += clients[i].rate;
    }
    printf("%s %.0f\n", argv[6], rate);
    return 0;
}
