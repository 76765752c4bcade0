/*
 * One connection of a worker: the client's non-blocking calls as steps on the loop.
 *
 * A step is begun by a call of the client that either is complete at once or says what it
 * waits for on the socket; the loop then lets it go on until it is complete, and what was
 * named as following it is called.  The socket is watched for as long as the connection lives:
 * what can be read while no step is under way is the server closing it.
 *
 * The loop watches a duplicate of the client's descriptor: the client closes its own when a
 * read fails, and the number might be another socket's before we hear of it.
 */
#include "base/mem.h"
#include "db/mariadb/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_socket(struct loop_watch *watch, uint32_t events);

struct maria_conn *maria_conn_new(struct maria_worker *worker, MYSQL *my, size_t host,
                                  struct err *err)
{
    struct maria_conn *conn = mem_new(1, sizeof *conn);

    conn->worker = worker;
    conn->my = my;
    conn->host = host;
    conn->watch = (struct loop_watch){.fd = fcntl(mysql_get_socket(my), F_DUPFD_CLOEXEC, 0),
                                      .ready = on_socket,
                                      .owner = conn};
    conn->timer = (struct loop_timer){.fire = maria_overdue, .owner = conn};
    if (conn->watch.fd < 0)
        err_set(err, ERR_IO, "no descriptor for a connection: %s", strerror(errno));
    else if (loop_add(worker->loop, &conn->watch, EPOLLIN | EPOLLRDHUP, err))
        return conn;
    else
        close(conn->watch.fd);
    maria_conn_free(conn);
    return NULL;
}

void maria_conn_free(struct maria_conn *conn)
{
    maria_binds_done(&conn->params);
    maria_binds_done(&conn->columns);
    free(conn);
}

/* The client gives up a call that is under way when its connection is closed; statements lose
 * their connection thereby and are freed without a word to the server. */
void maria_conn_cut(struct maria_conn *conn)
{
    struct loop *loop = conn->worker->loop;

    if (conn->use == USE_CUT)
        return;
    conn->use = USE_CUT;
    conn->step = STEP_NONE;
    conn->ready = false;
    loop_timer_clear(loop, &conn->timer);
    loop_remove(loop, &conn->watch);
    shutdown(conn->watch.fd, SHUT_RDWR);
    close(conn->watch.fd);
    mysql_close(TAKE(conn->my));
    maria_prepared_free(conn);
}

bool maria_conn_is_quiet(const struct maria_conn *conn)
{
    char byte;

    return recv(conn->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/* ---- steps ---- */

static void watch_for(struct maria_conn *conn, bool writing)
{
    uint32_t events = EPOLLIN | EPOLLRDHUP | (writing ? EPOLLOUT : 0U);

    if (writing == conn->writing)
        return;
    conn->writing = writing;
    loop_change(conn->worker->loop, &conn->watch, events, NULL);
}

/* What a call of the client has said: 0 for complete. */
static void took(struct maria_conn *conn, int status)
{
    if ((status & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE)) == 0)
        conn->ready = true;
    watch_for(conn, (status & MYSQL_WAIT_WRITE) != 0);
}

static void begin(struct maria_conn *conn, enum maria_step step, maria_then *then)
{
    conn->step = step;
    conn->then = then;
    conn->code = 0;
}

void maria_query(struct maria_conn *conn, const char *sql, maria_then *then)
{
    begin(conn, STEP_QUERY, then);
    conn->stmt = NULL;
    took(conn, mysql_real_query_start(&conn->code, conn->my, sql, strlen(sql)));
}

void maria_ping(struct maria_conn *conn, maria_then *then)
{
    begin(conn, STEP_PING, then);
    conn->stmt = NULL;
    took(conn, mysql_ping_start(&conn->code, conn->my));
}

void maria_prepare(struct maria_conn *conn, MYSQL_STMT *stmt, const char *sql, maria_then *then)
{
    begin(conn, STEP_PREPARE, then);
    conn->stmt = stmt;
    took(conn, mysql_stmt_prepare_start(&conn->code, stmt, sql, strlen(sql)));
}

void maria_execute(struct maria_conn *conn, MYSQL_STMT *stmt, maria_then *then)
{
    begin(conn, STEP_EXECUTE, then);
    conn->stmt = stmt;
    took(conn, mysql_stmt_execute_start(&conn->code, stmt));
}

void maria_fetch(struct maria_conn *conn, maria_then *then)
{
    begin(conn, STEP_FETCH, then);
    took(conn, mysql_stmt_fetch_start(&conn->code, conn->stmt));
}

static int proceed(struct maria_conn *conn, int events)
{
    switch (conn->step) {
    case STEP_QUERY:
        return mysql_real_query_cont(&conn->code, conn->my, events);
    case STEP_PING:
        return mysql_ping_cont(&conn->code, conn->my, events);
    case STEP_PREPARE:
        return mysql_stmt_prepare_cont(&conn->code, conn->stmt, events);
    case STEP_EXECUTE:
        return mysql_stmt_execute_cont(&conn->code, conn->stmt, events);
    case STEP_FETCH:
        return mysql_stmt_fetch_cont(&conn->code, conn->stmt, events);
    case STEP_NONE:
        break;
    }
    return 0;
}

void maria_go(struct maria_conn *conn)
{
    while (conn->ready) {
        conn->ready = false;
        conn->step = STEP_NONE;
        conn->then(conn);
    }
}

static void on_socket(struct loop_watch *watch, uint32_t events)
{
    struct maria_conn *conn = watch->owner;
    struct maria_worker *worker = conn->worker;
    int came = ((events & EPOLLOUT) ? MYSQL_WAIT_WRITE : 0) |
               ((events & ~(uint32_t)EPOLLOUT) ? MYSQL_WAIT_READ : 0);

    if (conn->step == STEP_NONE) {
        maria_hung_up(conn);
    } else {
        took(conn, proceed(conn, came));
        maria_go(conn);
    }
    maria_flush(worker);
}
