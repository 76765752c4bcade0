/*
 * The connections of a worker: made, lent, taken back, cleaned, probed, closed.
 *
 * They are made when an operation had to be refused, up to the worker's share; one is kept
 * always.  What a connection left behind on the server is rolled back before it is lent again;
 * one on which anything is uncertain is closed and replaced.
 *
 *   IDLE <-> RUN      an operation of its own
 *     ^  <-> HELD     by a transaction, whether or not an operation runs in it
 *     `----- CLEAN    rolled back or probed before it is lent again
 *
 * Every state is a list, and one function moves a connection's slot from one to another.
 */
#pragma once

#include "db/mariadb/conn.h"
#include "db/mariadb/dial.h"
#include "db/mariadb/wait.h"

struct pool;

enum slot_use { SLOT_IDLE, SLOT_RUN, SLOT_HELD, SLOT_CLEAN, SLOT_CLOSED, SLOT_USES };

struct slot {
    TAILQ_ENTRY(slot) link;
    struct pool *pool;
    struct maria_conn *conn;
    enum slot_use use;
    size_t host;
    uint64_t since;                  /* it does what it does; loop_now() */
    struct loop_timer timer;         /* the end of a rest, or of its transaction */
    struct db_op *op;                /* that runs, or rests, or NULL */
    struct db_tx *tx;                /* that holds it, or NULL */
    void (*then)(struct slot *slot); /* what follows when the connection is idle or closed */
};

TAILQ_HEAD(slot_list, slot);

struct pool {
    struct db_worker base;
    struct loop *loop;
    /* Given from above: an operation for a slot that is idle; what its connection says, where
     * slot->then is NULL. */
    void (*start)(struct slot *slot, struct db_op *op);
    void (*over)(struct slot *slot); /* an operation in a transaction */
    void (*hung_up)(struct slot *slot);

    struct slot_list slots[SLOT_USES];
    size_t counts[SLOT_USES];
    struct db_ends ends;
    struct maria_wait again; /* operations that are taken already, before all that come later:
                                that are tried again, or wait for the end of the turn */
    struct maria_dialler dialler;
    struct loop_timer burial, tick;
    const struct slot *fresh; /* that has become idle just now */
    bool refused;             /* an operation, since there was room */
    bool inside; /* some function of the pool: nothing is handed back before its end */
};

static inline struct maria_db *pool_db(const struct pool *pool)
{
    return maria_of(pool->base.db);
}

/* With start() and hung_up() set. */
void pool_open(struct pool *pool, struct db *db, struct loop *loop);
/* Every slot is closed; frees what it owns. */
void pool_close(struct pool *pool);

/* Whoever enters first hands back what has ended, on leaving: at once in a callback of the
 * loop, else soon. */
bool pool_enter(struct pool *pool);
void pool_leave(struct pool *pool, bool first, bool callback);

/* To the front of its list: of the idle ones that used last is lent first, so that those which
 * nobody needs grow old. */
void slot_move(struct slot *slot, enum slot_use use);
/* Which one runs the operation; or NULL. */
struct slot *pool_find(const struct pool *pool, const struct db_op *op);

/* An idle one that the server is not known to have closed, or NULL. */
struct slot *pool_lend(struct pool *pool);
/* It was asked for in vain. */
void pool_refuse(struct pool *pool);
/* Takes a connection back: cleans it where it must be, and lends it again. */
void pool_release(struct slot *slot);
/* Begins what was taken already, as far as there are connections. */
void pool_resume(struct pool *pool);
/* The host is passed by for a while; what is idle on it stays where it is good for reads. */
void pool_shun(struct pool *pool, size_t host, enum maria_use why, const char *text);
/* That too, where its connection's answer says that the host is of no use. */
void slot_pass_by(struct slot *slot);
/* Closes it, and looks for another where one is needed. */
void pool_replace(struct slot *slot);
bool pool_is_down(const struct pool *pool, struct err *err);
