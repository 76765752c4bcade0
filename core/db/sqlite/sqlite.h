/* The SQLite driver, as the program's table of drivers names it. */
#pragma once

#include "db/db.h"

extern const struct db_driver sqlite_driver;
extern const struct sql_dialect sqlite_dialect;
