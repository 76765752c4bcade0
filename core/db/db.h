/*
 * The database as the rest of the house sees it: one table of functions per driver, one kind
 * of operation, one kind of error.
 *
 * A `struct db` is one database of the process.  Each worker attaches its loop and gets a
 * `struct db_worker`; operations are submitted to it and end by done() on that loop's thread,
 * never inside db_submit().  No call blocks a loop thread, but those marked "blocks".
 *
 * An operation (struct db_op) is made by its submitter, who owns it until db_submit() succeeds
 * and again from done() on.  In between only db_cancel() may touch it: afterwards done() does
 * not fire, and the driver frees the operation when it can.  A cancelled write may or may not
 * have happened.
 *
 * An interactive transaction belongs to the worker that opened it, and to its submitter, who
 * takes it out of op->tx in done() of DB_BEGIN, until DB_COMMIT or DB_ROLLBACK is submitted or
 * db_abandon() is called; one of them must happen.  When it takes too long the driver rolls it
 * back by itself: operations in it then end with ERR_TIMEOUT, but it is still there and still
 * has to be ended.
 *
 * Writes outside a transaction share commits with those of other workers; each still has its
 * own answer.  done() of a write is called after the commit that made it durable.
 */
#pragma once

#include "base/err.h"
#include "base/limits.h"
#include "base/url.h"
#include "db/dialect.h"
#include "db/statement.h"
#include "db/value.h"
#include "loop/loop.h"

#include <sys/queue.h>

struct db;
struct db_tx;    /* an interactive transaction; the driver's */
struct db_group; /* likewise */
struct db_session;

enum db_verb {
    DB_RUN,        /* the calls, all or nothing */
    DB_BEGIN,      /* opens an interactive transaction; done() finds it in op->tx */
    DB_COMMIT,     /* ends op->tx, the driver's from submitting on, whatever the outcome */
    DB_ROLLBACK,   /* likewise */
    DB_CHECKPOINT, /* folds the driver's journal into its files; where driver->checkpoints */
    DB_CATCH_UP,   /* waits until what others of its cluster have committed shows; where it is
                      one of several: driver->is_clustered() */
};

struct db_call {
    const struct statement *statement;
    struct db_value *args; /* statement->nparams of them, by index of the parameter */
};

struct db_op {
    enum db_verb verb;
    struct statement_set *set; /* a reference; NULL where there are no calls */
    size_t ncalls;
    struct db_call *calls; /* of the operation's own memory, as the results are */
    struct db_tx *tx;      /* run inside it; NULL: by itself */
    struct db_kept *kept;  /* what arguments are lent; see db_op_keep() */
    char *room;            /* for more of it, and for arguments: so many bytes are … */
    size_t left;           /* … left behind the operation, or in the first of … */
    struct db_block *blocks;
    uint64_t deadline; /* clock_monotonic(); past it the operation ends with ERR_TIMEOUT;
                          UINT64_MAX, as db_op_new() leaves it, for none */
    void (*done)(struct db_op *op);
    void *owner;

    /* the outcome, valid in done() */
    bool ok;
    struct err err;
    struct db_result *results; /* one per call */

    /* the driver's */
    struct loop_call call;
    TAILQ_ENTRY(db_op) link;
    struct db_worker *worker;
    int cancelled;          /* atomic */
    struct db_group *group; /* those that share its execution, or NULL */
    int tries;              /* that it has had before this one */
    bool alone;             /* it shares no execution with others any more */
};

TAILQ_HEAD(db_ops, db_op);

/* An operation with room for so many calls; takes its own reference to the set. */
struct db_op *db_op_new(enum db_verb verb, struct statement_set *set, size_t ncalls);
/* Points call `index` at a statement of the set, its arguments NULL, to be filled in. */
struct db_value *db_op_call(struct db_op *op, size_t index, const struct statement *statement);
/* Bytes that arguments of any of its calls may be lent: a copy that the operation keeps, made
 * of a source that is known by its address; that copy again, NULL where there is none. */
const char *db_op_keep(struct db_op *op, struct slice source);
const char *db_op_kept(const struct db_op *op, const char *source);
/* What the results of that call share the names of their columns in. */
struct db_names **db_op_names(const struct db_op *op, size_t call);
bool db_op_writes(const struct db_op *op); /* any of its calls does */
/* Puts "NAME (FILE:LINE): " before the text; false. */
bool db_err_prefix(struct err *err, const struct statement *statement);
/* NULL is fine.  A transaction that nobody took out of its DB_BEGIN is abandoned. */
void db_op_free(struct db_op *op);

/* Reads where a database is, of one of the drivers: "DRIVER:///path/file.db?queue=1024".  The
 * URL is the caller's, for url_done(). */
bool db_url_parse(const struct db_driver *const *drivers, const char *text, struct url *ret_url,
                  struct err *err);
