/*
 * Private to the SQLite driver: what its files share.
 *
 * Threads.  A connection belongs to one thread and is opened without SQLite's own mutexes.
 *
 *   worker (loop) threads   submit, cancel, abandon; never call SQLite once attached
 *   reader threads          two for each worker, each with a connection that cannot write
 *   the writer thread       one for each database, with the only connection that writes
 *   any thread              sessions, each with a connection of its own
 *
 * An operation goes into a queue, is run by a thread of the driver, and comes back to its
 * worker's thread by loop_post(); there it is handed to done() or, if it was cancelled
 * meanwhile, freed.  Both that and db_cancel() happen on the worker's thread, so that they
 * cannot meet.
 */
#pragma once

#include "db/db.h"
#include "db/prepared.h"

#include <pthread.h>
#include <sqlite3.h>
#include <sys/types.h>

enum {
    SQLITE_READERS = 2,         /* one long answer must not hold up the short ones */
    SQLITE_BUSY_MS = 5000,      /* waits for other processes that write to the file */
    SQLITE_CHECKPOINT_MS = 100, /* a checkpoint waits for those who read: writers wait for it */
    SQLITE_LOOK_MS = 1000,      /* between two looks of a writer that has nothing to do */
    SQLITE_FILES = 3,           /* the database's, the write-ahead log, its index */
    SQLITE_STEPS = 1000 /* of SQLite's machine between two looks at clock and cancellation */
};

/* Statements of the driver itself, prepared at their first use on a connection. */
enum sqlite_control {
    CONTROL_READ,  /* a transaction of one snapshot */
    CONTROL_BEGIN, /* one that may write; takes the lock at once */
    CONTROL_COMMIT,
    CONTROL_ROLLBACK,
    CONTROL_SAVEPOINT,
    CONTROL_RELEASE,
    CONTROL_ROLLBACK_TO,
    CONTROL_COUNT
};

struct sqlite_conn {
    sqlite3 *handle;
    sqlite3_stmt *control[CONTROL_COUNT];
    struct db_prepared prepared;
    uint64_t uses;
    bool guarded; /* what is being prepared is the application's */
    int trouble;  /* the code of a failure that is the disk's, until somebody asks; 0: none */
    /* What the progress handler judges by, set while an operation runs. */
    const struct db_op *op;
    uint64_t deadline;
};

struct sqlite_queue {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct db_ops ops;
    size_t count, limit;
    bool closing; /* what waits is still served */
};

struct sqlite_file {
    char *path; /* owned */
    dev_t device;
    ino_t inode;
};

struct sqlite_db {
    struct db base;
    char *path;
    struct sqlite_queue writes; /* its lock guards every transaction, too */
    struct sqlite_conn *conn;   /* the writer's */
    pthread_t writer;
    bool writing; /* the thread runs */
    struct sqlite_file files[SQLITE_FILES];
    size_t pending; /* operations of all workers that are not posted back; atomic */
    pthread_mutex_t health_lock; /* guards what follows */
    bool unwell;
    struct err why;
};

struct sqlite_reader {
    struct sqlite_worker *worker;
    struct sqlite_conn *conn;
    pthread_t thread;
};

struct sqlite_worker {
    struct db_worker base;
    struct loop *loop;
    struct sqlite_queue reads;
    struct sqlite_reader readers[SQLITE_READERS];
    size_t nreaders;        /* running */
    struct loop_timer wake; /* of the readers: at the end of the turn, for all reads of it */
    size_t gathered;        /* reads that nobody has been woken for */
    pthread_mutex_t lock;
    pthread_cond_t idle;
    size_t pending; /* operations submitted and not yet posted back */
};

/*
 * An interactive transaction.  `open` and what follows are guarded by the lock of the queue of
 * writes.  Freed on the worker's thread when its COMMIT or ROLLBACK comes back, or, abandoned,
 * by whoever sees last that it is neither open nor owned.
 */
struct db_tx {
    struct sqlite_db *db;
    uint64_t deadline;
    bool open;             /* the writer serves it */
    bool ending;           /* its COMMIT or ROLLBACK was submitted */
    bool abandoned;        /* its owner has gone */
    struct db_ops waiting; /* in it */
    struct err why;        /* when not open: what operations are told */
};

static inline struct sqlite_db *sqlite_of(struct db *db)
{
    return (struct sqlite_db *)(void *)db;
}

/* queue.c */
/* Posts an operation that is over back to its worker; from then on it is no longer ours. */
void sqlite_finish(struct db_op *op);
void sqlite_queue_init(struct sqlite_queue *queue, size_t limit);
void sqlite_queue_done(struct sqlite_queue *queue);
/* A thread that sleeps has to be woken for it. */
bool sqlite_queue_add(struct sqlite_queue *queue, struct db_op *op, struct err *err);
void sqlite_queue_wake(struct sqlite_queue *queue, size_t threads); /* at most so many */
/* Blocks until there is one, then takes up to max that are waiting; what is no DB_RUN comes
 * alone.  0 when the queue is closing and empty, or (then *ret_idle) none came in wait_ms;
 * ret_idle NULL: waits for ever. */
