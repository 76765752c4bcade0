/*
 * What the process shares of a MariaDB database: constant after opening, atomic, or guarded by
 * its lock.
 */
#pragma once

#include "base/metrics.h"
#include "db/db.h"
#include "db/mariadb/hosts.h"
#include "db/mariadb/place.h"
#include "loop/blocking.h"

#include <pthread.h>

/* Troubles that come and go by themselves. */
enum maria_matter {
    MATTER_REACH, /* no connection can be made */
    MATTER_WRITE, /* the server refuses to write: read-only, disk full */
    MATTER_SIZE,  /* it takes less at once than is sent; nothing ends that */
    MATTER_COUNT
};

enum { MARIA_CAUSES = 8 };

struct maria_news {
    int bad;     /* atomic */
    int failing; /* workers that cannot connect */
    size_t ncauses;
    uint64_t causes[MARIA_CAUSES]; /* hashes of what was told since it is bad */
};

struct maria_db {
    struct db base;
    struct maria_place place;
    struct maria_hosts hosts;
    struct blocking *threads;
    int attached;         /* workers; atomic */
    uint64_t connects;    /* that succeeded; atomic */
    pthread_mutex_t lock; /* of the news */
    struct maria_news news[MATTER_COUNT];
};

static inline struct maria_db *maria_of(struct db *db)
{
    return (struct maria_db *)(void *)db;
}

/* label may be NULL: then there is none. */
static inline void maria_count(const char *name, const char *label, const char *value)
{
    struct metric_label labels = {label, value};

    metric_record(METRIC_COUNTER, name, &labels, label ? 1 : 0, 1);
}

/* ---- news.c ---- */

void maria_tell(struct maria_db *db, bool good,
                const char *what); /* whatever was told before */
/* Told once per cause and change; see struct db. */
void maria_trouble(struct maria_db *db, enum maria_matter matter, const char *cause);
void maria_well(struct maria_db *db, enum maria_matter matter);
bool maria_is_troubled(const struct maria_db *db, enum maria_matter matter);
/* What is bad is well when nobody fails any more: +1 for one more, -1 for one less. */
void maria_failing(struct maria_db *db, enum maria_matter matter, int more);
