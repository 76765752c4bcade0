/*
 * Private to the MariaDB driver: what its files share.
 *
 * Threads.  Everything of a worker (its connections, its queue, its transactions) belongs to
 * the worker's loop thread.  A connection is made by a thread of the pool for blocking calls
 * and then handed to the loop, where only the client's non-blocking calls are used on it.
 * Sessions are the caller's and block.  What the process shares (struct maria_db) is constant
 * after opening, atomic, or guarded by its lock.
 *
 *   operation   waiting -> on a connection -> finished -> done() or, cancelled, freed
 *                  ^____________| tried again: a deadlock, a connection that was gone
 *
 *   connection  dialled -> idle <-> busy with an operation
 *                            ^          |
 *                            |          v
 *                            |--- held by a transaction
 *                            `--- cleaned (rolled back), probed       any --> cut -> freed
 *
 * A connection on which anything is uncertain is cut: shut down, closed, replaced.  Nobody
 * frees an operation, a connection or a transaction while callbacks of the worker run; what is
 * over goes into lists that maria_flush() empties at the end of each.
 */
#pragma once

#include "db/db.h"
#include "loop/blocking.h"

#include <mysql.h>
#include <pthread.h>

enum {
    MARIA_POOL = 16,         /* connections of the process, unless ?pool= says otherwise */
    MARIA_THREADS = 16,      /* that connect, at most */
    MARIA_SETS = 5,          /* prepared per connection: four generations and a candidate */
    MARIA_CONNECT_S = 2,     /* for each host, and for setting a connection up */
    MARIA_DOWN_S = 3,        /* out of reach for longer, operations are refused at once */
    MARIA_REDIAL_MS = 50,    /* the first pause between attempts, doubled each time … */
    MARIA_REDIAL_MAX = 2000, /* … up to this */
    MARIA_LOCK_WAIT_S = 5,   /* innodb_lock_wait_timeout: longer than any transaction of ours */
    MARIA_TRIES = 6,         /* of an operation that lost a deadlock or its connection */
    MARIA_REST_MS = 10,      /* the longest rest after a deadlock, times the tries there were */
    MARIA_GRACE_MS = 250,    /* what a cancelled operation may still take */
    MARIA_CLEAN_S = 2,       /* for a rollback or a probe */
    MARIA_PROBE_S = 10,      /* a connection that was idle for so long is probed */
    MARIA_STALE_S = 90,      /* statements of an older set, unused for so long, are closed */

    /* Rows that share an execution (array.c). */
    MARIA_ARRAY_ROWS = 128,      /* of one execution: beyond, nothing is gained */
    MARIA_ARRAY_BYTES = 1 << 20, /* their values; servers take packets of 16 MiB */
    MARIA_ABREAST = 4,           /* 2 and 16 were slower, with 16 puts in flight and with 64 */
    MARIA_GATHER_MS = 5,         /* no longer, or a slow disk's commits would not overlap */
    MARIA_SHARE_S = 2            /* who is nearer to its deadline runs alone */
};

/* ---- where to connect: url.c ---- */

enum maria_tls { TLS_DEFAULT, TLS_OFF, TLS_ENCRYPT, TLS_VERIFY };

struct maria_host {
    char *name;
    unsigned port;
};

struct maria_place {
    struct maria_host *hosts; /* one without a name where there is a socket */
    size_t nhosts;
    char *socket, *user, *password, *database, *ca;
    enum maria_tls tls;
    size_t pool, queue;
};

bool maria_place_read(const struct url *url, struct maria_place *ret_place, struct err *err);
void maria_place_done(struct maria_place *place);
bool maria_host_is_near(const struct maria_host *host); /* loopback */

/* ---- what the process shares: driver.c, news.c ---- */

/* Troubles that come and go by themselves. */
enum maria_matter {
    MATTER_REACH, /* no connection can be made */
    MATTER_WRITE, /* the server refuses to write: read-only, disk full */
    MATTER_COUNT
};

enum { MARIA_CAUSES = 8 };

struct maria_news {
    int bad;     /* atomic */
    int failing; /* workers that cannot connect */
    size_t ncauses;
    uint64_t causes[MARIA_CAUSES]; /* hashes of what was told since it is bad */
};

struct maria_db {
    struct db base;
    struct maria_place place;
    struct blocking *threads;
    int attached;         /* workers; atomic */
    size_t first_host;    /* the one that answered last; atomic */
    uint64_t connects;    /* that succeeded; atomic */
    pthread_mutex_t lock; /* of the news */
    struct maria_news news[MATTER_COUNT];
};

static inline struct maria_db *maria_of(struct db *db)
{
    return (struct maria_db *)(void *)db;
}

