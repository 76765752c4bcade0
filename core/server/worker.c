/* See worker.h.  Everything but start, stop and join runs on the worker's own thread. */
#include "server/worker.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/testing.h"
#include "bind/state.h"
#include "generation/preview.h"
#include "generation/serve.h"
#include "generation/stream.h"
#include "generation/timers.h"
#include "http/server.h"
#include "loop/loop.h"
#include "net/fetch.h"
#include "server/access.h"
#include "server/node.h"
#include "server/options.h"
#include "server/turn.h"
#include "vm/watchdog.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct worker {
    struct worker_plan plan;
    pthread_t thread;
    sem_t ready;
    pthread_mutex_t door; /* of the loop, for calls from the main thread */
    bool gone;            /* it is closed: the loop turns no more, and will be freed */
    bool good;
    struct err err;

    struct watchdog *watchdog;
    struct loop *loop;
    struct db_worker *db;
    struct mailer *mail;
    struct fetcher *fetcher;
    struct http_server *http;
    struct timers *timers; /* of the first worker alone; NULL for the others */
    struct node *node;     /* the same */
    struct turns *turns;   /* the same */
    struct loop_hook log;  /* writes what a turn has logged */
    struct loop_call stop, hurry;
    struct loop_timer last; /* when stopping takes too long */
    bool stopping, patient;
    int unfinished;            /* while stopping: requests, runs of timers */
    atomic_size_t connections; /* other threads ask, also when the server is gone */
};

/* ---- what the HTTP server asks ---- */

static void *pin(void *owner, struct http_request *request)
{
    const struct worker *worker = owner;
    return preview_pin(worker->plan.slot, request);
}

static void unpin(void *owner, void *generation)
{
    (void)owner;
    generation_unref(generation);
}

static void judge(void *owner, struct http_request *request)
{
    (void)owner;
    const struct generation *generation = request->generation;
    routes_judge(&generation->routes, request);
}

static void handle(void *owner, struct http_request *request)
{
    struct worker *worker = owner;
    struct generation *generation = request->generation;
    if (!preview_answer(worker->plan.slot, request))
        serve_request(generation->vms[worker->plan.index], request);
}

static void gone(void *owner, struct http_request *request)
{
    (void)owner;
    serve_gone(request);
}

static void cancel(void *owner, struct http_request *request)
{
    (void)owner;
    serve_cancel(request);
}

static void done(void *owner, const struct http_request *request)
{
    (void)owner;
    const struct generation *generation = request->generation;
    access_record(request, generation->label);
}

static void refused(void *owner, int status, const char *why)
{
    (void)owner;
    access_refused(status, why);
}

static void taken(void *owner, struct http_request *request)
{
    (void)owner;
    stream_taken(request);
}

/* ---- life ---- */

static bool listen_on(struct worker *worker, const struct listener *listener, bool admin,
                      struct err *err)
{
    for (size_t i = 0; i < listener->count; i++)
        if (!http_server_listen(worker->http, listener->fds[i], admin, err))
            return false;
    return true;
}

static bool listen_all(struct worker *worker, struct err *err)
{
    const struct worker_plan *plan = &worker->plan;
    for (size_t i = 0; i < plan->nlisteners; i++)
        if (!listen_on(worker, &plan->listeners[i], false, err))
            return false;
    return !plan->admin || listen_on(worker, plan->admin, true, err);
}

static int write_log(struct loop_hook *hook)
{
    (void)hook;
    log_flush();
    return -1;
}

