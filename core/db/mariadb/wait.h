/*
 * Operations that wait for a connection: each until its deadline at most.  What has ended in
 * waiting is added to the ends.  Borrowed from adding to taking.
 */
#pragma once

#include "db/db.h"

struct maria_wait {
    struct loop *loop;
    struct db_ends *ends;
    struct db_ops ops;
    size_t count;
    struct loop_timer expiry; /* the first deadline of those */
};

void maria_wait_init(struct maria_wait *wait, struct loop *loop, struct db_ends *ends);
void maria_wait_add(struct maria_wait *wait, struct db_op *op);
void maria_wait_add_first(struct maria_wait *wait, struct db_op *op);
struct db_op *maria_wait_take(struct maria_wait *wait); /* one that is not late; or NULL */
bool maria_wait_remove(struct maria_wait *wait, struct db_op *op); /* false: it is not there */
void maria_wait_fail(struct maria_wait *wait, const struct err *err); /* all of them */

/* The operation fails, and all that share its execution. */
void maria_fail(struct db_ends *ends, struct db_op *op, const struct err *err);