/* Told once per cause and change; see struct db. */
void maria_trouble(struct maria_db *db, enum maria_matter matter, const char *cause);
void maria_well(struct maria_db *db, enum maria_matter matter);
/* What is bad is well when nobody fails any more: +1 for one more, -1 for one less. */
void maria_failing(struct maria_db *db, enum maria_matter matter, int more);

/* ---- what failures mean: error.c ---- */

enum maria_effect {
    EFFECT_NONE,      /* the statement failed and changed nothing, the rest is as before */
    EFFECT_UNDONE,    /* its transaction was rolled back; running it again may succeed */
    EFFECT_WAITED,    /* it waited too long for a lock; running it again may succeed */
    EFFECT_READ_ONLY, /* likewise, on another server */
    EFFECT_FULL,      /* the server cannot write */
    EFFECT_PREPARE,   /* the prepared statement is of no use any more */
    EFFECT_CROWDED,   /* the server holds too many prepared statements */
    EFFECT_GONE,      /* the connection is over; the server has not run the statement */
    EFFECT_LOST       /* the connection is over; nobody knows */
};

/* What the connection's (or statement's) last failure is; err gets a kind and a sentence
 * without any value.  preparing: no values are involved, the server's own words will do. */
enum maria_effect maria_failure(MYSQL *my, MYSQL_STMT *stmt, bool preparing, struct err *err);
/* The kind alone; of a code that is not known here the world's fault. */
enum err_kind maria_kind(unsigned code);

/* ---- connecting and calls that block: connect.c, block.c ---- */

/* Walks the hosts from the one that answered last.  for_loop: set up for a worker.  *stop
 * (atomic) ends the walk early.  Any thread. */
bool maria_connect(struct maria_db *db, bool for_loop, const int *stop, MYSQL **ret_my,
                   size_t *ret_host, struct err *err);

/* The non-blocking calls, waited for by poll(2).  Past the deadline the connection is shut
 * down and they fail.  As the client's own: 0 is success. */
int maria_block_query(MYSQL *my, const char *sql, uint64_t deadline);
int maria_block_prepare(MYSQL_STMT *stmt, const char *sql, uint64_t deadline);
int maria_block_execute(MYSQL_STMT *stmt, uint64_t deadline);
int maria_block_fetch(MYSQL_STMT *stmt, uint64_t deadline);
MYSQL_RES *maria_block_store(MYSQL *my, uint64_t deadline);
void maria_block_close(MYSQL_STMT *stmt, uint64_t deadline);

/* ---- values: value.c ---- */

/* Where parameters are bound from and rows are read into; reused, grown as needed. */
struct maria_binds {
    size_t size;
    MYSQL_BIND *binds;
    union maria_number {
        int64_t integer;
        double real;
        const char *bytes; /* in arrays */
    } * numbers;
    unsigned long *lengths;
    my_bool *nulls;
};

void maria_binds_done(struct maria_binds *binds);
void maria_binds_grow(struct maria_binds *binds, size_t size);
/* Parameter i is values[slots[i]] (values[i] without slots).  Values are borrowed until the
 * statement has run. */
bool maria_bind(MYSQL_STMT *stmt, struct maria_binds *binds, const struct db_value *values,
                const size_t *slots, size_t count, struct err *err);
/* After executing: names the result's columns and makes ready to fetch. */
bool maria_bind_result(MYSQL_STMT *stmt, struct maria_binds *binds, struct db_result *result,
                       struct err *err);
/* The row that was fetched, into the result. */
bool maria_read_row(MYSQL_STMT *stmt, struct maria_binds *binds, struct db_result *result,
                    struct err *err);
/* What a statement without rows has changed. */
void maria_read_changes(MYSQL_STMT *stmt, struct db_result *result);

/* ---- connections of a worker: conn.c ---- */

struct maria_prepared {
    uint64_t uid; /* of the set; 0 for a free place */
    uint64_t used;
    size_t count;
    MYSQL_STMT **items; /* by statement->index; NULL until first used */
};

enum maria_step { STEP_NONE, STEP_QUERY, STEP_PREPARE, STEP_EXECUTE, STEP_FETCH, STEP_PING };

enum maria_use {
    USE_IDLE,  /* in the worker's list of idle ones */
    USE_RUN,   /* an operation of its own runs */
    USE_TX,    /* held by a transaction, whether or not an operation runs in it */
    USE_CLEAN, /* rolled back or probed before it is lent again */
    USE_CUT    /* closed; freed soon */
};

struct maria_conn {
    struct maria_worker *worker;
    struct maria_conn *next, *next_idle;
    MYSQL *my;
    size_t host;
    struct loop_watch watch;
    struct loop_timer timer; /* of what it does: a deadline, a transaction's end */
    enum maria_use use;
    uint64_t idle_since;

    /* The step under way, and what follows it. */
    enum maria_step step;
    bool writing; /* it waits for the socket to take more */
    bool ready;   /* it is complete */
    int code;
    MYSQL_STMT *stmt;
    void (*then)(struct maria_conn *conn);

