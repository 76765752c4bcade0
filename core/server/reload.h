/*
 * Changing the generation while people are using the server.
 *
 *   idle -> building (a thread of its own) -> switching -> idle
 *     \-> waiting: four generations are live, the oldest still drains
 *
 * One at a time; what is asked for meanwhile is carried out afterwards.  Nothing that
 * runs is touched before the new generation is complete: then every worker's state is lent its
 * loop, the one pointer is stored, every worker passes a turn of its loop, and only then is the
 * answer given.  Requests stay in the generation in which they began; one that has not drained
 * after LIMIT_DRAIN_S is cut.
 *
 * On trial (`reload --confirm`) the generation before stays live, and is switched back to
 * unless the new one is accepted in time; a candidate in preview waits beside the current one,
 * and ends after LIMIT_PREVIEW_S.  There is one of the two at most, and nothing else is
 * reloaded meanwhile: whoever asks is refused with ERR_CONFLICT, as is who has seen another
 * generation.
 *
 * Main thread only, but reload_from_anywhere(), reload_passed(), and of what reload_failure()
 * gives: failure_add(), failure_ended().
 */
#pragma once

#include "server/asks.h"
#include "server/instance.h"
#include "server/standing.h"
#include "server/worker.h"

struct reload_plan {
    struct loop *loop;
    struct instance *instance;
    struct worker **workers;
    int nworkers;
    const char *store; /* DATA/generations */
    const char *site;  /* the address that links begin with where no --public-url is set */
    int argc;          /* settings are read again too */
    char **argv, **env;
    ask_answerer *answer;
    void *owner;
};

struct reload;

/* The plan's pointers are borrowed; the slot's generation becomes the first that it looks
 * after. */
struct reload *reload_new(const struct reload_plan *plan);
/* Every kind of act but an upgrade. */
void reload_ask(struct reload *reload, const struct act *act, uint64_t client);
void reload_from_anywhere(struct reload *reload); /* any thread; a reload, client 0 */
/* May another program take over now?  What is in preview ends with this one. */
bool reload_may_upgrade(const struct reload *reload, const struct act *act, struct err *err);

/* On each worker's thread, when its turn is over after worker_adopt() or worker_pass(). */
void reload_passed(struct reload *reload, int worker);

struct standing reload_standing(struct reload *reload);

/* How the last reload failed, or the files at the start, since when nothing else was good. */
struct failure *reload_failure(struct reload *reload);

/* Tells the service manager that this generation serves. */
void reload_announce(const struct reload *reload);

/* Carries out nothing more; before the workers are stopped. */
void reload_stop(struct reload *reload);
/* Waits for a build that is under way; after the workers have ended.  NULL is fine. */
void reload_close(struct reload *reload);
/* After the slot has been emptied and the loop has been freed; NULL is fine. */
void reload_free(struct reload *reload);
