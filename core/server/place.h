/* Files that hold a whole SQLite database: made aside, and named once they are good. */
#pragma once

#include "base/url.h"
#include "db/db.h"

#include <stdbool.h>

/* Makes it anew and empty, its owner's alone. */
bool place_make(const char *path, struct err *err);
/* Opens what is there as a database. */
bool place_open(const char *path, struct db **ret_db, struct err *err);
/* Calls use() with what is there as a database, and returns what that does. */
bool place_use(const char *path,
               bool (*use)(void *owner, struct db *db, struct db_session *session,
                           struct err *err),
               void *owner, struct err *err);
/* Of a database that lies in no file: "-h HOST -u USER -p 'NAME'", for MariaDB's own tools;
 * to be freed. */
char *place_words(const struct url *url);
/* Moves FILE to FILE.1, that to FILE.2 …, so that with the one to come there are `keep`. */
bool place_rotate(const char *file, int keep, struct err *err);
/* Gives the file its name, for good. */
bool place_rename(const char *from, const char *to, struct err *err);
/* Removes it and what SQLite has laid beside it. */
void place_clear(const char *path);
/* Is there no file, or a backup, of SQLite or MariaDB, that is not the database at `live`, nor
 * one that somebody works on?  NULL: that one lies in no file. */
bool place_may_be_written(const char *path, const char *live, struct err *err);
bool place_is_database(const char *path, struct err *err);