    /* The operation that runs. */
    struct db_op *op;
    struct maria_array *array; /* it and those that share its execution, or NULL */
    struct db_tx *tx;
    size_t call;
    uint64_t began;
    bool own_tx;     /* it is a transaction of its own … */
    bool committing; /* … and past its last call */
    bool resting;    /* after a deadlock, until it is tried again */
    bool dirty;      /* a transaction is open on the server */
    struct err why;  /* of a call that failed, while it is undone */
    struct maria_binds params, columns;
    struct maria_prepared sets[MARIA_SETS];
};

/* Takes over what a thread has connected. */
struct maria_conn *maria_conn_new(struct maria_worker *worker, MYSQL *my, size_t host,
                                  struct err *err);
void maria_conn_free(struct maria_conn *conn); /* one that was cut */
/* Shuts the connection down and closes it; its operation and transaction are the caller's. */
void maria_conn_cut(struct maria_conn *conn);

bool maria_conn_is_quiet(const struct maria_conn *conn); /* nothing to read, no end */

/* Steps: each is begun and, when it is complete, then(conn) is called with conn->code, never
 * from inside these. */
typedef void maria_then(struct maria_conn *conn);
void maria_query(struct maria_conn *conn, const char *sql, maria_then *then);
void maria_ping(struct maria_conn *conn, maria_then *then);
void maria_prepare(struct maria_conn *conn, MYSQL_STMT *stmt, const char *sql,
                   maria_then *then);
void maria_execute(struct maria_conn *conn, MYSQL_STMT *stmt, maria_then *then);
void maria_fetch(struct maria_conn *conn, maria_then *then);
/* Calls what follows, as long as steps are complete at once.  Whoever begins a step outside a
 * then() calls it; the connection may be cut after it. */
void maria_go(struct maria_conn *conn);

/* ---- prepared statements of a connection: prepared.c ---- */

/* Where the statement of a set is kept, by its index (or that plus set->count, for the variant
 * that takes arrays); *place is NULL until it is prepared.  NULL: cut the connection. */
MYSQL_STMT **maria_prepared_find(struct maria_conn *conn, const struct statement_set *set,
                                 size_t index);
/* These say COM_STMT_CLOSE without waiting for anything; the connection is idle or between
 * steps.  False when it could not even be said: cut the connection. */
bool maria_prepared_drop(MYSQL_STMT **place);
bool maria_prepared_drop_all(struct maria_conn *conn);
bool maria_prepared_drop_stale(struct maria_conn *conn, uint64_t now);
void maria_prepared_free(struct maria_conn *conn); /* of a connection that is closed */

/* ---- a worker: pool.c, dial.c ---- */

struct maria_queue {
    struct db_op *first, *last;
    size_t count;
};

/* SQL for arrays by the index of the statement; NULL: not known yet, "": there is none. */
struct maria_sqls {
    uint64_t uid; /* of the set */
    size_t count;
    char **items;
};

struct maria_worker {
    struct db_worker base;
    struct loop *loop;
    char number[12]; /* for metrics */
    size_t index;

    struct maria_conn *conns; /* all of them */
    struct maria_conn *idle;  /* the one used last comes first */
    size_t nconns, nidle;
    struct maria_queue waiting;
    struct loop_timer expiry; /* the first deadline of those */
    struct maria_sqls arrays;
    struct loop_timer gathering; /* the end of waiting for others of its kind */

    struct maria_dial *dial; /* the connection that is being made */
    struct loop_timer redial;
    unsigned failures;   /* attempts in a row */
    uint64_t down_since; /* the first of them */
    uint64_t connects;   /* of all workers, at the last of them */
    struct err why;      /* the last one's */

    struct maria_queue finished;
    struct maria_conn *buried;
    struct loop_timer later; /* a flush */
    bool flushing, stopping;
    struct loop_timer tick;
    uint64_t newest_set; /* uid */
};

static inline struct maria_db *maria_db_of(const struct maria_worker *worker)
{
    return maria_of(worker->base.db);
}

void maria_queue_add(struct maria_queue *queue, struct db_op *op);
void maria_queue_add_first(struct maria_queue *queue, struct db_op *op);
struct db_op *maria_queue_take(struct maria_queue *queue); /* or NULL */
bool maria_queue_remove(struct maria_queue *queue, struct db_op *op);

