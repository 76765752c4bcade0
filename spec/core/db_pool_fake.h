/*
 * The pool of the MariaDB driver on two hosts and connections that are scripted, for specs of
 * it: setup, teardown, and what was asked of the connections.
 */
#pragma once

#include "db/mariadb/array.h"
#include "db/mariadb/pool.h"
#include "db/mariadb/shared.h"
#include "db_fake.h"

/* ---- the connections ---- */

enum { MOST = 8 };

static struct maria_conn *conns[MOST]; /* in the order in which they were made */
static size_t nconns, shunned;
static enum maria_use shunned_as;
static bool lets_in;   /* the host that says nothing, when it is tried */
static uint64_t heard; /* so it was; atomic */
static int opened;     /* connections that hosts were told of */
static char said[512]; /* what was asked of them, and of which */
static MYSQL *const made = (MYSQL *)(uintptr_t)64;

static inline size_t which_is(const struct maria_conn *conn)
{
    size_t which = 0;

    while (conns[which] != conn)
        which++;
    return which;
}

static inline void note(const struct maria_conn *conn, const char *what)
{
    size_t len = strlen(said);

    snprintf(said + len, sizeof said - len, "%zu %s\n", which_is(conn), what);
}

bool maria_hosts_connect(struct maria_hosts *hosts, struct maria_wants wants, const int *stop,
                         MYSQL **ret_my, size_t *ret_host, struct err *err)
{
    (void)hosts;
    (void)wants;
    (void)stop;
    (void)err;
    *ret_my = made;
    *ret_host = shunned == 1 ? 0 : 1;
    return true;
}

/* One that was made when nobody wanted it any more. */
void STDCALL mysql_close(MYSQL *my)
{
    assert_ptr_equal(my, made);
}

bool maria_hosts_shun(struct maria_hosts *hosts, size_t host, enum maria_use why,
                      const char *text)
{
    (void)hosts;
    (void)text;
    shunned = host;
    shunned_as = why;
    return true;
}

bool maria_hosts_is_shunned(const struct maria_hosts *hosts, size_t host)
{
    (void)hosts;
    return shunned > 0 && host == shunned;
}

bool maria_hosts_is_left(const struct maria_hosts *hosts, size_t host)
{
    return maria_hosts_is_shunned(hosts, host) && shunned_as != MARIA_READ_ONLY;
}

static bool clustered;

bool maria_hosts_are_clustered(const struct maria_hosts *hosts)
{
    (void)hosts;
    return clustered;
}

/* On a thread. */
void maria_hosts_try(struct maria_hosts *hosts, size_t host)
{
    (void)hosts;
    (void)host;
    if (lets_in)
        __atomic_store_n(&heard, clock_monotonic(), __ATOMIC_RELAXED);
}

uint64_t maria_hosts_heard(const struct maria_hosts *hosts, size_t host)
{
    (void)hosts;
    (void)host;
    return __atomic_load_n(&heard, __ATOMIC_RELAXED);
}

void maria_hosts_count(struct maria_hosts *hosts, size_t host, int more)
{
    (void)hosts;
    (void)host;
    opened += more;
}

enum maria_use maria_hosts_use(struct maria_hosts *hosts, size_t host)
{
    (void)hosts;
    (void)host;
    return MARIA_USED;
}

bool maria_conn_open(struct loop *on, MYSQL *my, void (*changed)(struct maria_conn *conn),
                     void *owner, struct maria_conn **ret_conn, struct err *err)
{
    struct maria_conn *conn = mem_new(1, sizeof *conn);

    (void)my;
    (void)err;
    conn->loop = on;
    conn->changed = changed;
    conn->owner = owner;
    assert_true(nconns < MOST);
    *ret_conn = conns[nconns++] = conn;
    return true;
}

void maria_conn_close(struct maria_conn *conn)
{
    conn->state = CONN_CLOSED;
}

void maria_conn_free(struct maria_conn *conn)
{
    assert_int_equal(conn->state, CONN_CLOSED);
    free(conn);
}

bool maria_conn_is_quiet(const struct maria_conn *conn)
{
    return conn->state == CONN_IDLE;
}

