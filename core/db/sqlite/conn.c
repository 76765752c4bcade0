/*
 * One connection to a SQLite file: how it is set up, how it interrupts itself, what its
 * errors mean.
 */
#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/sqlite/driver.h"

#include <stdlib.h>
#include <string.h>

static const char *const control_sql[CONTROL_COUNT] = {
    [CONTROL_READ] = "BEGIN",
    [CONTROL_BEGIN] = "BEGIN IMMEDIATE",
    [CONTROL_COMMIT] = "COMMIT",
    [CONTROL_ROLLBACK] = "ROLLBACK",
    [CONTROL_SAVEPOINT] = "SAVEPOINT one",
    [CONTROL_RELEASE] = "RELEASE one",
    [CONTROL_ROLLBACK_TO] = "ROLLBACK TO one",
};

/* secure_delete and temp_store: what was deleted or sorted is not left lying about. */
static const char set_up[] = "PRAGMA foreign_keys = ON;"
                             "PRAGMA synchronous = FULL;"
                             "PRAGMA secure_delete = ON;"
                             "PRAGMA temp_store = MEMORY;";

static enum err_kind kind_of_constraint(int code)
{
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return ERR_CONFLICT;
    case SQLITE_CONSTRAINT_CHECK:
    case SQLITE_CONSTRAINT_FOREIGNKEY:
    case SQLITE_CONSTRAINT_NOTNULL:
    case SQLITE_CONSTRAINT_TRIGGER:
    case SQLITE_CONSTRAINT_DATATYPE:
        return ERR_INPUT;
    default:
        return ERR_IO;
    }
}

enum err_kind sqlite_kind(int code)
{
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return kind_of_constraint(code);
    case SQLITE_MISMATCH: /* a value that its column cannot hold */
        return ERR_INPUT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_CONFLICT;
    case SQLITE_INTERRUPT:
        return ERR_TIMEOUT;
    case SQLITE_TOOBIG:
        return ERR_LIMIT;
    default:
        return ERR_IO;
    }
}

/* Failures that are the disk's or the file's, whatever the statement was. */
static bool is_trouble(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CORRUPT:
    case SQLITE_CANTOPEN:
    case SQLITE_NOTADB:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL:
    case SQLITE_NOLFS:
        return true;
    default:
        return false;
    }
}

/* What its disk is at fault for is said with what to do: whoever reads it knows no codes. */
bool sqlite_disk_error(const char *path, int code, struct err *err)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return err_set(err, ERR_IO, "%s cannot be written: its disk is full; make room there",
                       path);
    case SQLITE_IOERR:
        return err_set(err, ERR_IO,
                       "%s fails (disk I/O error): is its disk full, or broken? The system's "
                       "log says more",
                       path);
    default:
        return err_set(err, ERR_IO, "%s cannot be written: %s", path, sqlite3_errstr(code));
    }
}

static bool is_of_disk(int code)
{
    return (code & 0xff) == SQLITE_FULL || (code & 0xff) == SQLITE_IOERR;
}

static const char late[] = "ran past its deadline or was cancelled";

/* SQLite's own sentence names columns when a constraint fails; in other failures (a bad JSON
 * path, say) it may quote a value, so that there the code's fixed sentence has to do. */
bool sqlite_error(struct sqlite_conn *conn, struct err *err)
{
    int code = sqlite3_extended_errcode(conn->handle);
    const char *text = sqlite3_errstr(code);

    if (is_trouble(code))
        conn->trouble = code;
    if (is_of_disk(code))
        return sqlite_disk_error(sqlite3_db_filename(conn->handle, NULL), code, err);
    if ((code & 0xff) == SQLITE_CONSTRAINT)
        text = sqlite3_errmsg(conn->handle);
    else if ((code & 0xff) == SQLITE_INTERRUPT)
        text = late;
    return err_set(err, sqlite_kind(code), "%s", text);
}

/* A statement of the application runs between the driver's own, which it must not undo. */
static int authorize(void *owner, int action, const char *a, const char *b, const char *c,
                     const char *d)
{
    const struct sqlite_conn *conn = owner;

    (void)a, (void)b, (void)c, (void)d;
    if (!conn->guarded)
        return SQLITE_OK;
    switch (action) {
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
    case SQLITE_PRAGMA:
        return SQLITE_DENY;
    default:
        return SQLITE_OK;
    }
}

/* Called every SQLITE_STEPS instructions; non-zero interrupts the statement. */
static int keep_time(void *owner)
{
    const struct sqlite_conn *conn = owner;

    if (conn->op == NULL)
        return 0;
    return __atomic_load_n(&conn->op->cancelled, __ATOMIC_RELAXED) ||
           clock_monotonic() >= conn->deadline;
}

bool sqlite_in_time(struct sqlite_conn *conn, struct err *err)
{
    return !keep_time(conn) || err_set(err, ERR_TIMEOUT, "%s", late);
}

