/* The databases that this program can use. */
#pragma once

#include "db/db.h"

extern const struct db_driver *const server_drivers[]; /* NULL behind the last */
