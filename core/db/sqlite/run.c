/* Running statements on a connection: prepared once, values in, rows out. */
#include "db/sqlite/driver.h"

static bool find_prepared(struct sqlite_conn *conn, const struct statement_set *set,
                          const struct statement *statement, sqlite3_stmt **ret_stmt,
                          struct err *err)
{
    void **place = db_prepared_find(&conn->prepared, set, statement->index, 0, ++conn->uses);
    sqlite3_stmt *stmt = *place;

    if (stmt == NULL && !sqlite_prepare(conn, statement->sql, true, &stmt, err))
        return false;
    *place = *ret_stmt = stmt;
    return true;
}

bool sqlite_step(struct sqlite_conn *conn, sqlite3_stmt *stmt, struct db_result *result,
                 struct db_names **shared, struct err *err)
{
    sqlite3_int64 before = sqlite3_total_changes64(conn->handle);

    sqlite3_set_last_insert_rowid(conn->handle, 0);
    int code = sqlite3_step(stmt);
    sqlite_read_columns(stmt, result, shared);
    for (; code == SQLITE_ROW; code = sqlite3_step(stmt))
        if (!sqlite_read_row(stmt, result, err))
            return false;
    if (code != SQLITE_DONE)
        return sqlite_step_error(conn, stmt, err);
    /* What changes no row leaves the count of the statement before it. */
    if (sqlite3_total_changes64(conn->handle) != before)
        result->affected = sqlite3_changes64(conn->handle);
    result->id = sqlite3_last_insert_rowid(conn->handle);
    return true;
}

static bool run_call(struct sqlite_conn *conn, const struct db_op *op, size_t index,
                     struct err *err)
{
    const struct db_call *call = &op->calls[index];
    const struct statement *statement = call->statement;
    sqlite3_stmt *stmt;
    bool ok = sqlite_in_time(conn, err) && find_prepared(conn, op->set, statement, &stmt, err);

    if (ok) {
        for (size_t i = 0; ok && i < statement->nslots; i++)
            ok = sqlite_bind(stmt, (int)i + 1, &call->args[statement->slots[i]], err);
        ok = ok && sqlite_step(conn, stmt, &op->results[index], db_op_names(op, index), err);
        sqlite3_reset(stmt);
        sqlite3_clear_bindings(stmt);
    }
    return ok || db_err_prefix(err, statement);
}

bool sqlite_run_calls(struct sqlite_conn *conn, struct db_op *op, uint64_t deadline,
                      struct err *err)
{
    bool ok = true;

    conn->op = op;
    conn->deadline = deadline;
    for (size_t i = 0; ok && i < op->ncalls; i++)
        ok = run_call(conn, op, i, err);
    conn->op = NULL;
    return ok;
}

bool sqlite_run_op(struct sqlite_conn *conn, struct db_op *op, uint64_t deadline,
                   bool savepoint)
{
    struct err err;

    op->ok = (!savepoint || sqlite_control(conn, CONTROL_SAVEPOINT, &err)) &&
             sqlite_run_calls(conn, op, deadline, &err);
    if (!op->ok)
        db_op_fail(op, &err);
    if (savepoint && sqlite_in_transaction(conn)) {
        bool kept = op->ok || sqlite_control(conn, CONTROL_ROLLBACK_TO, NULL);
        if (!kept || !sqlite_control(conn, CONTROL_RELEASE, NULL))
            sqlite_rollback(conn); /* half an operation must not be committed */
    }
    if (sqlite_in_transaction(conn))
        return true;
    if (op->ok) {
        err_set(&err, ERR_IO, "the transaction was lost");
        db_op_fail(op, &err);
    }
    return false;
}
