/*
 * Which operations wait although a connection is idle, because others may come that share their
 * execution.
 */
#pragma once

#include "db/mariadb/lend.h"

struct maria_gathering {
    struct pool *pool;
    struct loop_timer later, end_of_turn;
    bool is_over;  /* those that share have waited for each other long enough */
    uint64_t turn; /* of the loop, in which a lookup has begun; loop_now() */
};

void maria_gathering_start(struct maria_gathering *gathering, struct pool *pool);
void maria_gathering_stop(struct maria_gathering *gathering);

/* Is it to wait above?  Executions of a statement that adds rows do not go more than some
 * abreast; there will be room for those behind them. */
bool maria_gathering_refuses(struct maria_gathering *gathering, const struct db_op *op);
/* Takes a lookup that others may follow in this turn of the loop, while a connection is idle:
 * it begins with them at the end of the turn.  The first one need not wait where nothing runs.
 */
bool maria_gathering_takes(struct maria_gathering *gathering, struct db_op *op);
