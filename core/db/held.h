/*
 * A database whose every operation happens in one transaction, on a session of its own, until
 * that is ended from outside: what people try out is kept when they say so.  Everything blocks.
 *
 * It has a worker like any driver's, for scripts.  Each operation is all or nothing, by a
 * savepoint; transactions that scripts open are savepoints too.  A transaction that nothing was
 * written in ends with held_rest(), so that nobody waits for it and the next sees what is new.
 */
#pragma once

#include "db/db.h"

struct held;

bool held_new(struct db *db, struct loop *loop, struct held **ret_held, struct err *err);
void held_free(struct held *held); /* rolls back; NULL is fine */
struct db_worker *held_worker(struct held *held);

/* A statement of the caller's own text.  The result is the caller's. */
bool held_run(struct held *held, const struct statement *statement, struct db_result *result,
              struct err *err);
/* Was anything written that is not kept yet? */
bool held_wrote(const struct held *held);
void held_rest(struct held *held);
bool held_end(struct held *held, bool keep, struct err *err);
