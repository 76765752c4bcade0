/*
 * The SQLite driver: its table, opening and closing, and the way of an operation from a
 * worker into a queue and back.  Threads and ownership are described in the private header.
 */
#include "db/sqlite/driver.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "db/sqlite/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_QUEUE = 1000000 };

static bool check_url(const struct url *url, struct err *err)
{
    if (url->hosts != NULL || url->user != NULL || url->path[0] != '/' || url->path[1] == '\0')
        return err_set(err, ERR_INPUT,
                       "a SQLite URL has three slashes and a path: sqlite:///path/file.db");
    for (size_t i = 0; i < url->noptions; i++)
        if (strcmp(url->options[i].name, "queue") != 0)
            return err_set(err, ERR_INPUT, "SQLite has no option '%s'; there is: queue",
                           url->options[i].name);
    return true;
}

#define OTHER_ACCOUNT ": run this as the account that owns its folder"

/* Made here for its mode, which the files beside it inherit.  One that exists is not even
 * opened: closing it would drop the locks that this process may hold on it. */
static bool create_file(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0)
        close(fd);
    else if (errno == ENOENT || errno == ENOTDIR)
        return err_set(err, ERR_IO, "the folder '%.*s' of the database does not exist",
                       (int)(strrchr(path, '/') - path), path);
    else if (errno != EEXIST)
        return err_set(err, ERR_IO, "cannot create the database '%s': %s%s", path,
                       strerror(errno), errno == EACCES ? OTHER_ACCOUNT : "");
    return true;
}

static bool sqlite_find(const struct url *url, struct err *err)
{
    if (!check_url(url, err))
        return false;
    if (access(url->path, F_OK) == 0)
        return true;
    if (errno == EACCES)
        return err_set(err, ERR_IO, "cannot look for the database '%s': %s%s", url->path,
                       strerror(errno), OTHER_ACCOUNT);
    return err_set(err, ERR_STATE,
                   "there is no database '%s' (--data or --database names another; `serve` and "
                   "`migrate` make one)",
                   url->path);
}

static bool use_wal(struct sqlite_conn *conn, struct err *err)
{
    struct db_result result = {0};
    sqlite3_stmt *stmt;

    if (!sqlite_prepare(conn, "PRAGMA journal_mode=WAL", false, &stmt, err))
        return false;
    bool ok = sqlite_step(conn, stmt, &result, NULL, err);
    sqlite3_finalize(stmt);
    if (ok && (result.nrows != 1 || result.cells[0].type != DB_TEXT ||
               strcmp(result.cells[0].bytes.data, "wal") != 0))
        ok = err_set(err, ERR_IO,
                     "its file system allows no write-ahead log (a network share?)");
    db_result_done(&result);
    return ok;
}

/* Processes that make a new database at the same time are in each other's way for a moment, and
 * what makes it a write-ahead one waits for nobody, whatever the busy timeout. */
static bool is_in_the_way(const struct sqlite_conn *conn, const struct err *err)
{
    int code = conn ? sqlite3_errcode(conn->handle) & 0xff : SQLITE_OK;

    return err->kind == ERR_CONFLICT || code == SQLITE_IOERR;
}

static bool open_writer(struct sqlite_db *db, struct err *err)
{
    uint64_t until = clock_monotonic() + SQLITE_BUSY_MS * NS_PER_MS;

    while (!sqlite_conn_open(db->path, true, &db->conn, err) || !use_wal(db->conn, err)) {
        bool again = is_in_the_way(db->conn, err) && clock_monotonic() < until;
        sqlite_conn_close(TAKE(db->conn));
        if (!again)
            return false;
        usleep(10000);
    }
    return true;
}

static void sqlite_close(struct db *base)
{
    struct sqlite_db *db = sqlite_of(base);

    sqlite_writer_stop(db);
    if (db->conn != NULL)
        sqlite3_wal_checkpoint_v2(db->conn->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                  NULL);
    sqlite_conn_close(db->conn);
    sqlite_queue_done(&db->writes);
    pthread_mutex_destroy(&db->health_lock);
    sqlite_files_done(db);
    free(db->path);
    free(db);
}

/* Nobody asks how much memory SQLite has, and to count it takes a lock for every block. */
static void count_no_memory(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static bool sqlite_open(const struct url *url, struct db **ret_db, struct err *err)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    size_t limit = LIMIT_DB_QUEUE;

    if (!check_url(url, err) || !db_url_number(url, "queue", MAX_QUEUE, &limit, err) ||
        !create_file(url->path, err))
        return false;

    pthread_once(&configured, count_no_memory);
    struct sqlite_db *db = mem_new(1, sizeof *db);
    db->path = mem_text(url->path);
    sqlite_queue_init(&db->writes, limit);
    pthread_mutex_init(&db->health_lock, NULL);
    bool good = open_writer(db, err) && sqlite_can_write(db, err);
    sqlite_files_note(db);
    if (!good || !sqlite_writer_start(db, err)) {
        sqlite_close(&db->base);
        return err_prefix(err, "database '%s'", url->path);
    }
    *ret_db = &db->base;
    return true;
}