/* An option that is a number from 1 to `most`; what *number holds stays where there is none. */
bool db_url_number(const struct url *url, const char *name, int64_t most, size_t *number,
                   struct err *err);

/* How far a long job has come, in units of its own; false ends it. */
typedef bool db_progress(void *owner, uint64_t done, uint64_t total);

/* What a driver offers.  Every function may be called from the thread named at it. */
struct migration_source;

struct db_driver {
    const struct sql_dialect *dialect;
    /* What opens a transaction for a session that will write; COMMIT and ROLLBACK end it. */
    const char *begin;
    /* Does it keep what was overwritten in a journal of its own, which DB_CHECKPOINT empties?
     */
    bool checkpoints;
    const char *has_table; /* answers a row when there is a table of the name given */
    const char *table_end; /* what ends the CREATE TABLE of a table of the driver's user */

    /* main thread; blocks */
    bool (*open)(const struct url *url, struct db **ret_db, struct err *err);
    /* Is there one, so that open() makes nothing?  NULL: it never does. */
    bool (*find)(const struct url *url, struct err *err);
    void (*close)(struct db *db); /* after every worker has detached */

    /* a worker's thread */
    bool (*attach)(struct db *db, struct loop *loop, struct db_worker **ret_worker,
                   struct err *err);
    void (*detach)(struct db_worker *worker); /* blocks until its operations have ended; their
                                                 done() calls have been posted or run */
    bool (*submit)(struct db_worker *worker, struct db_op *op, struct err *err);
    void (*cancel)(struct db_worker *worker, struct db_op *op);
    /* Any thread.  false, with why, while writes fail by the database's own fault; NULL where
     * the driver does not know. */
    bool (*well)(struct db *db, struct err *err);
    /* Any thread.  Is it one of several servers that have each other's commits a little later?
     * NULL: it never is. */
    bool (*is_clustered)(struct db *db);
    /* Any thread.  A line for each host of several, how it is, each behind a prefix; NULL where
     * there are none. */
    void (*describe)(struct db *db, const char *prefix, struct buf *out);
    /* Any thread.  Sets the driver's gauges anew; NULL where they always are. */
    void (*measure)(struct db *db);
    void (*abandon)(struct db_worker *worker,
                    struct db_tx *tx); /* rolls back, waits for nobody */

    /* any thread; blocks: a connection for migrations, checks and start-up */
    bool (*session_open)(struct db *db, struct db_session **ret_session, struct err *err);
    bool (*session_run)(struct db_session *session, const char *sql,
                        const struct db_value *args, size_t nargs, struct db_result *ret_result,
                        struct err *err);
    /* Only prepares: may the SQL be a named statement of this database?  *ret_line, written on
     * failure, is the line of the SQL that is at fault, counted from 1; 0 for unknown. */
    bool (*session_check)(struct db_session *session, const char *sql, int *ret_line,
                          struct err *err);
    void (*session_close)(struct db_session *session);
    /* A session of somebody else's server: nothing is asked of it, nothing set up on it, and it
     * may be older than what we work on.  NULL where there are none. */
    bool (*session_guest)(const struct url *url, struct db_session **ret_session,
                          struct err *err);
    /* From here on, until the session is closed, it reads what there is now and nothing later.
     */
    bool (*session_snapshot)(struct db_session *session, struct err *err);
    /* Rows one by one, however many: of one query at a time, which takes no arguments.  Until
     * *ret_there is false the session does nothing else; another query ends it.  A row takes
     * the place of the one before in *ret_row, which is the caller's. */
    bool (*session_query)(struct db_session *session, const char *sql, struct err *err);
    bool (*session_row)(struct db_session *session, struct db_result *ret_row, bool *ret_there,
                        struct err *err);
    /* A copy of the database beside it before it is migrated, where that makes sense; its path
     * is the caller's to free. */
    bool (*session_backup)(struct db_session *session, const char *label, char **ret_path,
                           struct err *err);
    /* The whole database as the session's transaction sees it, into a file that is there and
     * empty; synced.  Others go on meanwhile.  ERR_TIMEOUT where it was ended.  NULL where the
     * database is no file. */
    bool (*session_copy)(struct db_session *session, const char *path, db_progress *progress,
                         void *owner, struct err *err);
    /* Keeps other programs, on whatever host, from locking the same name, until unlocked; waits
     * its turn, but not for ever.  NULL where transactions do it.  Unlocking fails when the
     * lock had been lost. */
    bool (*session_lock)(struct db_session *session, const char *name, struct err *err);
    bool (*session_unlock)(struct db_session *session, struct err *err);
    /* Any thread: what may be wrong with migrations though their database takes them; those
     * for every driver count where they are shared.  NULL: nothing is known of. */
    void (*judge_migrations)(const struct migration_source *sources, size_t count,
                             const struct db_driver *const *drivers, bool shared,
                             statement_fault *fault, void *owner);
};

