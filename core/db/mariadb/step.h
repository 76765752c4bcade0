/*
 * One call of the client's non-blocking interface: begun, gone on with whenever what it waits
 * for has come, and then complete.
 *
 * Beginning and going on return what it waits for (MYSQL_WAIT_READ, MYSQL_WAIT_WRITE) or 0 when
 * it is complete and `code` says how, as the client's own call would: 0 is success.  One step
 * at a time for each connection; whether a loop waits (conn.c) or a thread (below) is the
 * caller's.
 */
#pragma once

#include <mysql.h>
#include <stdbool.h>
#include <stdint.h>

enum maria_call {
    CALL_NONE,
    CALL_QUERY,
    CALL_STORE,
    CALL_PREPARE,
    CALL_EXECUTE,
    CALL_FETCH,
    CALL_CLOSE,
    CALL_PING
};

struct maria_step {
    MYSQL *my;
    MYSQL_STMT *stmt; /* of the statement's calls */
    enum maria_call call;
    int code;
    my_bool failed;
    MYSQL_RES *rows; /* CALL_STORE's */
};

int maria_step_query(struct maria_step *step, const char *sql);
int maria_step_store(struct maria_step *step);
int maria_step_ping(struct maria_step *step);
int maria_step_prepare(struct maria_step *step, MYSQL_STMT *stmt, const char *sql);
int maria_step_execute(struct maria_step *step, MYSQL_STMT *stmt);
int maria_step_fetch(struct maria_step *step); /* a row of what was executed */
int maria_step_close(struct maria_step *step, MYSQL_STMT *stmt);
int maria_step_continue(struct maria_step *step, int came);

/* Waits by poll(2) until the step is complete, and returns its code.  Past the deadline the
 * connection is shut down and it fails; the client's blocking calls know no such thing (a TLS
 * connection has none at all, and without TLS it is one for each read). */
int maria_step_wait(struct maria_step *step, int waits_for, uint64_t deadline);
