/*
 * Sessions, and the lease that one may hold: a connection of the caller's own, used by one
 * thread, whose calls block for as long as the server takes.
 */
#pragma once

#include "db/mariadb/shared.h"
#include "db/mariadb/step.h"
#include "db/mariadb/value.h"

/* Letters that differ, and blanks at the end, are different keys, whatever the database's own
 * collation is. */
#define MARIA_TABLE_END                                                                        \
    ") ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin"

struct maria_lease; /* renewed by a thread on a connection of its own */

struct db_session {
    struct maria_db *db; /* NULL: a guest */
    struct maria_step step;
    struct maria_binds params, columns;
    MYSQL_STMT *query;         /* whose rows are being read, or NULL */
    struct maria_lease *lease; /* or NULL */
};

/* As struct db_driver says; closing leaves lease and query alone. */
bool maria_session_open(struct db *db, struct db_session **ret_session, struct err *err);
bool maria_session_run(struct db_session *session, const char *sql, const struct db_value *args,
                       size_t nargs, struct db_result *ret_result, struct err *err);
bool maria_session_check(struct db_session *session, const char *sql, int *ret_line,
                         struct err *err);
void maria_session_close(struct db_session *session);

/* ---- cursor.c ---- */

bool maria_session_guest(const struct url *url, struct db_session **ret_session,
                         struct err *err);
bool maria_session_snapshot(struct db_session *session, struct err *err);
bool maria_session_query(struct db_session *session, const char *sql, struct err *err);
bool maria_session_row(struct db_session *session, struct db_result *ret_row, bool *ret_there,
                       struct err *err);
/* Before it is closed: a query whose rows were not all read, if there is one. */
void maria_session_drop_query(struct db_session *session);

/* ---- lease.c ---- */

bool maria_session_lock(struct db_session *session, const char *name, struct err *err);
bool maria_session_unlock(struct db_session *session, struct err *err); /* if it is locked */