static void worker_free(struct sqlite_worker *worker)
{
    sqlite_readers_stop(worker);
    sqlite_queue_done(&worker->reads);
    pthread_cond_destroy(&worker->idle);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}

/* Each read may be a long one: no other is to wait behind it while a reader sleeps. */
static void wake_readers(struct loop_timer *timer)
{
    struct sqlite_worker *worker = timer->owner;
    size_t gathered = worker->gathered;

    worker->gathered = 0;
    sqlite_queue_wake(&worker->reads, gathered < SQLITE_READERS ? gathered : SQLITE_READERS);
}

static bool sqlite_attach(struct db *base, struct loop *loop, struct db_worker **ret_worker,
                          struct err *err)
{
    struct sqlite_worker *worker = mem_new(1, sizeof *worker);

    worker->base.db = base;
    worker->loop = loop;
    worker->wake = (struct loop_timer){.fire = wake_readers, .owner = worker};
    sqlite_queue_init(&worker->reads, sqlite_of(base)->writes.limit);
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->idle, NULL);
    if (!sqlite_readers_start(worker, err)) {
        worker_free(worker);
        return false;
    }
    *ret_worker = &worker->base;
    return true;
}

static void sqlite_detach(struct db_worker *base)
{
    struct sqlite_worker *worker = (struct sqlite_worker *)(void *)base;

    loop_timer_clear(worker->loop, &worker->wake);
    wake_readers(&worker->wake);
    pthread_mutex_lock(&worker->lock);
    while (worker->pending > 0)
        pthread_cond_wait(&worker->idle, &worker->lock);
    pthread_mutex_unlock(&worker->lock);
    worker_free(worker);
}

static void count_pending(struct sqlite_worker *worker, bool more)
{
    pthread_mutex_lock(&worker->lock);
    worker->pending += more ? 1 : (size_t)-1;
    pthread_mutex_unlock(&worker->lock);
    __atomic_fetch_add(&sqlite_of(worker->base.db)->pending, more ? 1 : (size_t)-1,
                       __ATOMIC_RELAXED);
}

/* A busy reader takes it by itself; those that sleep are woken once a turn. */
static bool add_read(struct sqlite_worker *worker, struct db_op *op, struct err *err)
{
    if (!sqlite_queue_add(&worker->reads, op, err))
        return false;
    if (worker->gathered++ == 0)
        loop_timer_set(worker->loop, &worker->wake, loop_now(worker->loop));
    return true;
}

static bool add_write(struct sqlite_queue *writes, struct db_op *op, struct err *err)
{
    if (!sqlite_queue_add(writes, op, err))
        return false;
    sqlite_queue_wake(writes, 1);
    return true;
}

/* Counted before a thread of the driver can see it. */
static bool sqlite_submit(struct db_worker *base, struct db_op *op, struct err *err)
{
    struct sqlite_worker *worker = (struct sqlite_worker *)(void *)base;
    bool write = op->verb == DB_BEGIN || op->verb == DB_CHECKPOINT || db_op_writes(op);

    count_pending(worker, true);
    if (op->tx != NULL) {
        sqlite_tx_submit(op);
    } else if (write ? !add_write(&sqlite_of(base->db)->writes, op, err)
                     : !add_read(worker, op, err)) {
        count_pending(worker, false);
        return false;
    }
    return true;
}

static void sqlite_cancel(struct db_worker *worker, struct db_op *op)
{
    (void)worker;
    __atomic_store_n(&op->cancelled, 1, __ATOMIC_RELAXED);
}

static void sqlite_abandon(struct db_worker *worker, struct db_tx *tx)
{
    (void)worker;
    sqlite_tx_abandon(tx);
}

static void sqlite_measure(struct db *base)
{
    struct sqlite_db *db = sqlite_of(base);

    metric_record(METRIC_GAUGE, "tc_db_waiting", (struct metric_label[]){{"worker", "all"}}, 1,
                  (double)__atomic_load_n(&db->pending, __ATOMIC_RELAXED));
}

const struct db_driver sqlite_driver = {
    .dialect = &sqlite_dialect,
    .table_end = ")",
    .begin = "BEGIN IMMEDIATE",
    .checkpoints = true,
    .has_table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?",
    .open = sqlite_open,
    .find = sqlite_find,
    .close = sqlite_close,
    .attach = sqlite_attach,
    .detach = sqlite_detach,
    .submit = sqlite_submit,
    .well = sqlite_well,
    .measure = sqlite_measure,
    .cancel = sqlite_cancel,
    .abandon = sqlite_abandon,
    .session_open = sqlite_session_open,
    .session_run = sqlite_session_run,
    .session_check = sqlite_session_check,
    .session_close = sqlite_session_close,
    .session_snapshot = sqlite_session_snapshot,
    .session_query = sqlite_session_query,
    .session_row = sqlite_session_row,
    .session_backup = sqlite_session_backup,
    .session_copy = sqlite_session_copy,
};
