/*
 * Sessions: a connection of the caller's own, used by one thread, whose calls block for as
 * long as the server takes; a schema change on a large table takes long.
 */
#include "db/mariadb/session.h"

#include "base/mem.h"
#include "db/mariadb/error.h"
#include "db/mariadb/mariadb.h"
#include "db/sql_lexer.h"

#include <mysqld_error.h>
#include <stdlib.h>
#include <string.h>

bool maria_session_open(struct db *base, struct db_session **ret_session, struct err *err)
{
    struct maria_db *db = maria_of(base);
    size_t host = 0;
    MYSQL *my;

    if (!maria_hosts_connect(&db->hosts, (struct maria_wants){0}, NULL, &my, &host, err))
        return false;

    struct db_session *session = mem_new(1, sizeof *session);
    session->db = db;
    session->step.my = my;
    *ret_session = session;
    return true;
}

void maria_session_close(struct db_session *session)
{
    if (session == NULL)
        return;
    mysql_close(session->step.my);
    maria_binds_done(&session->params);
    maria_binds_done(&session->columns);
    free(session);
}

static bool failure(struct db_session *session, MYSQL_STMT *stmt, bool preparing,
                    struct err *err)
{
    maria_failure(session->step.my, stmt, preparing, err);
    return false;
}

/* Until the step is complete, however long that takes; its code. */
static int finish(struct db_session *session, int waits_for)
{
    return maria_step_wait(&session->step, waits_for, UINT64_MAX);
}

/* What the server does not prepare, as the text it is; its rows, if any, are not for us. */
static bool run_text(struct db_session *session, const char *sql, struct db_result *result,
                     struct err *err)
{
    struct maria_step *step = &session->step;

    if (finish(session, maria_step_query(step, sql)) != 0)
        return failure(session, NULL, true, err);
    if (mysql_field_count(step->my) == 0) {
        result->affected = (int64_t)mysql_affected_rows(step->my);
        return true;
    }
    finish(session, maria_step_store(step));
    mysql_free_result(step->rows);
    return true;
}

static bool fetch_all(struct db_session *session, MYSQL_STMT *stmt, struct db_result *result,
                      struct err *err)
{
    int code;

    if (mysql_stmt_field_count(stmt) == 0) {
        maria_read_changes(stmt, result);
        return true;
    }
    if (!maria_bind_result(stmt, &session->columns, result, NULL, err))
        return false;
    while ((code = finish(session, maria_step_fetch(&session->step))) == 0)
        if (!maria_read_row(stmt, &session->columns, result, err))
            return false;
    return code == MYSQL_NO_DATA || failure(session, stmt, false, err);
}

static bool run_prepared(struct db_session *session, MYSQL_STMT *stmt, const char *sql,
                         const struct db_value *args, size_t nargs, struct db_result *result,
                         struct err *err)
{
    if (finish(session, maria_step_prepare(&session->step, stmt, sql)) != 0) {
        unsigned code = mysql_stmt_errno(stmt);
        if (nargs == 0 &&
            (code == ER_UNSUPPORTED_PS || code == ER_MAX_PREPARED_STMT_COUNT_REACHED))
            return run_text(session, sql, result, err);
        return failure(session, stmt, true, err);
    }
    if (!maria_bind(stmt, &session->params, args, NULL, nargs, err))
        return false;
    if (finish(session, maria_step_execute(&session->step, stmt)) != 0)
        return failure(session, stmt, nargs == 0, err);
    return fetch_all(session, stmt, result, err);
}

bool maria_session_run(struct db_session *session, const char *sql, const struct db_value *args,
                       size_t nargs, struct db_result *ret_result, struct err *err)
{
    struct db_result result = {0};
    MYSQL_STMT *stmt = mysql_stmt_init(session->step.my);

    if (stmt == NULL)
        return err_set(err, ERR_IO, "no memory for a statement");
    bool ok = run_prepared(session, stmt, sql, args, nargs, &result, err);
    finish(session, maria_step_close(&session->step, stmt));
    if (ok && ret_result != NULL)
        *ret_result = result;
    else
        db_result_done(&result);
    return ok;
}

/* ---- checking named statements ---- */

/* A statement of the application runs between the driver's own and must leave a connection as
 * it has found it: it reads or changes rows, and nothing else. */
static bool check_verb(const char *sql, struct err *err)
{
    static const char *const verbs[] = {"SELECT", "WITH",   "VALUES",  "INSERT",
                                        "UPDATE", "DELETE", "REPLACE", "EXPLAIN"};
    struct sql_lexer lexer;
    struct sql_token token;

    sql_lexer_init(&lexer, slice_of(sql), &mariadb_dialect);
    while (sql_lexer_next(&lexer, &token) && token.kind != SQL_WORD)
        continue;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (sql_token_is(&token, verbs[i]))
            return true;
    return err_set(err, ERR_INPUT,
                   "%.*s: a named statement reads or changes rows (SELECT, INSERT, UPDATE, "
                   "DELETE, REPLACE, WITH, VALUES, EXPLAIN)",
                   (int)token.text.len, token.text.data);
}

/* "… near 'x' at line 3" */
static int line_of_failure(const char *text)
{
    static const char before[] = " at line ";
    const char *last = NULL;

    for (const char *at = text; (at = strstr(at, before)) != NULL; at++)
        last = at + strlen(before);
    return last != NULL ? (int)strtol(last, NULL, 10) : 0;
}

bool maria_session_check(struct db_session *session, const char *sql, int *ret_line,
                         struct err *err)
{
    if (!check_verb(sql, err))
        return false;

    MYSQL_STMT *stmt = mysql_stmt_init(session->step.my);
    if (stmt == NULL)
        return err_set(err, ERR_IO, "no memory for a statement");
    bool ok = finish(session, maria_step_prepare(&session->step, stmt, sql)) == 0;
    if (!ok) {
        *ret_line = line_of_failure(mysql_stmt_error(stmt));
        failure(session, stmt, true, err);
    }
    finish(session, maria_step_close(&session->step, stmt));
    return ok;
}
