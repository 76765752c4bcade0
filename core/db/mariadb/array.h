/*
 * A group in one execution on a connection, and how that is found out to be possible.
 *
 *   described      the statement's table, once -> IDLE, and the statement knows
 *   array          [prepared] -> executed -> a row of the answer for each
 *   lookups        [prepared] -> executed -> rows of the answer, each for one of them
 *
 * It fails as a whole and does not say by which row: nothing of it is there then, and
 * each of its operations has to run by itself.
 */
#pragma once

#include "db/mariadb/conn.h"
#include "db/mariadb/group.h"

bool maria_conn_takes_arrays(const struct maria_conn *conn);
/* What the operation's statement can do, for all that come later; it is not run. */
void maria_conn_describe(struct maria_conn *conn, struct db_op *op, uint64_t due);
void maria_conn_run_group(struct maria_conn *conn, struct db_op *first, uint64_t due);
