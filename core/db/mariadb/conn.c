/*
 * A connection on a loop: one function a state; see the header.
 *
 * The socket is watched for as long as the connection lives: what can be read while it is idle
 * is the server closing it.  The loop watches a duplicate of the client's descriptor: the
 * client closes its own when a read fails, and the number might be another socket's before we
 * hear of it.
 */
#include "db/mariadb/conn.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- life ---- */

static void on_socket(struct loop_watch *watch, uint32_t events);
static void on_overdue(struct loop_timer *timer);

/* A write of a few bytes to which the server says nothing.  Where even that would wait, the
 * connection is no good. */
static bool say_closed(void *prepared)
{
    my_bool failed = 0;

    return mysql_stmt_close_start(&failed, prepared) == 0 && !failed;
}

static bool free_quietly(void *prepared)
{
    mysql_stmt_close(prepared);
    return true;
}

bool maria_conn_open(struct loop *loop, MYSQL *my, void (*changed)(struct maria_conn *conn),
                     void *owner, struct maria_conn **ret_conn, struct err *err)
{
    struct maria_conn *conn = mem_new(1, sizeof *conn);
    int fd = fcntl(mysql_get_socket(my), F_DUPFD_CLOEXEC, 0);

    conn->loop = loop;
    conn->step.my = my;
    conn->changed = changed;
    conn->owner = owner;
    conn->prepared = (struct db_prepared){.close = say_closed, .variants = VARIANT_COUNT};
    conn->timer = (struct loop_timer){.fire = on_overdue, .owner = conn};
    conn->watch = (struct loop_watch){.fd = fd, .ready = on_socket, .owner = conn};
    if (fd < 0)
        err_set(err, ERR_IO, "no descriptor for a connection: %s", strerror(errno));
    else if (loop_add(loop, &conn->watch, EPOLLIN | EPOLLRDHUP, err)) {
        *ret_conn = conn;
        return true;
    } else {
        close(fd);
    }
    free(conn);
    return false;
}

/* The client gives up a call that is under way when its connection is closed; statements lose
 * their connection thereby and are freed without a word to the server. */
void maria_conn_close(struct maria_conn *conn)
{
    if (conn->state == CONN_CLOSED)
        return;
    conn->state = CONN_CLOSED;
    loop_timer_clear(conn->loop, &conn->timer);
    loop_remove(conn->loop, &conn->watch);
    shutdown(conn->watch.fd, SHUT_RDWR);
    close(conn->watch.fd);
    mysql_close(TAKE(conn->step.my));
    conn->prepared.close = free_quietly;
    db_prepared_drop_all(&conn->prepared);
}

void maria_conn_free(struct maria_conn *conn)
{
    maria_binds_done(&conn->params);
    maria_binds_done(&conn->columns);
    maria_cells_done(&conn->array.cells);
    free(conn);
}

