/*
 * Which host is connected to: the list is walked from the one that answered last, those that
 * are shunned come behind the others, and those that only read come last.
 *
 * A host is shunned for a while when it was reached and proved of no use: what is reachable is
 * not always usable.  Nobody has to bring it back.  Thread-safe.
 */
#pragma once

#include "base/buf.h"
#include "db/mariadb/connect.h"
#include "db/mariadb/place.h"

#include <mysql.h>
#include <pthread.h>
#include <stdint.h>

enum { MARIA_SHUN_S = 10 };

struct maria_hosts {
    const struct maria_place *place;
    pthread_mutex_t lock;
    size_t first;   /* the one that answered last */
    bool clustered; /* that was a node of a Galera cluster; atomic */
    struct maria_host_state {
        int open;             /* connections of the process; atomic */
        uint64_t until;       /* it is shunned; clock_monotonic(); atomic */
        uint64_t heard;       /* it has let somebody in; the same */
        enum maria_use found; /* atomic */
        char why[ERR_TEXT];   /* it was of no use */
    } states[MARIA_MAX_HOSTS];
};

void maria_hosts_init(struct maria_hosts *hosts, const struct maria_place *place);
void maria_hosts_done(struct maria_hosts *hosts);

/* false: it is shunned already. */
bool maria_hosts_shun(struct maria_hosts *hosts, size_t host, enum maria_use why,
                      const char *text);
bool maria_hosts_is_shunned(const struct maria_hosts *hosts, size_t host);
/* It is shunned and no good for reads either: what stands on it is not used again. */
bool maria_hosts_is_left(const struct maria_hosts *hosts, size_t host);
/* Does it let somebody in?  Then it has been heard.  Blocks. */
void maria_hosts_try(struct maria_hosts *hosts, size_t host);
bool maria_hosts_are_clustered(const struct maria_hosts *hosts);
uint64_t maria_hosts_heard(const struct maria_hosts *hosts, size_t host);
void maria_hosts_count(struct maria_hosts *hosts, size_t host, int more); /* connections */
enum maria_use maria_hosts_use(struct maria_hosts *hosts, size_t host);
/* A line for each behind a prefix: "127.0.0.1:3306 used", "127.0.0.1:3307 cut_off: why". */
void maria_hosts_describe(struct maria_hosts *hosts, const char *prefix, struct buf *out);

/* Connects to the first that will do; wants as for maria_connect().  *stop (atomic, or NULL)
 * ends the walk early.  The error names every host and what was wrong with it. */
bool maria_hosts_connect(struct maria_hosts *hosts, struct maria_wants wants, const int *stop,
                         MYSQL **ret_my, size_t *ret_host, struct err *err);
