/*
 * Changing the generation while people are using the server.
 *
 *   idle -> building (a thread of its own) -> switching -> idle
 *     \-> waiting: four generations are live, the oldest still drains
 *
 * One at a time; what is asked for meanwhile is carried out together afterwards.  Nothing that
 * runs is touched before the new generation is complete: then every worker's state is lent its
 * loop, the one pointer is stored, every worker passes a turn of its loop, and only then is the
 * answer given.  Requests stay in the generation in which they began; one that has not drained
 * after LIMIT_DRAIN_S is cut.
 *
 * Main thread only, but reload_from_anywhere(), reload_passed() and reload_failure().
 */
#pragma once

#include "server/instance.h"
#include "server/worker.h"

enum reload_kind {
    RELOAD_FILES, /* read the files again */
    RELOAD_BACK   /* the generation before the current one, from its stored bytes */
};

struct reload_plan {
    struct loop *loop;
    struct instance *instance;
    struct worker **workers;
    int nworkers;
    const char *store; /* DATA/generations */
    int argc;          /* settings are read again too */
    char **argv, **env;
    /* Tells a client how it ended; not called for client 0. */
    void (*answer)(void *owner, uint64_t client, bool good, struct slice text);
    void *owner;
};

struct reload;

/* The plan's pointers are borrowed; the slot's generation becomes the first that it looks
 * after. */
struct reload *reload_new(const struct reload_plan *plan);
void reload_ask(struct reload *reload, enum reload_kind kind, uint64_t client);
bool reload_is_busy(const struct reload *reload);
void reload_from_anywhere(struct reload *reload); /* any thread; as reload_ask(FILES, 0) */

/* On each worker's thread, when its turn is over after worker_adopt(). */
void reload_passed(struct reload *reload);

/* Appends lines for `status`: live generations, how the last reload failed if it did. */
void reload_status(const struct reload *reload, struct buf *out);

/* Appends how the last reload failed; nothing where it did not.  Any thread. */
void reload_failure(struct reload *reload, struct buf *out);

/* Tells the service manager that this generation serves. */
void reload_announce(const struct reload *reload);

/* Carries out nothing more; before the workers are stopped. */
void reload_stop(struct reload *reload);
/* Waits for a build that is under way; after the workers have ended.  NULL is fine. */
void reload_close(struct reload *reload);
/* After the slot has been emptied and the loop has been freed; NULL is fine. */
void reload_free(struct reload *reload);
