/* Sessions: a connection of the caller's own, used by one thread, whose calls block. */
#include "base/clock.h"
#include "base/mem.h"
#include "db/sqlite/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct db_session {
    struct sqlite_db *db;
    struct sqlite_conn *conn;
    sqlite3_stmt *query; /* whose rows are being read, or NULL */
};

bool sqlite_session_open(struct db *base, struct db_session **ret_session, struct err *err)
{
    struct sqlite_db *db = sqlite_of(base);
    struct sqlite_conn *conn;

    if (!sqlite_conn_open(db->path, true, &conn, err))
        return err_prefix(err, "database '%s'", db->path);

    struct db_session *session = mem_new(1, sizeof *session);
    session->db = db;
    session->conn = conn;
    *ret_session = session;
    return true;
}

static void end_query(struct db_session *session)
{
    sqlite3_finalize(session->query);
    session->query = NULL;
}

void sqlite_session_close(struct db_session *session)
{
    if (session == NULL)
        return;
    end_query(session);
    sqlite_conn_close(session->conn);
    free(session);
}

bool sqlite_session_run(struct db_session *session, const char *sql,
                        const struct db_value *args, size_t nargs, struct db_result *ret_result,
                        struct err *err)
{
    struct db_result result = {0};
    sqlite3_stmt *stmt;
    bool ok = true;

    if (!sqlite_prepare(session->conn, sql, false, &stmt, err))
        return false;
    if (stmt == NULL)
        return err_set(err, ERR_INPUT, "there is no SQL in the text");
    for (size_t i = 0; ok && i < nargs; i++)
        ok = sqlite_bind(stmt, (int)i + 1, &args[i], err);
    ok = ok && sqlite_step(session->conn, stmt, &result, NULL, err);
    sqlite3_finalize(stmt);
    if (ok && ret_result != NULL)
        *ret_result = result;
    else
        db_result_done(&result);
    return ok;
}

/* A transaction that begins to read here. */
bool sqlite_session_snapshot(struct db_session *session, struct err *err)
{
    return sqlite_session_run(session, "BEGIN", NULL, 0, NULL, err) &&
           sqlite_session_run(session, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, 0, NULL,
                              err);
}

bool sqlite_session_query(struct db_session *session, const char *sql, struct err *err)
{
    end_query(session);
    return sqlite_prepare(session->conn, sql, false, &session->query, err);
}

bool sqlite_session_row(struct db_session *session, struct db_result *ret_row, bool *ret_there,
                        struct err *err)
{
    db_result_clear(ret_row);
    int code = session->query ? sqlite3_step(session->query) : SQLITE_DONE;
    *ret_there = code == SQLITE_ROW;
    if (code == SQLITE_DONE) {
        end_query(session);
        return true;
    }
    if (code != SQLITE_ROW)
        return sqlite_error(session->conn, err);
    if (ret_row->ncolumns == 0)
        sqlite_read_columns(session->query, ret_row, NULL);
    return sqlite_read_row(session->query, ret_row, err);
}

/* The line that SQLite points at, as long as it points anywhere. */
static int line_of_failure(struct sqlite_conn *conn, const char *sql)
{
    int offset = sqlite3_error_offset(conn->handle);
    int line = 1;

    if (offset < 0)
        return 0;
    for (int i = 0; i < offset && sql[i] != '\0'; i++)
        line += sql[i] == '\n';
    return line;
}

bool sqlite_session_check(struct db_session *session, const char *sql, int *ret_line,
                          struct err *err)
{
    sqlite3_stmt *stmt;

    if (!sqlite_prepare(session->conn, sql, true, &stmt, err)) {
        *ret_line = line_of_failure(session->conn, sql);
        return false;
    }
    sqlite3_finalize(stmt);
    return true;
}