static bool set_up(struct worker *worker, struct err *err)
{
    const struct worker_plan *plan = &worker->plan;
    const struct options *options = plan->options;
    struct http_settings settings = {.max_connections = plan->max_connections,
                                     .body_limit = options->limit_body,
                                     .field_limit = (size_t)options->limit_fields,
                                     .answer_limit = options->limit_answer,
                                     .budget = plan->budget,
                                     .admin_hosts = options->admin_host.items,
                                     .nadmin_hosts = options->admin_host.count,
                                     .connections = &worker->connections,
                                     .proxies = plan->proxies,
                                     .tally = plan->tally};
    struct fetch_settings fetches = options_fetches(options);
    struct http_hooks hooks = {worker, pin,    unpin, judge,   handle,
                               gone,   cancel, done,  refused, taken};
    if (!watchdog_start(err) || !loop_new(&worker->loop, err))
        return false;
    worker->log.turn = write_log;
    loop_hook_add(worker->loop, &worker->log);
    if (!db_attach(plan->db, worker->loop, &worker->db, err) ||
        !mailer_attach(plan->mail, worker->loop, &worker->mail, err) ||
        !fetcher_attach(worker->loop, &fetches, &worker->fetcher, err))
        return false;
    worker_lend(worker, plan->slot->current->vms[plan->index]);
    if (plan->index == 0) {
        worker->turns = turns_new(worker->db, plan->node, options->limits.timer);
        worker->timers = timers_new(worker->loop, plan->index, turns_asked(worker->turns));
        timers_adopt(worker->timers, plan->slot->current);
        worker->node = node_new(worker->loop, worker->db, plan->node, plan->keyring);
        node_adopt(worker->node, plan->slot->current);
    }
    return http_server_new(worker->loop, &settings, &hooks, &worker->http, err) &&
           listen_all(worker, err);
}

static void close_door(struct worker *worker)
{
    pthread_mutex_lock(&worker->door);
    worker->gone = true;
    pthread_mutex_unlock(&worker->door);
}

/* Requests first, which cancels their tasks; then what those were parked on. */
static void tear_down(struct worker *worker)
{
    close_door(worker);
    if (worker->timers)
        timers_stop(worker->timers);
    node_stop(worker->node);
    http_server_free(TAKE(worker->http));
    mailer_detach(worker->mail);
    fetcher_detach(worker->fetcher);
    db_detach(worker->db);
    if (worker->loop)
        loop_hook_remove(worker->loop, &worker->log);
    loop_free(worker->loop);
    log_flush();
    timers_free(worker->timers);
    turns_free(worker->turns);
    node_free(worker->node);
}

static void *run(void *argument)
{
    struct worker *worker = argument;
    worker->watchdog = watchdog_this();
    worker->good = set_up(worker, &worker->err);
    bool good = worker->good;
    sem_post(&worker->ready);
    if (good)
        loop_run(worker->loop);
    tear_down(worker);
    watchdog_stop();
    worker->plan.ended(worker->plan.owner);
    return NULL;
}

static void finished(void *owner)
{
    struct worker *worker = owner;
    if (--worker->unfinished == 0)
        loop_stop(worker->loop);
}

static void waited_enough(struct loop_timer *timer)
{
    struct worker *worker = timer->owner;
    log_line(LOG_WARN, "stopping takes too long: what still runs is ended");
    loop_stop(worker->loop);
}

/* Beyond what a handler may take.  Specs may make it shorter, in builds for tests alone. */
static void bound_stop(struct worker *worker, uint64_t idle)
{
    loop_timer_set(worker->loop, &worker->last,
                   loop_now(worker->loop) + idle + worker->plan.options->limits.time +
                       testing_ms("TIMECAPSULE_STOP_MS", LIMIT_STOP_S * NS_PER_S));
}

static void hurry(struct loop_call *call)
{
    struct worker *worker = CONTAINER(call, struct worker, hurry);
    if (!worker->http) /* it has stopped meanwhile, and its loop empties what was posted */
        return;
    bound_stop(worker, 0);
    http_server_hurry(worker->http);
}

static void begin_stop(struct loop_call *call)
{
    struct worker *worker = CONTAINER(call, struct worker, stop);
    worker->last = (struct loop_timer){.fire = waited_enough, .owner = worker};
    bound_stop(worker, worker->patient ? LIMIT_IDLE_S * NS_PER_S : 0);
    worker->unfinished = worker->timers ? 2 : 1;
    if (worker->patient) /* its row is the other program's */
        node_stop(worker->node);
    else if (node_end(worker->node, finished, worker))
        worker->unfinished++;
    if (worker->timers)
        timers_quiet(worker->timers, finished, worker);
    http_server_drain(worker->http, worker->patient, finished, worker);
    worker->plan.accepted(worker->plan.owner);
}