/* SHA2(data, 256) as MariaDB has it: 64 hexadecimal digits.  NULL of NULL and for other
 * lengths. */
static void sha2(sqlite3_context *context, int count, sqlite3_value **values)
{
    unsigned char hash[CRYPTO_HASH];
    CLEANUP(buf_done) struct buf digits = {0};

    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL || sqlite3_value_int(values[1]) != 256)
        return;
    const char *data = sqlite3_value_blob(values[0]);
    crypto_sha256((struct slice){data, (size_t)sqlite3_value_bytes(values[0])}, hash);
    str_hex((struct slice){(const char *)hash, sizeof hash}, &digits);
    sqlite3_result_text(context, digits.data, (int)digits.len, SQLITE_TRANSIENT);
}

static bool add_functions(struct sqlite_conn *conn, struct err *err)
{
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

    return sqlite3_create_function(conn->handle, "SHA2", 2, flags, NULL, sha2, NULL, NULL) ==
               SQLITE_OK ||
           sqlite_error(conn, err);
}

static bool configure(struct sqlite_conn *conn, bool writes, struct err *err)
{
    sqlite3 *handle = conn->handle;

    sqlite3_busy_timeout(handle, SQLITE_BUSY_MS);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    if (sqlite3_exec(handle, set_up, NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_error(conn, err);
    if (!writes &&
        sqlite3_exec(handle, "PRAGMA query_only = ON", NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_error(conn, err);
    if (!add_functions(conn, err))
        return false;
    sqlite3_set_authorizer(handle, authorize, conn);
    sqlite3_progress_handler(handle, SQLITE_STEPS, keep_time, conn);
    return true;
}

static bool close_statement(void *prepared)
{
    sqlite3_finalize(prepared);
    return true;
}

bool sqlite_conn_open(const char *path, bool writes, struct sqlite_conn **ret_conn,
                      struct err *err)
{
    struct sqlite_conn *conn = mem_new(1, sizeof *conn);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

    conn->prepared = (struct db_prepared){.close = close_statement, .variants = 1};
    bool ok = sqlite3_open_v2(path, &conn->handle, flags, NULL) == SQLITE_OK
                  ? configure(conn, writes, err)
                  : sqlite_error(conn, err);
    if (!ok) {
        sqlite_conn_close(conn);
        return false;
    }
    *ret_conn = conn;
    return true;
}

void sqlite_conn_close(struct sqlite_conn *conn)
{
    if (conn == NULL)
        return;
    db_prepared_drop_all(&conn->prepared);
    for (size_t i = 0; i < CONTROL_COUNT; i++)
        sqlite3_finalize(conn->control[i]);
    sqlite3_close_v2(conn->handle);
    free(conn);
}

bool sqlite_prepare(struct sqlite_conn *conn, const char *sql, bool guarded,
                    sqlite3_stmt **ret_stmt, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    unsigned flags = guarded ? SQLITE_PREPARE_PERSISTENT : 0;

    conn->guarded = guarded;
    int code = sqlite3_prepare_v3(conn->handle, sql, -1, flags, &stmt, NULL);
    conn->guarded = false;
    if ((code & 0xff) == SQLITE_AUTH)
        return err_set(err, ERR_INPUT,
                       "transactions, ATTACH and PRAGMA are not for named statements");
    if (code != SQLITE_OK)
        return err_set(err, sqlite_kind(code), "%s", sqlite3_errmsg(conn->handle));
    *ret_stmt = stmt;
    return true;
}

/* A table or column may be gone since the statement was compiled: compiling it again says so,
 * and knows no values. */
bool sqlite_step_error(struct sqlite_conn *conn, sqlite3_stmt *stmt, struct err *err)
{
    sqlite3_stmt *again;
    bool vague = sqlite3_errcode(conn->handle) == SQLITE_ERROR;

    sqlite_error(conn, err);
    if (vague && sqlite_prepare(conn, sqlite3_sql(stmt), true, &again, err))
        sqlite3_finalize(again);
    return false;
}

bool sqlite_control(struct sqlite_conn *conn, enum sqlite_control which, struct err *err)
{
    if (conn->control[which] == NULL &&
        !sqlite_prepare(conn, control_sql[which], false, &conn->control[which], err))
        return false;

    sqlite3_stmt *stmt = conn->control[which];
    bool ok = sqlite3_step(stmt) == SQLITE_DONE || sqlite_error(conn, err);
    sqlite3_reset(stmt);
    return ok;
}

bool sqlite_in_transaction(const struct sqlite_conn *conn)
{
    return sqlite3_get_autocommit(conn->handle) == 0;
}

void sqlite_rollback(struct sqlite_conn *conn)
{
    if (sqlite_in_transaction(conn))
        sqlite_control(conn, CONTROL_ROLLBACK, NULL);
}
