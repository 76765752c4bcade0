/* How SQL is read on SQLite. */
#include "db/sqlite/sqlite.h"

const struct sql_dialect sqlite_dialect = {
    .name = "sqlite",
    .url = "sqlite:///path/file.db",
    .brackets = true,
};
