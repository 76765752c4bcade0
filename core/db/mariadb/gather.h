/*
 * Which operations wait although a connection is idle, because others may come that share their
 * execution.
 */
#pragma once

#include "db/mariadb/lend.h"

struct maria_gathering {
    struct pool *pool;
    struct loop_timer end_of_turn;
    uint64_t turn; /* of the loop, in which one has begun; loop_now() */
};

void maria_gathering_start(struct maria_gathering *gathering, struct pool *pool);
void maria_gathering_stop(struct maria_gathering *gathering);

/* Takes one that others may follow in this turn of the loop, while a connection is idle: it
 * begins with them at the end of the turn.  The first one need not wait where nothing runs. */
bool maria_gathering_takes(struct maria_gathering *gathering, struct db_op *op);
