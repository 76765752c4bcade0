/*
 * The lease that keeps two programs from migrating one database at the same time: a row with
 * an owner and an end.
 *
 * Locks that a connection holds (GET_LOCK, LOCK TABLES) mean nothing to the other nodes of a
 * Galera cluster, and every schema change commits.  So a lease is a committed row; its holder
 * renews it from a thread with a connection of its own, because a schema change may outlast
 * it.  A holder that dies is succeeded LEASE_S later.  Times are the server's, so that
 * the clocks of the nodes do not matter.
 *
 *   free --INSERT--> held --renewed…--> released (DELETE)
 *                     `---- ended ----> taken over (UPDATE … WHERE until < now)
 */
#include "db/mariadb/session.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/str.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LEASE_S "10"
enum { RENEW_S = 3, PATIENCE_S = 60, OWNER = 16, ASK_MS = 200 };

static const char create_sql[] = "CREATE TABLE IF NOT EXISTS migration_lease ("
                                 "space VARCHAR(64) NOT NULL PRIMARY KEY,"
                                 "owner VARCHAR(64) NOT NULL,"
                                 "until BIGINT NOT NULL" MARIA_TABLE_END;
static const char insert_sql[] = "INSERT INTO migration_lease (owner, space, until) VALUES (?, "
                                 "?, UNIX_TIMESTAMP() + " LEASE_S ")";
static const char take_over_sql[] =
    "UPDATE migration_lease SET owner = ?, until = UNIX_TIMESTAMP() + " LEASE_S
    " WHERE space = ? AND until < UNIX_TIMESTAMP()";
static const char renew_sql[] = "UPDATE migration_lease SET until = UNIX_TIMESTAMP() + " LEASE_S
                                " WHERE owner = ? AND space = ?";
static const char release_sql[] = "DELETE FROM migration_lease WHERE owner = ? AND space = ?";

struct maria_lease {
    struct db_session *session; /* the keeper's */
    struct db_value args[2];    /* owner, space */
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    bool ending, lost;
};

static bool run(struct db_session *session, const char *sql, const struct db_value *args,
                int64_t *ret_affected, struct err *err)
{
    struct db_result result = {0};

    if (!maria_session_run(session, sql, args, 2, &result, err))
        return false;
    *ret_affected = result.affected;
    db_result_done(&result);
    return true;
}

/* ---- keeping ---- */

/* Until it is time to renew; false when the lease ends.  The lock is held. */
static bool sleep_on(struct maria_lease *lease)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += RENEW_S;
    while (!lease->ending && pthread_cond_timedwait(&lease->wake, &lease->lock, &until) == 0)
        continue;
    return !lease->ending;
}

static void *keep(void *owner)
{
    struct maria_lease *lease = owner;

    pthread_mutex_lock(&lease->lock);
    while (sleep_on(lease)) {
        int64_t affected = 0;
        pthread_mutex_unlock(&lease->lock);
        bool kept = run(lease->session, renew_sql, lease->args, &affected, NULL);
        pthread_mutex_lock(&lease->lock);
        lease->lost |= !kept || affected != 1;
    }
    pthread_mutex_unlock(&lease->lock);
    return NULL;
}

static void lease_free(struct maria_lease *lease)
{
    maria_session_close(lease->session);
    pthread_cond_destroy(&lease->wake);
    pthread_mutex_destroy(&lease->lock);
    db_value_done(&lease->args[0]);
    db_value_done(&lease->args[1]);
    free(lease);
}

static struct maria_lease *lease_new(const char *space)
{
    struct maria_lease *lease = mem_new(1, sizeof *lease);
    pthread_condattr_t attributes;
    char bytes[OWNER];
    struct buf owner = {0};

