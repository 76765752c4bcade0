/*
 * Reading much: rows one by one as the server sends them, of one moment, also from a server
 * that is somebody else's.
 */
#include "base/mem.h"
#include "db/mariadb/error.h"
#include "db/mariadb/session.h"

#include <stdlib.h>
#include <sys/socket.h>

bool maria_session_guest(const struct url *url, struct db_session **ret_session,
                         struct err *err)
{
    struct maria_place place;
    MYSQL *my;

    if (!maria_place_read(url, &place, err))
        return false;
    mysql_library_init(0, NULL, NULL); /* the database here may be another driver's */
    bool ok = maria_connect_guest(&place, &place.hosts[0], &my, err);
    maria_place_done(&place);
    if (!ok)
        return false;

    struct db_session *session = mem_new(1, sizeof *session);
    session->step.my = my;
    *ret_session = session;
    return true;
}

/* Whatever the server's own isolation is. */
bool maria_session_snapshot(struct db_session *session, struct err *err)
{
    return maria_session_run(session, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", NULL,
                             0, NULL, err) &&
           maria_session_run(session, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
                             NULL, 0, NULL, err);
}

static int finish(struct db_session *session, int waits_for)
{
    return maria_step_wait(&session->step, waits_for, UINT64_MAX);
}

static void end_query(struct db_session *session)
{
    if (session->query != NULL)
        finish(session, maria_step_close(&session->step, TAKE(session->query)));
}

/* The connection is of no use any more: the client would read the rest of the rows first. */
void maria_session_drop_query(struct db_session *session)
{
    if (session->query != NULL)
        shutdown(mysql_get_socket(session->step.my), SHUT_RDWR);
    end_query(session);
}

static bool failure(struct db_session *session, struct err *err)
{
    maria_failure(session->step.my, session->query, true, err);
    end_query(session);
    return false;
}

bool maria_session_query(struct db_session *session, const char *sql, struct err *err)
{
    end_query(session);
    session->query = mysql_stmt_init(session->step.my);
    if (session->query == NULL)
        return err_set(err, ERR_IO, "no memory for a statement");
    return (finish(session, maria_step_prepare(&session->step, session->query, sql)) == 0 &&
            finish(session, maria_step_execute(&session->step, session->query)) == 0) ||
           failure(session, err);
}

bool maria_session_row(struct db_session *session, struct db_result *ret_row, bool *ret_there,
                       struct err *err)
{
    MYSQL_STMT *query = session->query;

    *ret_there = false;
    db_result_clear(ret_row);
    if (query == NULL)
        return true;
    if (ret_row->ncolumns == 0 &&
        !maria_bind_result(query, &session->columns, ret_row, NULL, err))
        return false;
    int code = finish(session, maria_step_fetch(&session->step));
    if (code == MYSQL_NO_DATA) {
        end_query(session);
        return true;
    }
    *ret_there = code == 0;
    return code == 0 ? maria_read_row(query, &session->columns, ret_row, err)
                     : failure(session, err);
}
