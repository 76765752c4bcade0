/*
 * The arrival of a database that was not there when the server started.
 *
 *   waiting <-> judging -> judged
 *
 * Until then every operation is refused (db_shut), so that nobody meets a database that may not
 * be ours.  A thread asks for it; when it answers it is judged as a start does: migrations,
 * server secret, statements.  From then on it is open to all, or the server ends.
 *
 * Main thread but for the asking.
 */
#pragma once

#include "loop/loop.h"
#include "server/instance.h"

struct arrival;

struct arrival_plan {
    struct loop *loop;
    struct instance *instance; /* with a generation whose statements nobody has prepared */
    /* Once: the database serves (fault NULL), or what is wrong with it; faults has more lines
     * where they are the application's. */
    void (*judged)(void *owner, const struct err *fault, const char *faults);
    void *owner;
};

/* Can it be waited for, after this failure of a start?  Then the database is shut. */
bool arrival_may_come(struct instance *instance, const struct err *err);
struct arrival *arrival_wait(const struct arrival_plan *plan);
void arrival_stop(struct arrival *arrival); /* joins the thread; NULL is fine */
void arrival_free(struct arrival *arrival); /* behind the loop; NULL is fine */
