/*
 * Statements that are prepared on a connection, by the set that they come from.
 *
 * A set is known by its uid, never by its address, so it may be freed while its statements are
 * still prepared here.  They are closed when a later set needs their place, or when an older
 * one has not been used for MARIA_STALE_S: then its generation has drained.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "db/mariadb/driver.h"

#include <stdlib.h>

/* A write of a few bytes to which the server says nothing.  Where even that would wait, the
 * connection is no good. */
static bool say_closed(MYSQL_STMT *stmt)
{
    my_bool failed = 0;

    return mysql_stmt_close_start(&failed, stmt) == 0 && !failed;
}

bool maria_prepared_drop(MYSQL_STMT **place)
{
    return *place == NULL || say_closed(TAKE(*place));
}

static bool drop_set(struct maria_prepared *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (!maria_prepared_drop(&set->items[i]))
            return false;
    free(set->items);
    *set = (struct maria_prepared){0};
    return true;
}

bool maria_prepared_drop_all(struct maria_conn *conn)
{
    for (size_t i = 0; i < MARIA_SETS; i++)
        if (!drop_set(&conn->sets[i]))
            return false;
    return true;
}

bool maria_prepared_drop_stale(struct maria_conn *conn, uint64_t now)
{
    for (size_t i = 0; i < MARIA_SETS; i++) {
        struct maria_prepared *set = &conn->sets[i];
        if (set->uid != 0 && set->uid < conn->worker->newest_set &&
            now - set->used > MARIA_STALE_S * NS_PER_S && !drop_set(set))
            return false;
    }
    return true;
}

void maria_prepared_free(struct maria_conn *conn)
{
    for (size_t i = 0; i < MARIA_SETS; i++) {
        struct maria_prepared *set = &conn->sets[i];
        for (size_t k = 0; k < set->count; k++)
            if (set->items[k] != NULL)
                mysql_stmt_close(set->items[k]);
        free(set->items);
        *set = (struct maria_prepared){0};
    }
}

/* The set's place, else a free one, else that of the set which was not used for longest. */
static struct maria_prepared *find_place(struct maria_conn *conn, uint64_t uid)
{
    struct maria_prepared *place = &conn->sets[0];

    for (size_t i = 0; i < MARIA_SETS; i++) {
        struct maria_prepared *each = &conn->sets[i];
        if (each->uid == uid)
            return each;
        if (each->used < place->used)
            place = each;
    }
    return place;
}

MYSQL_STMT **maria_prepared_find(struct maria_conn *conn, const struct statement_set *set,
                                 size_t index)
{
    struct maria_worker *worker = conn->worker;
    struct maria_prepared *place = find_place(conn, set->uid);

    if (place->uid != set->uid) {
        if (!drop_set(place))
            return NULL;
        place->uid = set->uid;
        place->count = 2 * set->count;
        place->items = mem_new(place->count, sizeof(MYSQL_STMT *));
    }
    place->used = loop_now(worker->loop);
    if (worker->newest_set < set->uid)
        worker->newest_set = set->uid;
    return &place->items[index];
}
