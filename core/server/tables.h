/* What a copy of a database must have in common with it, asked of a session of either. */
#pragma once

#include "db/db.h"

struct tally {
    uint64_t tables, rows;
};

/* All tables and their rows, as the session sees them.  SQLite's. */
bool tables_count(struct db *db, struct db_session *session, struct tally *ret_tally,
                  struct err *err);
/* Is the file sound, page by page?  SQLite's. */
bool tables_are_sound(struct db *db, struct db_session *session, struct err *err);

/* A restored copy sends no letters until it is told to: its mark, and that it is gone. */
bool tables_mark_restored(struct db *db, struct db_session *session, struct err *err);
bool tables_is_restored(struct db *db, struct db_session *session, bool *ret_restored,
                        struct err *err);
bool tables_forget_restored(struct db *db, struct db_session *session, struct err *err);
