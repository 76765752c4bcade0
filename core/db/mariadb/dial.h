/*
 * Getting connections for a worker: one attempt at a time, on a thread; after a failure a
 * pause that grows, with chance in it so that workers and nodes do not come all at once.
 *
 * Who could not get one for MARIA_DOWN_MS is down, whether attempts have failed or the first is
 * still under way (each host that hangs takes its time): waiting for a server that is away
 * helps nobody.  What waits may have waited already, for a host that said nothing until it was
 * lost: that counts, but an attempt has MARIA_CHANCE_MS at least.  When another worker has got
 * one meanwhile, this one does not wait for the end of its pause.  Everything on the loop's
 * thread.
 */
#pragma once

#include "db/mariadb/shared.h"

enum { MARIA_DOWN_MS = 2500, MARIA_CHANCE_MS = 500 };

struct maria_attempt; /* on its thread */

struct maria_dialler {
    struct maria_db *db;
    struct loop *loop;
    /* An attempt has ended, or (neither made nor failed) a pause: another may be made. */
    void (*made)(struct maria_dialler *dialler, MYSQL *my, size_t host); /* takes it over */
    void (*failed)(struct maria_dialler *dialler); /* or it is down although none has ended */
    void (*over)(struct maria_dialler *dialler);

    /* its own */
    struct maria_attempt *attempt;
    struct loop_timer pause;
    struct loop_timer patience;
    unsigned failures; /* attempts in a row */
    uint64_t since;    /* something waits for the first attempt without success; 0: nothing */
    uint64_t connects; /* of all workers, then or at the last failure */
    struct err why;    /* the last one's */
};

/* With its callbacks set. */
void maria_dialler_init(struct maria_dialler *dialler, struct maria_db *db, struct loop *loop);
/* Unless one is under way, or a pause.  since: when what waits for it began to. */
void maria_dial(struct maria_dialler *dialler, uint64_t since);
/* What was made is of no use: as if the attempt had failed. */
void maria_dial_failed(struct maria_dialler *dialler, const struct err *err);
bool maria_dial_is_down(const struct maria_dialler *dialler);
void maria_dialler_stop(struct maria_dialler *dialler); /* blocks until its thread is done */
