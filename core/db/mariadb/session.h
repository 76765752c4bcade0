/* Private to MariaDB's sessions and the lease that one may hold. */
#pragma once

#include "db/mariadb/driver.h"

/* Renewed by a thread on a connection of its own. */
struct maria_lease;
/* Gives it back; false when it had been lost.  NULL is fine. */
bool maria_lease_release(struct maria_lease *lease, struct err *err);

struct db_session {
    struct maria_db *db;
    MYSQL *my;
    struct maria_binds params, columns;
    struct maria_lease *lease; /* or NULL */
};
