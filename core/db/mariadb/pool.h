/*
 * The pool of a worker's connections: itself a driver, behind the driver's functions, without
 * room for operations that wait.  Here alone things are tried again and hosts are chosen.
 *
 * submit() refuses an operation with ERR_LIMIT when no connection is free for it; the worker's
 * room() is called when it would take one.  An operation may bring others that share its
 * execution (op->group); all are handed back one by one.
 */
#pragma once

#include "db/db.h"

/* attach, detach, submit, cancel, abandon; its struct db is a struct maria_db. */
extern const struct db_driver maria_pool;
