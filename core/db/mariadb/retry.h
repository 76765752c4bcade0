/*
 * What becomes of an operation that did not go well: its answer, or another try.
 *
 * Another try is safe where the server surely has not done it: it said so, or the connection
 * was over before the statement was sent, or what was done was not committed.  A write whose
 * connection is lost while it runs is not tried again: its caller is told that nobody knows.
 * One that was cut off because it took too long has no time for another; those that it shared
 * an execution with may have.
 */
#pragma once

#include "db/mariadb/conn.h"

enum { MARIA_TRIES = 6 }; /* of one operation */

enum maria_verdict {
    VERDICT_ANSWER,    /* its error is the operation's answer */
    VERDICT_HERE,      /* again, on the same connection */
    VERDICT_REST,      /* again after a rest: those who met in a deadlock would meet again */
    VERDICT_ELSEWHERE, /* again, on another connection */
    VERDICT_APART,     /* all that shared the execution again, each by itself */
    VERDICT_REOPEN,    /* again in its transaction, which is opened anew */
    VERDICT_TX_OVER    /* its answer, and its transaction is rolled back */
};

struct maria_case {
    const struct maria_answer *answer;
    const struct db_op *op;
    bool inside;    /* an interactive transaction … */
    bool untouched; /* … in which nothing has ended yet */
    bool known;     /* that this server only reads, and there is no other */
    uint64_t now;
};

enum maria_verdict maria_judge(const struct maria_case *matter);