bool maria_conn_is_quiet(const struct maria_conn *conn)
{
    char byte;

    return recv(conn->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/* ---- the end of what it does ---- */

static void changed(struct maria_conn *conn, enum maria_state state)
{
    if (state == CONN_CLOSED) {
        maria_conn_close(conn);
    } else {
        loop_timer_clear(conn->loop, &conn->timer);
        conn->state = state;
    }
    conn->changed(conn);
}

/* Whether what was sent last may take effect although nothing is heard of it. */
static bool may_be_done(const struct maria_conn *conn)
{
    if (conn->op == NULL || !db_op_writes(conn->op))
        return false;
    if (conn->frame == FRAME_OWN)
        return conn->call == conn->op->ncalls;
    return conn->frame == FRAME_NONE &&
           (conn->step.call == CALL_EXECUTE || conn->step.call == CALL_FETCH);
}

void maria_conn_done(struct maria_conn *conn)
{
    conn->answer.ok = true;
    changed(conn, CONN_IDLE);
}

static void set_answer(struct maria_conn *conn, enum maria_effect effect, const struct err *err)
{
    conn->answer.ok = conn->answer.unknown = false;
    conn->answer.effect = effect;
    conn->answer.err = *err;
}

static void undone(struct maria_conn *conn)
{
    changed(conn, conn->step.code == 0 ? CONN_IDLE : CONN_CLOSED);
}

static void query(struct maria_conn *conn, const char *sql, maria_then *then);

void maria_conn_failed(struct maria_conn *conn, enum maria_effect effect, const struct err *err)
{
    set_answer(conn, effect, err);
    if (conn->frame == FRAME_SAVED && effect != EFFECT_UNDONE)
        query(conn, "ROLLBACK TO SAVEPOINT one", undone);
    else
        changed(conn, CONN_IDLE);
}

/* Where the server has surely not run what was sent last. */
static bool is_refusal(enum maria_effect effect)
{
    return effect == EFFECT_GONE || effect == EFFECT_ASIDE || effect == EFFECT_SIZE;
}

static void lost(struct maria_conn *conn, enum maria_effect effect, const struct err *err)
{
    bool unknown = !is_refusal(effect) && may_be_done(conn);

    set_answer(conn, effect, err);
    conn->answer.unknown = unknown;
    changed(conn, CONN_CLOSED);
}

void maria_conn_broken(struct maria_conn *conn, const struct err *err)
{
    lost(conn, EFFECT_BROKEN, err);
}

void maria_conn_unusable(struct maria_conn *conn)
{
    struct err err;

    err_set(&err, ERR_IO, "the connection could not be used");
    maria_conn_broken(conn, &err);
}

/* A statement that could not be prepared, or is of no use any more, is none. */
static bool forget(struct maria_conn *conn, enum maria_effect effect)
{
    if (effect == EFFECT_CROWDED)
        return db_prepared_drop_all(&conn->prepared);
    if (conn->place != NULL && (effect == EFFECT_PREPARE || conn->step.call == CALL_PREPARE))
        return db_prepared_drop(&conn->prepared, conn->place);
    return true;
}

void maria_conn_step_failed(struct maria_conn *conn)
{
    bool preparing = conn->step.call == CALL_PREPARE;
    struct err err;
    enum maria_effect effect = maria_failure(conn->step.my, conn->step.stmt, preparing, &err);

    if (is_refusal(effect) || effect == EFFECT_LOST || effect == EFFECT_CUT)
        lost(conn, effect, &err);
    else if (forget(conn, effect))
        maria_conn_failed(conn, effect, &err);
    else
        maria_conn_broken(conn, &err);
}

static void on_overdue(struct loop_timer *timer)
{
    struct maria_conn *conn = timer->owner;
    struct err err;

    err_set(&err, ERR_TIMEOUT, "the server has not answered in time");
    lost(conn, EFFECT_LATE, &err);
}

void maria_conn_give_up(struct maria_conn *conn)
{
    struct err err;

    if (conn->state != CONN_BUSY)
        return;
    err_set(&err, ERR_TIMEOUT, "the database host says nothing");
    lost(conn, EFFECT_LOST, &err);
}

static bool in_a_call(const struct maria_conn *conn)
{
    return conn->op != NULL && conn->op->verb == DB_RUN && conn->call < conn->op->ncalls;
}

void maria_conn_explain(const struct maria_conn *conn, struct err *err)
{
    if (in_a_call(conn)) {
        db_err_prefix(err, conn->op->calls[conn->call].statement);
    } else if (conn->op != NULL && conn->frame == FRAME_OWN) {
        err_prefix(err, "the commit failed");
    }
    if (conn->answer.unknown) {
        struct err before = *err;
        err_set(err, before.kind, "%s; whether it took effect is unknown", before.text);
    }
}

/* ---- steps ---- */

/* What a call of the client has said. */
static void took(struct maria_conn *conn, int waits_for)
{
    bool writing = (waits_for & MYSQL_WAIT_WRITE) != 0;

    conn->waits_for = waits_for & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE);
    if (writing == conn->writing)
        return;
    conn->writing = writing;
    loop_change(conn->loop, &conn->watch, EPOLLIN | EPOLLRDHUP | (writing ? EPOLLOUT : 0U),
                NULL);
}

static void query(struct maria_conn *conn, const char *sql, maria_then *then)
{
    conn->place = NULL;
    conn->then = then;
    took(conn, maria_step_query(&conn->step, sql));
}

void maria_conn_prepare(struct maria_conn *conn, const char *sql, maria_then *then)
{
    MYSQL_STMT *stmt = mysql_stmt_init(conn->step.my);

    *conn->place = stmt;
    if (stmt == NULL) {
        maria_conn_unusable(conn);
        return;
    }
    conn->then = then;
    took(conn, maria_step_prepare(&conn->step, stmt, sql));
}

void maria_conn_execute(struct maria_conn *conn, MYSQL_STMT *stmt, maria_then *then)
{
    conn->then = then;
    took(conn, maria_step_execute(&conn->step, stmt));
}

void maria_conn_fetch(struct maria_conn *conn, maria_then *then)
{
    conn->then = then;
    took(conn, maria_step_fetch(&conn->step));
}

/* Steps that are complete at once are followed by the next here and not one inside another. */
void maria_conn_go(struct maria_conn *conn)
{
    if (conn->going)
        return;
    conn->going = true;
    while (conn->state == CONN_BUSY && conn->waits_for == 0)
        conn->then(conn);
    conn->going = false;
}

static void on_socket(struct loop_watch *watch, uint32_t events)
{
    struct maria_conn *conn = watch->owner;
    int came = ((events & EPOLLOUT) ? MYSQL_WAIT_WRITE : 0) |
               ((events & ~(uint32_t)EPOLLOUT) ? MYSQL_WAIT_READ : 0);
    struct err err;

    if (conn->state == CONN_IDLE) {
        conn->op = NULL;
        err_set(&err, ERR_IO, "the server has closed the connection");
        lost(conn, EFFECT_GONE, &err);
        return;
    }
    if (came & MYSQL_WAIT_READ)
        conn->heard = loop_now(conn->loop);
    took(conn, maria_step_continue(&conn->step, came));
    maria_conn_go(conn);
}

/* ---- the beginning of what it does ---- */

void maria_conn_begin(struct maria_conn *conn, struct db_op *op, enum maria_frame frame,
                      uint64_t due)
{
    conn->state = CONN_BUSY;
    conn->asked = loop_now(conn->loop);
    conn->op = op;
    conn->frame = frame;
    conn->call = 0;
    conn->place = NULL;
    conn->step.call = CALL_NONE;
    if (due != UINT64_MAX)
        loop_timer_set(conn->loop, &conn->timer, due);
}

void maria_conn_hurry(struct maria_conn *conn, uint64_t due)
{
    if (conn->state == CONN_BUSY && due < loop_timer_due(&conn->timer))
        loop_timer_set(conn->loop, &conn->timer, due);
}

static void said(struct maria_conn *conn)
{
    if (conn->step.code == 0)
        maria_conn_done(conn);
    else
        maria_conn_step_failed(conn);
}

void maria_conn_say(struct maria_conn *conn, const char *sql, uint64_t due)
{
    maria_conn_begin(conn, NULL, FRAME_NONE, due);
    query(conn, sql, said);
    maria_conn_go(conn);
}

void maria_conn_ping(struct maria_conn *conn, uint64_t due)
{
    maria_conn_begin(conn, NULL, FRAME_NONE, due);
    conn->then = said;
    took(conn, maria_step_ping(&conn->step));
    maria_conn_go(conn);
}

/* ---- an operation ---- */

static void run_call(struct maria_conn *conn);

static void committed(struct maria_conn *conn)
{
    conn->dirty = conn->step.code != 0;
    said(conn);
}

static void call_done(struct maria_conn *conn)
{
    if (++conn->call < conn->op->ncalls)
        run_call(conn);
    else if (conn->frame == FRAME_OWN)
        query(conn, "COMMIT", committed);
    else
        maria_conn_done(conn);
}

static void fetched(struct maria_conn *conn)
{
    const struct db_call *call = &conn->op->calls[conn->call];
    struct db_result *result = &conn->op->results[conn->call];
    struct err err;

    if (conn->step.code == MYSQL_NO_DATA) {
        if (call->statement->writes)
            result->affected = (int64_t)result->nrows; /* INSERT … RETURNING */
        call_done(conn);
    } else if (conn->step.code != 0) {
        maria_conn_step_failed(conn);
    } else if (maria_read_row(conn->step.stmt, &conn->columns, result, &err)) {
        maria_conn_fetch(conn, fetched);
    } else {
        maria_conn_broken(conn, &err); /* the rest of the rows is still to come */
    }
}

static void executed(struct maria_conn *conn)
{
    MYSQL_STMT *stmt = conn->step.stmt;
    struct db_result *result = &conn->op->results[conn->call];
    struct err err;

    if (conn->step.code != 0) {
        maria_conn_step_failed(conn);
    } else if (mysql_stmt_field_count(stmt) == 0) {
        maria_read_changes(stmt, result);
        call_done(conn);
    } else if (maria_bind_result(stmt, &conn->columns, result,
                                 db_op_names(conn->op, conn->call), &err)) {
        maria_conn_fetch(conn, fetched);
    } else {
        maria_conn_broken(conn, &err);
    }
}

static void execute(struct maria_conn *conn, MYSQL_STMT *stmt)
{
    const struct db_call *call = &conn->op->calls[conn->call];
    const struct statement *statement = call->statement;
    struct err err;

    db_result_done(&conn->op->results[conn->call]);
    if (!maria_bind(stmt, &conn->params, call->args, statement->slots, statement->nslots, &err))
        maria_conn_failed(conn, EFFECT_NONE, &err);
    else if (maria_fits(stmt, &conn->params, statement->nslots, &err))
        maria_conn_execute(conn, stmt, executed);
    else
        maria_conn_failed(conn, EFFECT_SIZE, &err);
}

static void prepared(struct maria_conn *conn)
{
    if (conn->step.code == 0)
        execute(conn, conn->step.stmt);
    else
        maria_conn_step_failed(conn);
}

bool maria_conn_find(struct maria_conn *conn, const struct statement *statement, size_t variant)
{
    conn->place = db_prepared_find(&conn->prepared, conn->op->set, statement->index, variant,
                                   loop_now(conn->loop));
    return conn->place != NULL;
}

static void run_call(struct maria_conn *conn)
{
    const struct statement *statement = conn->op->calls[conn->call].statement;

    if (!maria_conn_find(conn, statement, VARIANT_ONE))
        maria_conn_unusable(conn);
    else if (*conn->place != NULL)
        execute(conn, *conn->place);
    else
        maria_conn_prepare(conn, statement->sql, prepared);
}

static void opened(struct maria_conn *conn)
{
    if (conn->step.code == 0)
        run_call(conn);
    else
        maria_conn_step_failed(conn);
}

static void open_tx(struct maria_conn *conn)
{
    conn->dirty = true;
    query(conn,
          db_op_writes(conn->op) ? "START TRANSACTION"
                                 : "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
          opened);
}

void maria_conn_run(struct maria_conn *conn, struct db_op *op, bool inside, uint64_t due)
{
    enum maria_frame several = inside ? FRAME_SAVED : FRAME_OWN;
    enum maria_frame one = inside ? FRAME_HELD : FRAME_NONE;

    maria_conn_begin(conn, op, op->ncalls > 1 ? several : one, due);
    if (conn->frame == FRAME_OWN)
        open_tx(conn);
    else if (conn->frame == FRAME_SAVED)
        query(conn, "SAVEPOINT one", opened);
    else if (op->ncalls == 1)
        run_call(conn);
    else
        maria_conn_done(conn);
    maria_conn_go(conn);
}
