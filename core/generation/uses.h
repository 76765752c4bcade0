/*
 * Checks the statements that scripts use against those that exist, when a generation is built:
 *
 *     db.one("item.find", { id = id, now = now })     also all, exec, t:one …
 *     req:all("tag")                                 a field, but for handles of db.tx()
 *     { "item.insert", { id = id, … } }              an item of a batch
 *
 * Names and the keys of an argument table must be written literally, which is what makes this
 * possible: an unknown statement, a parameter that the statement lacks and one that the call
 * forgets are faults with file and line.
 */
#pragma once

#include "db/statement.h"
#include "generation/faults.h"
#include "generation/snapshot.h"

void uses_check(const struct snapshot *snapshot, const struct statement_set *set,
                struct faults *faults);
