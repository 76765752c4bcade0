/* How SQL is read on MariaDB. */
#include "db/mariadb/mariadb.h"

const struct sql_dialect mariadb_dialect = {
    .name = "mariadb",
    .url = "mariadb://user@host:3306/name",
    .backslashes = true,
    .hashes = true,
    .variables = true,
    .commits = true,
};