size_t sqlite_queue_take(struct sqlite_queue *queue, struct db_op **ops, size_t max,
                         uint64_t wait_ms, bool *ret_idle);
void sqlite_queue_close(struct sqlite_queue *queue);
/* Waits, the lock held, until woken or the time has come. */
void sqlite_queue_wait_until(struct sqlite_queue *queue, uint64_t deadline);

/* conn.c */
bool sqlite_conn_open(const char *path, bool writes, struct sqlite_conn **ret_conn,
                      struct err *err);
void sqlite_conn_close(struct sqlite_conn *conn); /* NULL is fine */
bool sqlite_prepare(struct sqlite_conn *conn, const char *sql, bool guarded,
                    sqlite3_stmt **ret_stmt, struct err *err);
bool sqlite_control(struct sqlite_conn *conn, enum sqlite_control which, struct err *err);
bool sqlite_in_transaction(const struct sqlite_conn *conn);
void sqlite_rollback(struct sqlite_conn *conn); /* if a transaction is open */
/* Whose fault a code of SQLite's is; what is not known to be the caller's is the world's. */
enum err_kind sqlite_kind(int code);
/* A failure of that code, which is the disk's or the file's, and what to do; false. */
bool sqlite_disk_error(const char *path, int code, struct err *err);
/* What the connection's last failure means, without any value of the statement; false. */
bool sqlite_error(struct sqlite_conn *conn, struct err *err);
/* The same of a statement that has just failed; names a table or a column that is gone. */
bool sqlite_step_error(struct sqlite_conn *conn, sqlite3_stmt *stmt, struct err *err);
/* False where the operation that it runs is cancelled, or past its deadline. */
bool sqlite_in_time(struct sqlite_conn *conn, struct err *err);

/* run.c */
/* All calls into op->results, until one fails or the deadline passes. */
bool sqlite_run_calls(struct sqlite_conn *conn, struct db_op *op, uint64_t deadline,
                      struct err *err);
/* The same inside an open transaction, whole or not at all when it has a savepoint, into the
 * operation's outcome.  False when the transaction itself was lost, as SQLite does to one in
 * which a write was interrupted. */
bool sqlite_run_op(struct sqlite_conn *conn, struct db_op *op, uint64_t deadline,
                   bool savepoint);
bool sqlite_step(struct sqlite_conn *conn, sqlite3_stmt *stmt, struct db_result *result,
                 struct db_names **shared, struct err *err);

/* value.c */
/* The value is borrowed until the statement has run. */
bool sqlite_bind(sqlite3_stmt *stmt, int slot, const struct db_value *value, struct err *err);
void sqlite_read_columns(sqlite3_stmt *stmt, struct db_result *result,
                         struct db_names **shared);
bool sqlite_read_row(sqlite3_stmt *stmt, struct db_result *result, struct err *err);

/* read.c */
bool sqlite_readers_start(struct sqlite_worker *worker, struct err *err);
void sqlite_readers_stop(struct sqlite_worker *worker);

/* write.c */
bool sqlite_writer_start(struct sqlite_db *db, struct err *err);
void sqlite_writer_stop(struct sqlite_db *db);

/* health.c: the writer's thread, but for sqlite_well() */
void sqlite_files_note(struct sqlite_db *db); /* once: as they are now */
void sqlite_files_done(struct sqlite_db *db);
/* Are they still those?  Where not, that is trouble. */
bool sqlite_files_are_there(struct sqlite_db *db, struct err *err);
/* After every attempt to write: it is well again where something was committed and nothing
 * failed by the disk's fault. */
void sqlite_wrote(struct sqlite_db *db, bool committed);
void sqlite_look(struct sqlite_db *db); /* when there is nothing to do */
bool sqlite_well(struct db *db, struct err *err);
/* Before the writer starts.  The message says what has to be allowed. */
bool sqlite_can_write(struct sqlite_db *db, struct err *err);

/* tx.c */
void sqlite_tx_serve(struct sqlite_db *db, struct db_op *begin); /* until it has ended */
void sqlite_tx_submit(struct db_op *op);
void sqlite_tx_abandon(struct db_tx *tx);

/* session.c */
bool sqlite_session_open(struct db *db, struct db_session **ret_session, struct err *err);
bool sqlite_session_run(struct db_session *session, const char *sql,
                        const struct db_value *args, size_t nargs, struct db_result *ret_result,
                        struct err *err);
bool sqlite_session_check(struct db_session *session, const char *sql, int *ret_line,
                          struct err *err);
void sqlite_session_close(struct db_session *session);
bool sqlite_session_snapshot(struct db_session *session, struct err *err);
bool sqlite_session_query(struct db_session *session, const char *sql, struct err *err);
bool sqlite_session_row(struct db_session *session, struct db_result *ret_row, bool *ret_there,
                        struct err *err);
bool sqlite_session_backup(struct db_session *session, const char *label, char **ret_path,
                           struct err *err);
bool sqlite_session_copy(struct db_session *session, const char *path, db_progress *progress,
                         void *owner, struct err *err);
