/* The table of drivers: nothing below names one. */
#include "server/drivers.h"

#include "db/mariadb/mariadb.h"
#include "db/sqlite/sqlite.h"

#include <stddef.h>

const struct db_driver *const server_drivers[] = {&sqlite_driver, &mariadb_driver, NULL};
