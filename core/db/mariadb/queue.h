/*
 * The queue of a worker's operations on top of a driver that has none: what that refuses for
 * want of room waits here, in order, up to the `queue` of the URL and until its deadline.
 * Operations that can share an execution leave it together.
 */
#pragma once

#include "db/db.h"

/* As struct db_driver says; below: attach, detach, submit, cancel and abandon of the driver
 * that runs them.  limit: how many may wait. */
bool maria_queue_attach(const struct db_driver *below, struct db *db, struct loop *loop,
                        size_t limit, struct db_worker **ret_worker, struct err *err);
void maria_queue_detach(struct db_worker *worker);
bool maria_queue_submit(struct db_worker *worker, struct db_op *op, struct err *err);
void maria_queue_cancel(struct db_worker *worker, struct db_op *op);
void maria_queue_abandon(struct db_worker *worker, struct db_tx *tx);
