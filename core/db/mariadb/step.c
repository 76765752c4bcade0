/* The client's non-blocking calls; see the header. */
#include "db/mariadb/step.h"

#include "base/clock.h"

#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static void begin(struct maria_step *step, enum maria_call call, MYSQL_STMT *stmt)
{
    step->call = call;
    step->stmt = stmt;
    step->code = 0;
}

int maria_step_query(struct maria_step *step, const char *sql)
{
    begin(step, CALL_QUERY, NULL);
    return mysql_real_query_start(&step->code, step->my, sql, strlen(sql));
}

int maria_step_store(struct maria_step *step)
{
    begin(step, CALL_STORE, NULL);
    return mysql_store_result_start(&step->rows, step->my);
}

int maria_step_ping(struct maria_step *step)
{
    begin(step, CALL_PING, NULL);
    return mysql_ping_start(&step->code, step->my);
}

int maria_step_prepare(struct maria_step *step, MYSQL_STMT *stmt, const char *sql)
{
    begin(step, CALL_PREPARE, stmt);
    return mysql_stmt_prepare_start(&step->code, stmt, sql, strlen(sql));
}

int maria_step_execute(struct maria_step *step, MYSQL_STMT *stmt)
{
    begin(step, CALL_EXECUTE, stmt);
    return mysql_stmt_execute_start(&step->code, stmt);
}

int maria_step_fetch(struct maria_step *step)
{
    step->call = CALL_FETCH;
    return mysql_stmt_fetch_start(&step->code, step->stmt);
}

int maria_step_close(struct maria_step *step, MYSQL_STMT *stmt)
{
    begin(step, CALL_CLOSE, stmt);
    return mysql_stmt_close_start(&step->failed, stmt);
}

int maria_step_continue(struct maria_step *step, int came)
{
    switch (step->call) {
    case CALL_QUERY:
        return mysql_real_query_cont(&step->code, step->my, came);
    case CALL_STORE:
        return mysql_store_result_cont(&step->rows, step->my, came);
    case CALL_PING:
        return mysql_ping_cont(&step->code, step->my, came);
    case CALL_PREPARE:
        return mysql_stmt_prepare_cont(&step->code, step->stmt, came);
    case CALL_EXECUTE:
        return mysql_stmt_execute_cont(&step->code, step->stmt, came);
    case CALL_FETCH:
        return mysql_stmt_fetch_cont(&step->code, step->stmt, came);
    case CALL_CLOSE:
        return mysql_stmt_close_cont(&step->failed, step->stmt, came);
    case CALL_NONE:
        break;
    }
    return 0;
}

/* ---- for threads that may block ---- */

static int poll_time(uint64_t deadline)
{
    if (deadline == UINT64_MAX)
        return -1;

    uint64_t now = clock_monotonic();
    uint64_t left = deadline > now ? (deadline - now) / NS_PER_MS + 1 : 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

int maria_step_wait(struct maria_step *step, int waits_for, uint64_t deadline)
{
    while ((waits_for & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE)) != 0) {
        int events = ((waits_for & MYSQL_WAIT_READ) ? POLLIN : 0) |
                     ((waits_for & MYSQL_WAIT_WRITE) ? POLLOUT : 0);
        struct pollfd socket = {.fd = mysql_get_socket(step->my), .events = (short)events};
        int got = poll(&socket, 1, poll_time(deadline));
        if (got < 0)
            continue;
        if (got == 0) /* the shut-down socket is what comes, and what waits for it fails */
            shutdown(socket.fd, SHUT_RDWR);
        waits_for = maria_step_continue(step, waits_for);
    }
    return step->code;
}
