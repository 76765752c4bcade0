/*
 * The MariaDB driver: its table, opening and closing.  Three strata, each of which knows only
 * the one below it:
 *
 *   queue   operations that wait
 *   pool    connections; here alone things are tried again and hosts are chosen
 *   conn    one connection: does one thing at a time and says how it went
 *
 * Threads.  Everything of a worker belongs to its loop's thread.  A connection is made by a
 * thread of the process's for calls that block and then handed to the loop, where only the
 * client's non-blocking calls are used on it.  Sessions are the caller's and block.
 *
 *   operation   waiting -> on a connection -> ended -> done() or, cancelled, freed
 *                  ^____________| tried again: a deadlock, a connection that was gone
 */
#include "db/mariadb/mariadb.h"

#include "base/mem.h"
#include "db/mariadb/collation.h"
#include "db/mariadb/pool.h"
#include "db/mariadb/queue.h"
#include "db/mariadb/session.h"

#include <stdlib.h>

enum { THREADS = 16 }; /* that connect, at most */

static void driver_close(struct db *base)
{
    struct maria_db *db = maria_of(base);

    blocking_free(db->threads);
    maria_hosts_done(&db->hosts);
    pthread_mutex_destroy(&db->lock);
    maria_place_done(&db->place);
    free(db);
}

/* Nothing is connected yet: whether the server can be reached is for the first who need it. */
static bool driver_open(const struct url *url, struct db **ret_db, struct err *err)
{
    struct maria_place place;

    if (!maria_place_read(url, &place, err))
        return false;
    if (mysql_library_init(0, NULL, NULL) != 0) {
        maria_place_done(&place);
        return err_set(err, ERR_IO, "the MariaDB client library cannot be used");
    }
    struct maria_db *db = mem_new(1, sizeof *db);
    db->place = place;
    db->threads = blocking_new(THREADS);
    maria_hosts_init(&db->hosts, &db->place);
    pthread_mutex_init(&db->lock, NULL);
    *ret_db = &db->base;
    return true;
}

static bool driver_attach(struct db *db, struct loop *loop, struct db_worker **ret_worker,
                          struct err *err)
{
    return maria_queue_attach(&maria_pool, db, loop, maria_of(db)->place.queue, ret_worker,
                              err);
}

static bool driver_is_clustered(struct db *db)
{
    return maria_hosts_are_clustered(&maria_of(db)->hosts);
}

static void driver_describe(struct db *db, const char *prefix, struct buf *out)
{
    if (maria_of(db)->place.nhosts > 1)
        maria_hosts_describe(&maria_of(db)->hosts, prefix, out);
}

static void driver_session_close(struct db_session *session)
{
    if (session != NULL) {
        maria_session_drop_query(session);
        maria_session_unlock(session, NULL);
    }
    maria_session_close(session);
}

const struct db_driver mariadb_driver = {
    .dialect = &mariadb_dialect,
    .begin = "START TRANSACTION",
    .has_table = "SELECT 1 FROM information_schema.TABLES"
                 " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
    .table_end = MARIA_TABLE_END,
    .open = driver_open,
    .close = driver_close,
    .attach = driver_attach,
    .detach = maria_queue_detach,
    .submit = maria_queue_submit,
    .cancel = maria_queue_cancel,
    .abandon = maria_queue_abandon,
    .is_clustered = driver_is_clustered,
    .describe = driver_describe,
    .session_open = maria_session_open,
    .session_run = maria_session_run,
    .session_check = maria_session_check,
    .session_close = driver_session_close,
    .session_guest = maria_session_guest,
    .session_snapshot = maria_session_snapshot,
    .session_query = maria_session_query,
    .session_row = maria_session_row,
    .judge_migrations = maria_judge_migrations,
    .session_lock = maria_session_lock,
    .session_unlock = maria_session_unlock,
};