/* What keeps a database from serving, and that it is well again: told once per change, from
 * any thread. */
typedef void db_news(void *owner, bool good, const char *what);

/* Every struct db of a driver begins with this, and every worker of a driver with the other. */
struct db {
    const struct db_driver *driver;
    const struct db_driver *const *drivers; /* that there are */
    db_news *news;                          /* set before workers attach, or NULL */
    void *news_owner;
    int schema;       /* atomic; the migration of the application's that every host has to have;
                         0: any */
    bool is_shut;     /* atomic; see db_shut() */
    char *why;        /* it is */
    bool is_new;      /* set by who migrates it: there is nothing yet to keep a copy of */
    uint64_t longest; /* ns that an operation of a worker may take at most, for a server that
                         ends statements by itself; set before workers attach, or 0 */
    int tx_s; /* how long an interactive transaction may last; 0: LIMIT_DB_TX_S.  Specs are
                 one by one, so that theirs keeps nobody waiting */
};

static inline int db_tx_seconds(const struct db *db)
{
    return db->tx_s > 0 ? db->tx_s : LIMIT_DB_TX_S;
}

struct db_worker {
    struct db *db;
    size_t index; /* of the workers of its database, for metrics */
    /* A driver that stands below another calls this where it has refused an operation with
     * ERR_LIMIT and would take one again; set by who has attached it, or NULL. */
    void (*room)(void *above);
    void *above;
};

/* Opens by the URL's scheme, with one of the drivers of a list that ends with NULL; ERR_INPUT
 * names those there are. */
bool db_open(const struct db_driver *const *drivers, const struct url *url, struct db **ret_db,
             struct err *err);
/* Is there what db_open() would not have to make? */
bool db_find(const struct db_driver *const *drivers, const struct url *url, struct err *err);
/* A session of somebody else's server, and whose it is; ERR_INPUT where the URL's driver has
 * none.  Blocks. */
bool db_guest(const struct db_driver *const *drivers, const struct url *url,
              const struct db_driver **ret_driver, struct db_session **ret_session,
              struct err *err);
void db_close(struct db *db); /* NULL is fine */

/* On the worker's thread. */
bool db_attach(struct db *db, struct loop *loop, struct db_worker **ret_worker,
               struct err *err);
void db_detach(struct db_worker *worker); /* blocks, see the driver; NULL is fine */

/* false, with ERR_LIMIT when the queue is full and ERR_IO when the database has been out of
 * reach for a while: the caller still owns the operation. */
bool db_submit(struct db_worker *worker, struct db_op *op, struct err *err);
void db_cancel(struct db_op *op);
/* Harmless right after db_cancel() of the transaction's own DB_COMMIT or DB_ROLLBACK. */
void db_abandon(struct db_worker *worker, struct db_tx *tx);

/* Can it be written to, as far as is known without trying?  Any thread; does not block. */
bool db_well(struct db *db, struct err *err);

/* Refuses every operation of its workers with ERR_IO and that reason, until it is opened again;
 * sessions are not concerned.  Any thread, one at a time. */
void db_shut(struct db *db, const char *why);
void db_unshut(struct db *db);
/* Why it is shut; NULL: it is not.  Valid until the database is closed. */
const char *db_is_shut(const struct db *db);

/* The database's name of "now" is the host's clock: statements get :now from the caller. */

/* Prepares every statement of a set on a real connection; faults as statement_set_new().
 * Blocks.  false only when the database could not be reached. */
bool db_check(struct db *db, const struct statement_set *set, statement_fault *fault,
              void *owner, struct err *err);

/* ---- for drivers: what becomes of an operation, the same in all of them ---- */

void db_op_fail(struct db_op *op, const struct err *err);
/* Cancelled, or past its deadline before it has begun: then it has failed. */
bool db_op_is_late(struct db_op *op);
/* On the worker's thread, when it has ended: done(), or, cancelled, it is freed.  The
 * transaction that it ended, if any, must be one piece of free()-able memory. */
void db_op_return(struct db_op *op);

/* Operations of a loop that have ended, until they are handed back: never inside db_submit().
 */
struct db_ends {
    struct loop *loop;
    struct db_ops ops;
    struct loop_timer later;
    bool returning;
};

void db_ends_init(struct db_ends *ends, struct loop *loop);
void db_ends_add(struct db_ends *ends, struct db_op *op);
void db_ends_return(struct db_ends *ends);       /* now; harmless inside itself */
void db_ends_return_later(struct db_ends *ends); /* soon, if there are any */
/* By way of the loop, which calls back when the driver has gone; a transaction that would then
 * be its submitter's has not begun. */
void db_ends_post(struct db_ends *ends);
