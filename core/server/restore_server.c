/*
 * See backup_server.h.  What a dump brings is no transaction, so a table says that it is under
 * way: what was left by a restore that was ended is cleared before the next one.
 */
#include "server/backup_server.h"

#include "base/copy.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/dump_file.h"
#include "server/instance.h"
#include "server/secret.h"
#include "server/tables.h"
#include "server/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTHING = 2 };

static const char *const names[] = {"mariadb", "mysql", NULL};

static const char under_way[] = "restore_under_way";

/* ---- its tables ---- */

static bool ask(struct db *db, struct db_session *session, const char *sql,
                struct db_result *ret_result, struct err *err)
{
    return db->driver->session_run(session, sql, NULL, 0, ret_result, err);
}

static bool list_tables(struct db *db, struct db_session *session, struct db_result *ret_names,
                        struct err *err)
{
    return ask(db, session,
               "SELECT TABLE_NAME FROM information_schema.TABLES "
               "WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME = 'restore_under_way'",
               ret_names, err);
}

/* The mark goes last: whatever ends this, the next one knows that it may clear. */
static bool clear(struct db *db, struct db_session *session, struct err *err)
{
    struct db_result tables = {0};
    bool ok = ask(db, session, "SET foreign_key_checks = 0", NULL, err) &&
              list_tables(db, session, &tables, err);
    for (size_t i = 0; ok && i < tables.nrows; i++) {
        CLEANUP(mem_freep)
        char *sql = mem_format("DROP TABLE `%.*s`", (int)tables.cells[i].bytes.len,
                               tables.cells[i].bytes.data);
        ok = ask(db, session, sql, NULL, err);
    }
    db_result_done(&tables);
    return ok;
}

static bool make_room(struct db *db, struct db_session *session, struct err *err)
{
    struct db_result tables = {0};
    bool left = false;
    if (!list_tables(db, session, &tables, err))
        return false;
    for (size_t i = 0; i < tables.nrows; i++)
        left = left || strcmp(tables.cells[i].bytes.data, under_way) == 0;
    bool empty = tables.nrows == 0;
    db_result_done(&tables);
    if (!empty && !left)
        return err_set(err, ERR_STATE,
                       "there is something in the database already: a dump comes into an empty "
                       "one (CREATE DATABASE another, and name it with --database)");
    return (empty || clear(db, session, err)) &&
           ask(db, session, "CREATE TABLE restore_under_way (id INT PRIMARY KEY)", NULL, err);
}

/* ---- the dump ---- */

/* One that has ended before it has read all says by its exit status that it did not mean to. */
static bool load(const struct maria_place *place, const char *file, struct err *err)
{
    const char *const words[] = {"--batch", place->database, NULL};
    struct tool tool;
    struct stat about;
    CLEANUP(file_closep) int from = open(file, O_RDONLY | O_CLOEXEC);
    if (from < 0 || fstat(from, &about) != 0)
        return err_set(err, ERR_IO, "cannot open '%s': %s", file, strerror(errno));
    if (!tool_begin(&tool, names, place, &place->hosts[0], words, true, err))
        return false;
    signal(SIGPIPE, SIG_IGN);
    enum copied fed = copy_bytes("restoring", from, tool.fd, (uint64_t)about.st_size);
    if (fed != COPY_UNWRITTEN && !copy_is_good(fed, err)) {
        tool_kill(&tool);
        return false;
    }
    return tool_end(&tool, err);
}

/* ---- the whole ---- */

static bool bring(const struct options *options, struct db *db, struct db_session *session,
                  const struct maria_place *place, const char *file, struct err *err)
{
    struct snapshot files = {0};
    struct err ignored;
    if (!make_room(db, session, err))
        return false;
    bool ok = load(place, file, err) && instance_snapshot(options, options, &files, err) &&
              instance_can_migrate(db, &files, err) && tables_mark_restored(db, session, err) &&
              ask(db, session, "DROP TABLE restore_under_way", NULL, err);
    snapshot_done(&files);
    if (!ok)
        clear(db, session, &ignored);
    return ok;
}

static bool run(struct instance *instance, const struct maria_place *place, const char *file,
                struct err *err)
{
    struct db_session *session;
    if (!dump_file_is_one(file, err) || !dump_file_is_whole(file, err) ||
        !instance_open_database(instance, false, err) ||
        !instance->db->driver->session_open(instance->db, &session, err))
        return false;
    bool ok = bring(instance->options, instance->db, session, place, file, err);
    instance->db->driver->session_close(session);
    struct err missing;
    if (ok && !secret_is_there(instance->options->secret_file, instance->db, &missing))
        fprintf(stderr, "timecapsule: restore: bring the secret before you start: %s\n",
                missing.text);
    return ok;
}

static int fail(const struct err *err)
{
    fprintf(stderr, "timecapsule: restore: %s; nothing was changed\n", err->text);
    return NOTHING;
}

int restore_server_run(const struct options *options, const struct url *url, const char *file)
{
    struct instance instance = {.options = options};
    struct maria_place place;
    struct err err;
    if (!maria_place_read(url, &place, &err))
        return fail(&err);
    bool ok = run(&instance, &place, file, &err);
    if (ok)
        printf("the database %s: from %s\n", place.database, file);
    maria_place_done(&place);
    instance_close(&instance);
    return ok ? 0 : fail(&err);
}