/* Gives an operation to a connection or lets it wait; ERR_LIMIT when too many do. */
bool maria_lend(struct maria_worker *worker, struct db_op *op, struct err *err);
/* Back into the queue, before all others. */
void maria_wait_again(struct maria_worker *worker, struct db_op *op);
/* Takes a connection back: cleans it where it must be, and lends it again. */
void maria_release(struct maria_conn *conn);
/* Cuts it, and looks for another where one is needed. */
void maria_replace(struct maria_conn *conn);
void maria_tick(struct loop_timer *timer);
/* Whether operations that wait have waited too long. */
void maria_expire(struct loop_timer *timer);
void maria_fail_waiting(struct maria_worker *worker, const struct err *err);
size_t maria_share(const struct maria_worker *worker); /* connections it may have */
bool maria_is_down(const struct maria_worker *worker, struct err *err);

/* Makes a connection if none is being made and no pause is on. */
void maria_dial(struct maria_worker *worker);
void maria_dial_stop(struct maria_worker *worker); /* blocks until its thread is done */

/* The operation has ended; done() is called by the next flush. */
void maria_finish(struct maria_worker *worker, struct db_op *op);
void maria_fail(struct maria_worker *worker, struct db_op *op, const struct err *err);
void maria_flush(struct maria_worker *worker);
/* For what the worker was not called by its loop for. */
void maria_flush_later(struct maria_worker *worker);
void maria_count(const char *name, const char *label, const char *value);

/* ---- running: run.c, retry.c, array.c ---- */

/* On a connection that does nothing; maria_go() is the caller's. */
void maria_run(struct maria_conn *conn, struct db_op *op);
/* The same on one that a transaction holds, until the earlier of two deadlines. */
void maria_start_calls(struct maria_conn *conn, struct db_op *op, uint64_t deadline);
/* The operation is the connection's from now on; nothing is sent yet. */
void maria_begin(struct maria_conn *conn, struct db_op *op, uint64_t deadline);
void maria_run_call(struct maria_conn *conn); /* the one that is due, from its beginning */
/* The operation is over, well or not, and its connection can be used: what comes next? */
void maria_ended(struct maria_conn *conn, const struct err *err);
void maria_succeeded(struct maria_conn *conn, struct db_op *op); /* that much of it */

/* A step has failed: that becomes the operation's answer, or it is tried again. */
void maria_step_failed(struct maria_conn *conn, bool preparing);
/* A call has failed before the server heard of it. */
void maria_call_failed(struct maria_conn *conn, const struct err *err);
/* The operation fails, and the connection is of no use any more. */
void maria_spoiled(struct maria_conn *conn, const struct err *err);
void maria_call_spoiled(struct maria_conn *conn, const struct err *err); /* in a call */
/* The same where the server has executed the call, and what it answered cannot be told. */
void maria_answer_lost(struct maria_conn *conn, const struct err *err);
/* The timer of a connection: what it did took too long. */
void maria_overdue(struct loop_timer *timer);
/* The server has closed a connection that waited for nothing. */
void maria_hung_up(struct maria_conn *conn);
/* Nobody waits for what it does any more. */
void maria_cancel_running(struct maria_conn *conn);

/* Runs it as an array, with those that wait and can go along; false: it has to run alone. */
bool maria_array_run(struct maria_conn *conn, struct db_op *op);
/* Whether it should wait for others of its kind, although a connection is idle. */
bool maria_array_waits(struct maria_worker *worker, const struct db_op *op);
void maria_gathered(struct loop_timer *timer); /* it has waited for long enough */
/* A step has failed and surely nothing was done. */
void maria_array_failed(struct maria_conn *conn, enum maria_effect effect, bool preparing);
/* All but the connection's operation are told; harmless without an array. */
void maria_array_fail_others(struct maria_conn *conn, const struct err *err);
void maria_sqls_done(struct maria_sqls *sqls);

/* ---- interactive transactions: tx.c ---- */

void maria_tx_submit(struct db_op *op);
void maria_tx_begun(struct maria_conn *conn); /* its DB_BEGIN has succeeded */
void maria_tx_next(struct maria_conn *conn);  /* an operation in it has ended */
/* It is over on the server; the connection is no longer its. */
void maria_tx_lost(struct maria_conn *conn, const struct err *why);
void maria_tx_expired(struct maria_conn *conn);  /* its time, between operations */
bool maria_tx_untouched(const struct db_tx *tx); /* nothing has been run in it yet */
uint64_t maria_tx_deadline(const struct db_tx *tx);
bool maria_tx_cancel(struct db_op *op); /* true when it waits in its transaction */
void maria_tx_abandon(struct db_tx *tx);

/* ---- sessions and the lease: session.c, lease.c ---- */

bool maria_session_open(struct db *db, struct db_session **ret_session, struct err *err);
bool maria_session_run(struct db_session *session, const char *sql, const struct db_value *args,
                       size_t nargs, struct db_result *ret_result, struct err *err);
bool maria_session_check(struct db_session *session, const char *sql, int *ret_line,
                         struct err *err);
void maria_session_close(struct db_session *session);
bool maria_session_lock(struct db_session *session, const char *name, struct err *err);
bool maria_session_unlock(struct db_session *session, struct err *err);