/* "PATH.LABEL-20250131T120000Z", and "-2" … behind it where that exists; made empty, 0600. */
static bool backup_file(const char *path, const char *label, char **ret_name, struct err *err)
{
    char stamp[CLOCK_STAMP];

    clock_stamp(stamp);
    for (int i = 1; i < 100; i++) {
        char *name = i == 1 ? mem_format("%s.%s-%s", path, label, stamp)
                            : mem_format("%s.%s-%s-%d", path, label, stamp, i);
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0) {
            close(fd);
            *ret_name = name;
            return true;
        }
        bool taken = errno == EEXIST;
        if (!taken)
            err_set(err, ERR_IO, "cannot create '%s': %s", name, strerror(errno));
        free(name);
        if (!taken)
            return false;
    }
    return err_set(err, ERR_IO, "too many copies of '%s' of this second", path);
}

/* SQLite leaves it to the caller to bring a copy to the disk. */
static bool sync_file(const char *name, struct err *err)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (!ok)
        err_set(err, ERR_IO, "cannot write '%s': %s", name, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

bool sqlite_session_backup(struct db_session *session, const char *label, char **ret_path,
                           struct err *err)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_";
    struct db_value target = {0};
    CLEANUP(mem_freep) char *name = NULL;

    if (label[0] == '\0' || label[strspn(label, plain)] != '\0')
        return err_set(err, ERR_INPUT, "a copy is labelled with letters, digits, - and _");
    if (!backup_file(session->db->path, label, &name, err))
        return false;
    db_value_set_bytes(&target, DB_TEXT, name, strlen(name));
    bool ok = sqlite_session_run(session, "VACUUM INTO ?", &target, 1, NULL, err) &&
              sync_file(name, err);
    db_value_done(&target);
    if (!ok) {
        unlink(name);
        return err_prefix(err, "no copy of the database was made");
    }
    *ret_path = TAKE(name);
    return true;
}

enum { COPY_PAGES = 1024, COPY_WAIT_MS = 20 };

static bool copy_failed(sqlite3 *handle, int code, struct err *err)
{
    return err_set(err, sqlite_kind(code), "%s",
                   code == SQLITE_NOMEM ? "no memory" : sqlite3_errmsg(handle));
}

static bool copy_pages(sqlite3 *target, sqlite3_backup *backup, db_progress *progress,
                       void *owner, struct err *err)
{
    int code = SQLITE_OK;

    while (code != SQLITE_DONE) {
        code = sqlite3_backup_step(backup, COPY_PAGES);
        int total = sqlite3_backup_pagecount(backup);
        if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
            sqlite3_sleep(COPY_WAIT_MS);
        else if (code != SQLITE_OK && code != SQLITE_DONE)
            return copy_failed(target, code, err);
        if (!progress(owner, (uint64_t)(total - sqlite3_backup_remaining(backup)),
                      (uint64_t)total))
            return err_set(err, ERR_TIMEOUT, "stopped");
    }
    return true;
}

/* What is copied says that it has a write-ahead log; a copy is one file. */
static bool copy_into(struct sqlite_conn *source, sqlite3 *target, db_progress *progress,
                      void *owner, struct err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(target, "main", source->handle, "main");

    if (backup == NULL)
        return copy_failed(target, sqlite3_errcode(target), err);
    bool ok = copy_pages(target, backup, progress, owner, err);
    int code = sqlite3_backup_finish(backup);
    if (ok && code != SQLITE_OK)
        return copy_failed(target, code, err);
    if (ok && sqlite3_exec(target, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) != 0)
        return copy_failed(target, sqlite3_errcode(target), err);
    return ok;
}

bool sqlite_session_copy(struct db_session *session, const char *path, db_progress *progress,
                         void *owner, struct err *err)
{
    sqlite3 *target = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(path, &target, flags, NULL);
    bool ok = code == SQLITE_OK
                  ? copy_into(session->conn, target, progress, owner, err)
                  : err_set(err, ERR_IO, "cannot open it: %s", sqlite3_errstr(code));

    sqlite3_close_v2(target);
    return ok && sync_file(path, err);
}
