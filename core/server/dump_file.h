/* Files that mariadb-dump has written. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

/* Does it begin as one?  Else ERR_INPUT. */
bool dump_file_is_one(const char *path, struct err *err);
/* Did its writer come to the end?  Else ERR_INPUT. */
bool dump_file_is_whole(const char *path, struct err *err);
