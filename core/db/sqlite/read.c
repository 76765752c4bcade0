/* The reader threads of a worker: whatever only reads, each with a connection of its own. */
#include "db/sqlite/driver.h"

/* Several calls see one state of the database, as they would in a transaction. */
static void run(struct sqlite_conn *conn, struct db_op *op)
{
    bool several = op->ncalls > 1;
    struct err err;

    if (db_op_is_late(op))
        return;
    op->ok = (!several || sqlite_control(conn, CONTROL_READ, &err)) &&
             sqlite_run_calls(conn, op, op->deadline, &err);
    if (!op->ok)
        db_op_fail(op, &err);
    sqlite_rollback(conn);
}

static void *reader_main(void *owner)
{
    struct sqlite_reader *reader = owner;
    struct db_op *op;

    while (sqlite_queue_take(&reader->worker->reads, &op, 1, 0, NULL) > 0) {
        run(reader->conn, op);
        sqlite_finish(op);
    }
    return NULL;
}

bool sqlite_readers_start(struct sqlite_worker *worker, struct err *err)
{
    const struct sqlite_db *db = sqlite_of(worker->base.db);

    while (worker->nreaders < SQLITE_READERS) {
        struct sqlite_reader *reader = &worker->readers[worker->nreaders];
        reader->worker = worker;
        if (!sqlite_conn_open(db->path, false, &reader->conn, err))
            return err_prefix(err, "database '%s'", db->path);
        if (pthread_create(&reader->thread, NULL, reader_main, reader) != 0) {
            sqlite_conn_close(reader->conn);
            return err_set(err, ERR_IO, "cannot start a thread for the database");
        }
        pthread_setname_np(reader->thread, "db-read");
        worker->nreaders++;
    }
    return true;
}

void sqlite_readers_stop(struct sqlite_worker *worker)
{
    sqlite_queue_close(&worker->reads);
    for (size_t i = 0; i < worker->nreaders; i++) {
        pthread_join(worker->readers[i].thread, NULL);
        sqlite_conn_close(worker->readers[i].conn);
    }
    worker->nreaders = 0;
}
