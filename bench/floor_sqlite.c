/*
 * The floor under every durable write: SQLite alone, one connection, WAL, synchronous=FULL, a
 * row as large as that of a short message, under a random unique key.
 *
 *     floor_sqlite FILE SECONDS      prints two lines, rows per second:
 *         one N        a commit for each row
 *         grouped N    a commit for every 64 rows
 */
#include <sqlite3.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { KEY = 32, NOTE = 296, BODY = 552 };

static const char table[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "CREATE TABLE row (id INTEGER PRIMARY KEY, key_hash BLOB NOT NULL UNIQUE,"
    " opens_at INTEGER NOT NULL, created_at INTEGER NOT NULL, disabled_at INTEGER,"
    " note BLOB NOT NULL, body BLOB NOT NULL, version INTEGER NOT NULL) STRICT";

static void must(int code, sqlite3 *db)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
        return;
    fprintf(stderr, "floor_sqlite: %s\n", sqlite3_errmsg(db));
    _exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void insert(sqlite3 *db, sqlite3_stmt *statement)
{
    static const char filler[BODY];
    unsigned char key[KEY];
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
        _exit(1);
    sqlite3_bind_blob(statement, 1, key, sizeof key, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 2, INT64_C(4102444800));
    sqlite3_bind_int64(statement, 3, INT64_C(1800000000));
    sqlite3_bind_blob(statement, 4, filler, NOTE, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 5, filler, BODY, SQLITE_STATIC);
    must(sqlite3_step(statement), db);
    sqlite3_reset(statement);
}

static double rate(sqlite3 *db, sqlite3_stmt *statement, int group, double seconds)
{
    double began = now(), spent = 0;
    long rows = 0;
    do {
        must(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), db);
        for (int i = 0; i < group; i++)
            insert(db, statement);
        must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), db);
        rows += group;
        spent = now() - began;
    } while (spent < seconds);
    return (double)rows / spent;
}

int main(int argc, char **argv)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    if (argc != 3) {
        fputs("usage: floor_sqlite FILE SECONDS\n", stderr);
        return 2;
    }
    double seconds = strtod(argv[2], NULL);
    must(sqlite3_open(argv[1], &db), db);
    must(sqlite3_exec(db, table, NULL, NULL, NULL), db);
    must(sqlite3_prepare_v2(db,
                            "INSERT INTO row (key_hash, opens_at, created_at, note, body, "
                            "version) VALUES (?, ?, ?, ?, ?, 1)",
                            -1, &statement, NULL),
         db);
    printf("one %.0f\n", rate(db, statement, 1, seconds));
    printf("grouped %.0f\n", rate(db, statement, 64, seconds));
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return 0;
}