bool worker_start(const struct worker_plan *plan, struct worker **ret_worker, struct err *err)
{
    struct worker *worker = mem_new(1, sizeof *worker);
    worker->plan = *plan;
    worker->stop.run = begin_stop;
    worker->hurry.run = hurry;
    sem_init(&worker->ready, 0, 0);
    pthread_mutex_init(&worker->door, NULL);
    int failed = pthread_create(&worker->thread, NULL, run, worker);
    if (failed) {
        pthread_mutex_destroy(&worker->door);
        sem_destroy(&worker->ready);
        free(worker);
        return err_set(err, ERR_IO, "cannot start a worker thread: %s", strerror(failed));
    }
    while (sem_wait(&worker->ready) != 0)
        continue;
    if (!worker->good) {
        *err = worker->err;
        worker_join(worker);
        return false;
    }
    *ret_worker = worker;
    return true;
}

/* ---- from the main thread; what comes after a worker's end is nobody's ---- */

static void post(struct worker *worker, struct loop_call *call)
{
    pthread_mutex_lock(&worker->door);
    if (!worker->gone)
        loop_post(worker->loop, call);
    pthread_mutex_unlock(&worker->door);
}

static void tell(struct worker *worker, void (*hear)(void *owner, const void *about),
                 const void *about)
{
    pthread_mutex_lock(&worker->door);
    if (!worker->gone)
        loop_tell(worker->loop, hear, worker, about);
    pthread_mutex_unlock(&worker->door);
}

void worker_lend(struct worker *worker, struct vm *vm)
{
    bind_state_attach(vm, worker->loop, worker->db, worker->mail, worker->fetcher);
}

#ifdef TC_TEST_CLOCK
static void tick(void *owner, const void *name)
{
    struct worker *worker = owner;
    if (worker->timers)
        timers_tick(worker->timers, name);
    free((void *)name);
}

void worker_tick(struct worker *worker, const char *name)
{
    tell(worker, tick, mem_text(name));
}
#endif

static void adopt(void *owner, const void *switched)
{
    struct worker *worker = owner;
    if (switched && worker->timers)
        timers_adopt(worker->timers, worker->plan.slot->current);
    if (switched)
        node_adopt(worker->node, worker->plan.slot->current);
    worker->plan.adopted(worker->plan.owner, worker->plan.index);
}

void worker_adopt(struct worker *worker)
{
    tell(worker, adopt, worker);
}

void worker_pass(struct worker *worker)
{
    tell(worker, adopt, NULL);
}

static void note_reload(void *owner, const void *good)
{
    const struct worker *worker = owner;
    node_reloaded(worker->node, good != NULL);
}

void worker_reloaded(struct worker *worker, bool good)
{
    tell(worker, note_reload, good ? worker : NULL);
}

static void look(void *owner, const void *about)
{
    const struct worker *worker = owner;
    (void)about;
    node_look(worker->node);
}

void worker_look(struct worker *worker)
{
    tell(worker, look, NULL);
}

static void cut(void *owner, const void *generation)
{
    const struct worker *worker = owner;
    if (worker->http)
        http_server_cut(worker->http, generation);
}

void worker_cut(struct worker *worker, const struct generation *generation)
{
    tell(worker, cut, generation);
}

void worker_post(struct worker *worker, struct loop_call *call)
{
    post(worker, call);
}

void worker_ask(const struct worker *worker)
{
    watchdog_ask(worker->watchdog, worker->thread);
}

const char *worker_entered(const struct worker *worker)
{
    return watchdog_entered(worker->watchdog);
}

enum watchdog_task worker_at(const struct worker *worker, const char **ret_name)
{
    return watchdog_at(worker->watchdog, ret_name);
}

void worker_stop(struct worker *worker, bool patient)
{
    if (!worker->stopping) {
        worker->stopping = true;
        worker->patient = patient;
        post(worker, &worker->stop);
    } else if (worker->patient && !patient) {
        worker->patient = false;
        post(worker, &worker->hurry);
    }
}

void worker_join(struct worker *worker)
{
    if (!worker)
        return;
    pthread_join(worker->thread, NULL);
    pthread_mutex_destroy(&worker->door);
    sem_destroy(&worker->ready);
    free(worker);
}

size_t worker_connections(const struct worker *worker)
{
    return worker->connections;
}
