/*
 * The writer thread: it takes all writes that are waiting and makes one commit of them, so
 * that one wait for the disk serves many.  Each operation has a savepoint, and so succeeds or
 * fails by itself; when the commit fails, all do.
 *
 * SQLite rolls back a whole transaction when it interrupts a write in it (a deadline, a full
 * disk).  Then the one that caused it is answered, and the others are run again without it.
 */
#include "base/limits.h"
#include "db/sqlite/driver.h"

#include <string.h>

static void fail_all(struct db_op **ops, size_t count, const struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct err own = *err;
        if (ops[i]->ncalls > 0)
            db_err_prefix(&own, ops[i]->calls[0].statement);
        db_op_fail(ops[i], &own);
    }
}

/* The index of the operation that took the transaction with it, else count. */
static size_t run_all(struct sqlite_conn *conn, struct db_op **ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < ops[i]->ncalls; k++)
            db_result_done(&ops[i]->results[k]);
        if (!sqlite_run_op(conn, ops[i], ops[i]->deadline, count > 1))
            return i;
    }
    return count;
}

/* Nothing to commit is no failure; *ret_any tells. */
static bool commit(struct sqlite_conn *conn, struct db_op **ops, size_t count, bool *ret_any,
                   struct err *err)
{
    bool any = false;

    for (size_t i = 0; i < count; i++)
        any |= ops[i]->ok;
    bool ok = !any || sqlite_control(conn, CONTROL_COMMIT, err);
    sqlite_rollback(conn); /* what was not committed */
    *ret_any = any;
    return ok || err_prefix(err, "the commit failed");
}

static void write_group(struct sqlite_db *db, struct db_op **ops, size_t count)
{
    struct sqlite_conn *conn = db->conn;
    struct err err;
    size_t lost = 0;
    bool committed = false;

    while (count > 0) {
        if (!sqlite_control(conn, CONTROL_BEGIN, &err)) {
            fail_all(ops, count, &err);
            break;
        }
        lost = run_all(conn, ops, count);
        if (lost == count) {
            if (!commit(conn, ops, count, &committed, &err)) {
                fail_all(ops, count, &err);
                committed = false;
            }
            break;
        }
        sqlite_finish(ops[lost]);
        memmove(&ops[lost], &ops[lost + 1], (count - lost - 1) * sizeof *ops);
        count--;
    }
    sqlite_wrote(db, committed); /* before anybody hears of it */
    for (size_t i = 0; i < count; i++)
        sqlite_finish(ops[i]);
}

static size_t drop_expired(struct db_op **ops, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (db_op_is_late(ops[i]))
            sqlite_finish(ops[i]);
        else
            ops[kept++] = ops[i];
    }
    return kept;
}

/* Puts what the write-ahead log holds into the file and empties the log.  Somebody who reads an
 * older state is in its way: then it is for another time. */
static void checkpoint(struct sqlite_conn *conn, struct db_op *op)
{
    struct err err;

    sqlite3_busy_timeout(conn->handle, SQLITE_CHECKPOINT_MS);
    op->ok = sqlite3_wal_checkpoint_v2(conn->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                       NULL) == SQLITE_OK ||
             sqlite_error(conn, &err);
    sqlite3_busy_timeout(conn->handle, SQLITE_BUSY_MS);
    if (!op->ok)
        db_op_fail(op, &err);
    sqlite_finish(op);
}

static void serve(struct sqlite_db *db, struct db_op **ops, size_t count)
{
    struct err err;

    if (!sqlite_files_are_there(db, &err)) {
        fail_all(ops, count, &err);
        for (size_t i = 0; i < count; i++)
            sqlite_finish(ops[i]);
    } else if (ops[0]->verb == DB_BEGIN) {
        sqlite_tx_serve(db, ops[0]);
    } else if (ops[0]->verb == DB_CHECKPOINT) {
        checkpoint(db->conn, ops[0]);
    } else {
        write_group(db, ops, count);
    }
}

static void *writer_main(void *owner)
{
    struct sqlite_db *db = owner;
    struct db_op *ops[LIMIT_DB_GROUP];

    for (bool idle = false;; idle = false) {
        size_t count =
            sqlite_queue_take(&db->writes, ops, LIMIT_DB_GROUP, SQLITE_LOOK_MS, &idle);
        if (idle)
            sqlite_look(db);
        else if (count == 0)
            return NULL;
        count = drop_expired(ops, count);
        if (count > 0)
            serve(db, ops, count);
    }
}

bool sqlite_writer_start(struct sqlite_db *db, struct err *err)
{
    if (pthread_create(&db->writer, NULL, writer_main, db) != 0)
        return err_set(err, ERR_IO, "cannot start a thread for the database");
    pthread_setname_np(db->writer, "db-write");
    db->writing = true;
    return true;
}

void sqlite_writer_stop(struct sqlite_db *db)
{
    if (!db->writing)
        return;
    sqlite_queue_close(&db->writes);
    pthread_join(db->writer, NULL);
    db->writing = false;
}
