/*
 * Which host is connected to: the list is walked from the one that answered last, those that
 * are shunned come behind the others, and those that only read come last.
 *
 * A host is shunned for a while when it was reached and proved of no use: what is reachable is
 * not always usable.  Nobody has to bring it back.  Thread-safe.
 */
#pragma once

#include "db/mariadb/place.h"

#include <mysql.h>
#include <pthread.h>
#include <stdint.h>

enum { MARIA_SHUN_S = 10 };

struct maria_hosts {
    const struct maria_place *place;
    pthread_mutex_t lock;
    size_t first; /* the one that answered last */
    struct maria_shunned {
        uint64_t until; /* clock_monotonic() */
    } shunned[MARIA_MAX_HOSTS];
};

void maria_hosts_init(struct maria_hosts *hosts, const struct maria_place *place);
void maria_hosts_done(struct maria_hosts *hosts);

void maria_hosts_shun(struct maria_hosts *hosts, size_t host);

/* Connects to the first that will do; longest as for maria_connect().  *stop (atomic, or NULL)
 * ends the walk early.  The error names every host and what was wrong with it. */
bool maria_hosts_connect(struct maria_hosts *hosts, uint64_t longest, const int *stop,
                         MYSQL **ret_my, size_t *ret_host, struct err *err);
