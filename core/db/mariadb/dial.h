/*
 * Getting connections for a worker: one attempt at a time, on a thread; after a failure a
 * pause that grows, with chance in it so that workers and nodes do not come all at once.
 *
 * Who could not get one for MARIA_DOWN_S is down: waiting for a server that is away helps
 * nobody.  When another worker has got one meanwhile, this one does not wait for the end of its
 * pause.  Everything on the loop's thread.
 */
#pragma once

#include "db/mariadb/shared.h"

enum { MARIA_DOWN_S = 3 };

struct maria_attempt; /* on its thread */

struct maria_dialler {
    struct maria_db *db;
    struct loop *loop;
    /* An attempt has ended, or (neither made nor failed) a pause: another may be made. */
    void (*made)(struct maria_dialler *dialler, MYSQL *my, size_t host); /* takes it over */
    void (*failed)(struct maria_dialler *dialler);
    void (*over)(struct maria_dialler *dialler);

    /* its own */
    struct maria_attempt *attempt;
    struct loop_timer pause;
    unsigned failures;   /* attempts in a row */
    uint64_t down_since; /* the first of them */
    uint64_t connects;   /* of all workers, at the last of them */
    struct err why;      /* the last one's */
};

/* With its callbacks set. */
void maria_dialler_init(struct maria_dialler *dialler, struct maria_db *db, struct loop *loop);
void maria_dial(struct maria_dialler *dialler); /* unless one is under way, or a pause */
/* What was made is of no use: as if the attempt had failed. */
void maria_dial_failed(struct maria_dialler *dialler, const struct err *err);
bool maria_dial_is_down(const struct maria_dialler *dialler);
void maria_dialler_stop(struct maria_dialler *dialler); /* blocks until its thread is done */
