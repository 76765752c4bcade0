/*
 * The client's non-blocking calls for threads that may block: they are waited for by poll(2),
 * under a deadline that the blocking ones do not have (a TLS connection has none at all, and
 * without TLS it is one for each read).
 */
#include "base/clock.h"
#include "db/mariadb/driver.h"

#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static int poll_time(uint64_t deadline)
{
    if (deadline == UINT64_MAX)
        return -1;

    uint64_t now = clock_monotonic();
    uint64_t left = deadline > now ? (deadline - now) / NS_PER_MS + 1 : 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

/* Returns the events that came.  When none does in time, the shut-down socket is what comes,
 * and the call that waits for it fails. */
static int wait_for(MYSQL *my, int status, uint64_t deadline)
{
    int events =
        ((status & MYSQL_WAIT_READ) ? POLLIN : 0) | ((status & MYSQL_WAIT_WRITE) ? POLLOUT : 0);
    struct pollfd socket = {.fd = mysql_get_socket(my), .events = (short)events};
    int got;

    do
        got = poll(&socket, 1, poll_time(deadline));
    while (got < 0);
    if (got == 0)
        shutdown(socket.fd, SHUT_RDWR);
    return status & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE);
}

int maria_block_query(MYSQL *my, const char *sql, uint64_t deadline)
{
    int code = 0;
    int status = mysql_real_query_start(&code, my, sql, strlen(sql));

    while (status != 0)
        status = mysql_real_query_cont(&code, my, wait_for(my, status, deadline));
    return code;
}

int maria_block_prepare(MYSQL_STMT *stmt, const char *sql, uint64_t deadline)
{
    int code = 0;
    int status = mysql_stmt_prepare_start(&code, stmt, sql, strlen(sql));

    while (status != 0)
        status = mysql_stmt_prepare_cont(&code, stmt, wait_for(stmt->mysql, status, deadline));
    return code;
}

int maria_block_execute(MYSQL_STMT *stmt, uint64_t deadline)
{
    int code = 0;
    int status = mysql_stmt_execute_start(&code, stmt);

    while (status != 0)
        status = mysql_stmt_execute_cont(&code, stmt, wait_for(stmt->mysql, status, deadline));
    return code;
}

int maria_block_fetch(MYSQL_STMT *stmt, uint64_t deadline)
{
    int code = 0;
    int status = mysql_stmt_fetch_start(&code, stmt);

    while (status != 0)
        status = mysql_stmt_fetch_cont(&code, stmt, wait_for(stmt->mysql, status, deadline));
    return code;
}

MYSQL_RES *maria_block_store(MYSQL *my, uint64_t deadline)
{
    MYSQL_RES *rows = NULL;
    int status = mysql_store_result_start(&rows, my);

    while (status != 0)
        status = mysql_store_result_cont(&rows, my, wait_for(my, status, deadline));
    return rows;
}

void maria_block_close(MYSQL_STMT *stmt, uint64_t deadline)
{
    MYSQL *my = stmt->mysql;
    my_bool failed;
    int status = mysql_stmt_close_start(&failed, stmt);

    while (status != 0)
        status = mysql_stmt_close_cont(&failed, stmt, wait_for(my, status, deadline));
}
