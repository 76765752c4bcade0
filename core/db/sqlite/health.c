/*
 * Can the database be written to?  What the writer thread finds out, told once per change.
 *
 * A file system that is full, read-only or broken shows in SQLite's codes.  A file that was
 * removed or replaced does not: the old one, which has no name any more, goes on taking commits
 * that nobody will ever find.  So the names are looked at before a group of writes, and once a
 * second where there is none; while something is wrong that look tries a commit of its own.
 */
#include "base/mem.h"
#include "db/sqlite/driver.h"

#include <stdlib.h>
#include <sys/stat.h>

static const char *const endings[SQLITE_FILES] = {"", "-wal", "-shm"};

void sqlite_files_note(struct sqlite_db *db)
{
    for (size_t i = 0; i < SQLITE_FILES; i++) {
        char *path = mem_format("%s%s", db->path, endings[i]);
        struct stat found = {0};
        (void)stat(path, &found);
        db->files[i] = (struct sqlite_file){path, found.st_dev, found.st_ino};
    }
}

void sqlite_files_done(struct sqlite_db *db)
{
    for (size_t i = 0; i < SQLITE_FILES; i++)
        free(db->files[i].path);
}

static bool same_files(const struct sqlite_db *db, struct err *err)
{
    for (size_t i = 0; i < SQLITE_FILES; i++) {
        struct stat found;
        bool there = stat(db->files[i].path, &found) == 0;
        if (there && found.st_ino == db->files[i].inode && found.st_dev == db->files[i].device)
            continue;
        return err_set(err, ERR_IO,
                       "%s was %s under the running program: nothing is written any more; "
                       "put the files back, or stop the program first and then bring a copy",
                       db->files[i].path, there ? "replaced" : "removed");
    }
    return true;
}

static void tell(struct sqlite_db *db, bool good, const char *what)
{
    if (db->base.news != NULL)
        db->base.news(db->base.news_owner, good, what);
}

static void trouble(struct sqlite_db *db, const struct err *why)
{
    pthread_mutex_lock(&db->health_lock);
    bool news = !db->unwell;
    db->unwell = true;
    db->why = *why;
    pthread_mutex_unlock(&db->health_lock);
    if (news)
        tell(db, false, why->text);
}

static void recovered(struct sqlite_db *db)
{
    pthread_mutex_lock(&db->health_lock);
    bool news = db->unwell;
    db->unwell = false;
    pthread_mutex_unlock(&db->health_lock);
    if (news)
        tell(db, true, "the database can be written to again");
}

bool sqlite_files_are_there(struct sqlite_db *db, struct err *err)
{
    if (same_files(db, err))
        return true;
    trouble(db, err);
    return false;
}

void sqlite_wrote(struct sqlite_db *db, bool committed)
{
    int code = db->conn->trouble;
    struct err failure, why;
    db->conn->trouble = 0;
    if (code != 0) {
        sqlite_disk_error(db->path, code, &failure);
        err_set(&why, ERR_IO, "the database %s", failure.text);
        trouble(db, &why);
    } else if (committed) {
        recovered(db);
    }
}

/* Writes what is there already, so that something has to reach the disk. */
static bool try_commit(struct sqlite_conn *conn)
{
    struct db_result result = {0};
    sqlite3_stmt *stmt = NULL;
    bool good = sqlite_control(conn, CONTROL_BEGIN, NULL) &&
                sqlite_prepare(conn, "PRAGMA user_version", false, &stmt, NULL) &&
                sqlite_step(conn, stmt, &result, NULL, NULL) && result.nrows == 1;
    sqlite3_finalize(stmt);
    if (good) {
        CLEANUP(mem_freep)
        char *sql =
            mem_format("PRAGMA user_version = %lld", (long long)result.cells[0].integer);
        good = sqlite3_exec(conn->handle, sql, NULL, NULL, NULL) == SQLITE_OK &&
               sqlite_control(conn, CONTROL_COMMIT, NULL);
    }
    sqlite_rollback(conn);
    db_result_done(&result);
    return good;
}

void sqlite_look(struct sqlite_db *db)
{
    struct err err;
    if (sqlite_files_are_there(db, &err) && !sqlite_well(&db->base, NULL))
        sqlite_wrote(db, try_commit(db->conn));
}

bool sqlite_well(struct db *base, struct err *err)
{
    struct sqlite_db *db = sqlite_of(base);
    pthread_mutex_lock(&db->health_lock);
    bool well = !db->unwell || err_set(err, ERR_IO, "%s", db->why.text);
    pthread_mutex_unlock(&db->health_lock);
    return well;
}

/* A read-only file begins a transaction all the same; only its index's mode shows in that. */
bool sqlite_can_write(struct sqlite_db *db, struct err *err)
{
    if (sqlite3_db_readonly(db->conn->handle, "main") == 1) {
        err_set(err, ERR_IO, "%s", sqlite3_errstr(SQLITE_READONLY));
    } else if (sqlite_control(db->conn, CONTROL_BEGIN, err)) {
        sqlite_rollback(db->conn);
        return true;
    } else if (err->kind == ERR_CONFLICT) {
        return true; /* another program writes just now */
    }
    return err_set(err, ERR_IO,
                   "%s; the user who runs this has to be allowed to write it, the files beside "
                   "it and their folder: chown them to that user, then chmod u+rw %s*",
                   err->text, db->path);
}
