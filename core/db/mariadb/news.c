/*
 * What the person who runs the server should hear: that the database is in trouble, why, and
 * that it is well again.  Once per change: all workers share what was said, and while a
 * trouble lasts each of its causes is said once.
 */
#include "db/mariadb/shared.h"

#include "base/str.h"

#include <string.h>

/* The lock is held; false when it was said before, or too much has been said. */
static bool remember(struct maria_news *news, uint64_t cause)
{
    for (size_t i = 0; i < news->ncauses; i++)
        if (news->causes[i] == cause)
            return false;
    if (news->ncauses == MARIA_CAUSES)
        return false;
    news->causes[news->ncauses++] = cause;
    return true;
}

static void tell(struct maria_db *db, bool good, const char *what)
{
    if (db->base.news != NULL)
        db->base.news(db->base.news_owner, good, what);
}

void maria_tell(struct maria_db *db, bool good, const char *what)
{
    pthread_mutex_lock(&db->lock);
    tell(db, good, what);
    pthread_mutex_unlock(&db->lock);
}

void maria_trouble(struct maria_db *db, enum maria_matter matter, const char *cause)
{
    struct maria_news *news = &db->news[matter];

    pthread_mutex_lock(&db->lock);
    __atomic_store_n(&news->bad, 1, __ATOMIC_RELAXED);
    bool fresh = remember(news, str_hash(STR_HASH, cause));
    if (fresh)
        tell(db, false, cause);
    pthread_mutex_unlock(&db->lock);
}

bool maria_is_troubled(const struct maria_db *db, enum maria_matter matter)
{
    return __atomic_load_n(&db->news[matter].bad, __ATOMIC_RELAXED) != 0;
}

void maria_well(struct maria_db *db, enum maria_matter matter)
{
    static const char *const words[MATTER_COUNT] = {
        [MATTER_REACH] = "the database can be reached again",
        [MATTER_WRITE] = "the database can be written to again"};
    struct maria_news *news = &db->news[matter];

    if (!maria_is_troubled(db, matter))
        return;
    pthread_mutex_lock(&db->lock);
    bool still = news->failing > 0;
    if (!still && __atomic_exchange_n(&news->bad, 0, __ATOMIC_RELAXED) != 0) {
        news->ncauses = 0;
        tell(db, true, words[matter]);
    }
    pthread_mutex_unlock(&db->lock);
}

void maria_failing(struct maria_db *db, enum maria_matter matter, int more)
{
    pthread_mutex_lock(&db->lock);
    db->news[matter].failing += more;
    pthread_mutex_unlock(&db->lock);
}
