/* The MariaDB driver, as the program's table of drivers names it. */
#pragma once

#include "db/db.h"

extern const struct db_driver mariadb_driver;
extern const struct sql_dialect mariadb_dialect;