    pthread_mutex_init(&lease->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&lease->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    random_bytes(bytes, sizeof bytes);
    str_hex((struct slice){bytes, sizeof bytes}, &owner);
    db_value_set_bytes(&lease->args[0], DB_TEXT, owner.data, owner.len);
    db_value_set_bytes(&lease->args[1], DB_TEXT, space, strlen(space));
    buf_done(&owner);
    return lease;
}

static bool start(struct maria_lease *lease, struct err *err)
{
    return pthread_create(&lease->thread, NULL, keep, lease) == 0 ||
           err_set(err, ERR_IO, "cannot start a thread to keep the lease");
}

static bool release(struct maria_lease *lease, struct err *err)
{
    int64_t affected = 0;

    if (lease == NULL)
        return true;
    pthread_mutex_lock(&lease->lock);
    lease->ending = true;
    pthread_cond_signal(&lease->wake);
    pthread_mutex_unlock(&lease->lock);
    pthread_join(lease->thread, NULL);
    bool kept = run(lease->session, release_sql, lease->args, &affected, NULL) && affected == 1;
    bool lost = lease->lost || !kept;
    lease_free(lease);
    return !lost || err_set(err, ERR_CONFLICT,
                            "the lease on migrating was lost meanwhile: another program may "
                            "have migrated as well; run `migrate` once more");
}

/* ---- taking ---- */

/* What is empty may still be made fit for every text: as it comes from CREATE DATABASE on a
 * server whose default is another character set.  On the session that will
 * make tables: each keeps what it has found when it began. */
static bool make_fit(struct db_session *session, struct err *err)
{
    struct db_result found = {0};

    if (!maria_session_run(session,
                           "SELECT 1 FROM DUAL WHERE @@character_set_database <> 'utf8mb4'"
                           " AND NOT EXISTS (SELECT 1 FROM information_schema.TABLES"
                           " WHERE TABLE_SCHEMA = DATABASE())",
                           NULL, 0, &found, err))
        return false;
    bool fit = found.nrows == 0;
    db_result_done(&found);
    return fit ||
           maria_session_run(session,
                             "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
                             NULL, 0, NULL, err) ||
           err_prefix(err, "the database's character set cannot hold every text");
}

static bool try(struct db_session *session, const struct db_value *args, bool *ret_taken,
                struct err *err)
{
    int64_t affected = 0;
    struct err why;

    *ret_taken = run(session, insert_sql, args, &affected, &why);
    if (*ret_taken)
        return true;
    if (why.kind != ERR_CONFLICT)
        return err_set(err, why.kind, "cannot take the lease on migrating: %s", why.text);
    if (!run(session, take_over_sql, args, &affected, &why))
        return why.kind == ERR_CONFLICT ||
               err_set(err, why.kind, "cannot take the lease on migrating: %s", why.text);
    *ret_taken = affected == 1;
    return true;
}

static bool take(struct db_session *session, const struct db_value *args, struct err *err)
{
    uint64_t until = clock_monotonic() + PATIENCE_S * NS_PER_S;
    bool taken = false;

    while (try(session, args, &taken, err)) {
        struct timespec pause = {.tv_nsec = (long)(ASK_MS * NS_PER_MS)};
        if (taken)
            return true;
        if (clock_monotonic() >= until)
            return err_set(err, ERR_CONFLICT,
                           "another program is migrating this database and has not ended in "
                           "%d s: try again when it has",
                           PATIENCE_S);
        nanosleep(&pause, NULL);
    }
    return false;
}

bool maria_session_lock(struct db_session *session, const char *name, struct err *err)
{
    struct maria_lease *lease = lease_new(name);

    if (!maria_session_open(&session->db->base, &lease->session, err) ||
        !make_fit(session, err) ||
        !maria_session_run(lease->session, create_sql, NULL, 0, NULL, err) ||
        !take(lease->session, lease->args, err) || !start(lease, err)) {
        lease_free(lease);
        return false;
    }
    session->lease = lease;
    return true;
}

bool maria_session_unlock(struct db_session *session, struct err *err)
{
    return release(TAKE(session->lease), err);
}
