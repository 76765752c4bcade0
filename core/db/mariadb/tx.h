/*
 * Interactive transactions: each holds a connection, for LIMIT_DB_TX_S at most.
 *
 *   OPEN --- COMMIT, ROLLBACK --> ended; freed when that operation is handed back
 *     |----- abandoned ---------> rolled back by the pool; freed
 *     `----- too long, lost ----> over: operations are told why; freed by COMMIT, ROLLBACK,
 *                                 abandon
 *
 * Operations in it run one after another; further ones wait in it.  It is open as long as it
 * has a holder, the slot of its connection.
 */
#pragma once

#include "db/mariadb/lend.h"

struct db_tx {
    struct slot *holder; /* NULL once it is over */
    struct db_ops waiting;
    uint64_t deadline;
    size_t ended;   /* operations in it */
    bool ending;    /* its COMMIT or ROLLBACK was submitted: freed with that */
    bool abandoned; /* its owner has gone */
    struct err why; /* when over: what operations are told */
};

struct db_tx *maria_tx_begin(struct slot *slot); /* it is open on the server */
void maria_tx_submit(struct pool *pool, struct db_op *op);
void maria_tx_run(struct slot *slot, struct db_op *op); /* its end or, by pool->over(), a run */
void maria_tx_next(struct slot *slot);                  /* an operation in it has ended */
/* It has gone from the server; harmless where there is none. */
void maria_tx_lose(struct slot *slot, const struct err *why);
void maria_tx_abandon(struct db_tx *tx);
/* True when it waited in its transaction and does not any more.  What ends a transaction has to
 * run: it frees it. */
bool maria_tx_remove(struct db_tx *tx, struct db_op *op);
