/*
 * A worker: one thread with its own loop, libmicrohttpd daemon, database connections and, of
 * each live generation, its own Lua state.  Workers share the listening sockets and nothing
 * else.
 *
 *   start -> serving -> stopping (accepts no more, ends what runs) -> joined
 */
#pragma once

#include "db/db.h"
#include "generation/generation.h"
#include "net/mail.h"
#include "server/listener.h"
#include "vm/watchdog.h"

#include <pthread.h>

struct http_proxies;
struct http_server;
struct http_tally;
struct keyring;
struct option_list;

struct worker_plan {
    int index;
    struct generation_slot *slot; /* shared by all workers */
    struct db *db;
    const char
        *node; /* this program's name on the database; for the one that writes it, or NULL */
    struct keyring *keyring; /* the same */
    struct mail *mail;
    const struct listener *listeners; /* shared by all workers */
    size_t nlisteners;
    const struct listener *admin; /* NULL: none */
    unsigned max_connections;
    const struct options *options;      /* borrowed */
    const struct http_proxies *proxies; /* shared by all workers */
    struct http_budget *budget;         /* the same */
    struct http_tally *tally;           /* the same; NULL: no limit of each client */
    void (*accepted)(void *owner); /* on the worker's thread: it has accepted its last one */
    /* On the worker's thread: see worker_adopt(). */
    void (*adopted)(void *owner, int index);
    void (*ended)(void *owner); /* on the worker's thread, when it has stopped */
    void *owner;
};

struct worker;

/* Starts the thread and waits until it accepts connections, or has failed to. */
bool worker_start(const struct worker_plan *plan, struct worker **ret_worker, struct err *err);
/* Gives a new generation's state for this worker its loop and database, before the switch. */
void worker_lend(struct worker *worker, struct vm *vm);
/* After the switch: on the worker's thread the new generation's timers are taken over, then
 * adopted() is called there.  Whatever the worker was at before is over by then. */
void worker_adopt(struct worker *worker);
/* adopted() alone: a preview has ended. */
void worker_pass(struct worker *worker);
#ifdef TC_TEST_CLOCK
/* Makes a timer of that name due now, where there is one; for specs. */
void worker_tick(struct worker *worker, const char *name);
#endif
/* A reload has ended: noted in this program's row. */
void worker_reloaded(struct worker *worker, bool good);
/* Looks at the server secrets again, and writes what it knows into its row. */
void worker_look(struct worker *worker);
/* Ends what is still pinned to a retired generation; from the main thread. */
void worker_cut(struct worker *worker, const struct generation *generation);
/* From the main thread, until it is stopped: a call on its thread; and for one that does not
 * turn, see vm/watchdog.h. */
void worker_post(struct worker *worker, struct loop_call *call);
void worker_ask(const struct worker *worker);
const char *worker_entered(const struct worker *worker);
enum watchdog_task worker_at(const struct worker *worker, const char **ret_name);
/* From the main thread; returns at once.  patient: connections may idle as long as ever,
 * until it is said again without. */
void worker_stop(struct worker *worker, bool patient);
void worker_join(struct worker *worker);                /* waits and frees; NULL is fine */
size_t worker_connections(const struct worker *worker); /* from any thread: about now */