static inline void busy(struct maria_conn *conn, struct db_op *op, const char *what)
{
    assert_int_equal(conn->state, CONN_IDLE);
    conn->state = CONN_BUSY;
    conn->asked = loop_now(conn->loop);
    conn->op = op;
    note(conn, what);
}

void maria_conn_say(struct maria_conn *conn, const char *sql, uint64_t due)
{
    (void)due;
    busy(conn, NULL, sql);
}

void maria_conn_ping(struct maria_conn *conn, uint64_t due)
{
    (void)due;
    busy(conn, NULL, "ping");
}

void maria_conn_run(struct maria_conn *conn, struct db_op *op, bool inside, uint64_t due)
{
    (void)due;
    busy(conn, op, inside ? "run inside" : "run");
}

void maria_conn_run_group(struct maria_conn *conn, struct db_op *first, uint64_t due)
{
    (void)due;
    busy(conn, first, "run array");
}

void maria_conn_describe(struct maria_conn *conn, struct db_op *op, uint64_t due)
{
    (void)due;
    busy(conn, op, "describe");
}

bool maria_conn_takes_arrays(const struct maria_conn *conn)
{
    (void)conn;
    return true;
}

void maria_conn_hurry(struct maria_conn *conn, uint64_t due)
{
    (void)due;
    note(conn, "hurry");
}

void maria_conn_explain(const struct maria_conn *conn, struct err *err)
{
    (void)conn;
    (void)err;
}

static inline void end_well(size_t which)
{
    conns[which]->answer.ok = true;
    conns[which]->state = CONN_IDLE;
    conns[which]->changed(conns[which]);
}

static inline void end_badly(size_t which, enum maria_effect effect, bool closed, bool unknown)
{
    struct maria_answer *answer = &conns[which]->answer;

    *answer = (struct maria_answer){.effect = effect, .unknown = unknown};
    err_set(&answer->err, ERR_IO, "scripted");
    conns[which]->state = closed ? CONN_CLOSED : CONN_IDLE;
    conns[which]->changed(conns[which]);
}

void maria_conn_give_up(struct maria_conn *conn)
{
    if (conn->state == CONN_BUSY)
        end_badly(which_is(conn), EFFECT_LOST, true, conn->op && db_op_writes(conn->op));
}

/* ---- the pool ---- */

static struct db_driver driver;
static struct maria_db db;
static struct db_worker *pool;
static struct maria_host hosts[2] = {{(char *)(uintptr_t) "one", 1},
                                     {(char *)(uintptr_t) "two", 2}};
static int rooms;
static char told[256];

static inline void tell(void *owner, bool good, const char *what)
{
    (void)owner;
    snprintf(told, sizeof told, "%s %s", good ? "good" : "bad", what);
}

static inline void room(void *above)
{
    (void)above;
    rooms++;
}

static inline int setup(void **state)
{
    (void)state;
    fake_open();
    nconns = shunned = 0;
    rooms = 0;
    said[0] = '\0';
    opened = 0;
    heard = 0;
    lets_in = true;
    clustered = false;
    told[0] = '\0';
    db = (struct maria_db){.place = {.pool = 2, .hosts = hosts, .nhosts = 2},
                           .threads = blocking_new(2)};
    db.base.news = tell;
    driver = maria_pool;
    db.base.driver = &driver;
    pthread_mutex_init(&db.lock, NULL);
    CHECK(db_attach(&db.base, loop, &pool, err));
    pool->room = room;
    for (int i = 0; i < 100 && nconns == 0; i++)
        turn(10);
    assert_int_equal(rooms, 1);
    maria_set_sharing(
        &(struct db_op){.set = set, .calls = &(struct db_call){set->items[0], NULL}}, NULL);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    db_detach(pool);
    assert_int_equal(opened, 0);
    blocking_free(db.threads);
    pthread_mutex_destroy(&db.lock);
    fake_close();
    return 0;
}

static inline struct db_op *submit(struct db_op *op)
{
    CHECK(db_submit(pool, op, err));
    return op;
}

/* Until another connection has been made. */
static inline void wait_for_conn(size_t count)
{
    for (int i = 0; i < 200 && nconns < count; i++)
        turn(10);
    assert_int_equal(nconns, count);
}
