/*
 * Hosts that say nothing.  A statement may take long, so silence alone is no fault: after a
 * second of it a thread tries whether the host still lets somebody in, and one that has been
 * heard by nobody for two is suspect.  It is passed by, what is idle on it is left, and reads
 * that wait there run elsewhere; a write may have been done, and its caller is told so.
 *
 * Where there are several hosts; everything on the loop's thread but the trying.
 */
#pragma once

#include "db/mariadb/shared.h"

struct pool;
struct maria_trial; /* on its thread */

struct maria_watch {
    struct pool *pool;
    struct loop_timer timer;
    struct maria_trial *trials[MARIA_MAX_HOSTS]; /* one at a time of each */
};

void maria_watch_start(struct maria_watch *watch, struct pool *pool);
void maria_watch_stop(struct maria_watch *watch); /* blocks until its threads are done */
