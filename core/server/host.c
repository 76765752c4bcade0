/* See host.h. */
#include "server/host.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/str.h"
#include "loop/loop.h"
#include "loop/signals.h"
#include "server/access.h"
#include "server/announce.h"
#include "server/answers.h"
#include "server/arrival.h"
#include "server/boot.h"
#include "server/checkup.h"
#include "server/clients.h"
#include "server/control.h"
#include "server/deeds.h"
#include "server/desk.h"
#include "server/ending.h"
#include "server/handover.h"
#include "server/heir.h"
#include "server/instance.h"
#include "server/judge_running.h"
#include "server/keyring.h"
#include "server/listeners.h"
#include "server/manager.h"
#include "server/measures.h"
#include "server/node.h"
#include "server/reload.h"
#include "server/restore.h"
#include "server/stall.h"
#include "server/status.h"
#include "server/watch.h"
#include "server/worker.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct host {
    const struct options *options;
    int argc; /* settings are read again by a reload */
    char **argv, **env;
    struct instance instance;
    struct loop *loop;
    struct loop_signals signals;
    struct ending *ending;
    struct control *control;
    char *control_path, *store, *program, *node; /* node: its name on the database */
    struct reload *reload;
    struct desk *desk;
    struct keyring *keyring;
    struct stall *stall;
    struct checkup *checkup;
    struct arrival *arrival; /* of a database that is away; NULL: it was there */
    bool failed;             /* it has come and is of no use */
    struct watch *watch;     /* NULL without --watch */
    struct listeners listeners;
    int channel; /* to the program before, while it is replaced; -1 */
    struct handover *handover;
    struct answers answers;
    struct clients clients;
    struct worker **workers;
    atomic_int nworkers;  /* threads of workers read it */
    int running;          /* workers that have not ended yet */
    atomic_int accepting; /* workers that may accept yet */
    atomic_bool stopping;
    uint64_t started;
    int64_t booted; /* by the clock at the start */
};

/* ---- status and control ---- */

static size_t count_connections(const void *owner)
{
    const struct host *host = owner;
    size_t count = 0;
    for (int i = host->nworkers; i-- > 0;)
        count += worker_connections(host->workers[i]);
    return count;
}

static void fill_status(void *owner, struct host_status *ret_status)
{
    const struct host *host = owner;
    ret_status->version = TC_VERSION;
    ret_status->uptime_s = (double)(clock_monotonic() - host->started) / (double)NS_PER_S;
    ret_status->connections = count_connections(host);
    ret_status->stopping = host->stopping;
}

static void show_status(const struct host *host, struct buf *out)
{
    const struct generation *generation = host->instance.slot.current;
    struct host_status status;
    fill_status((void *)host, &status);
    buf_addf(out, "version      %s\n", status.version);
    buf_addf(out, "pid          %ld\n", (long)getpid());
    buf_addf(out, "uptime       %.0f s\n", status.uptime_s);
    buf_addf(out, "generation   %u (%s)\n", generation->number, generation->digest);
    const struct standing standing = reload_standing(host->reload);
    standing_show(&standing, out);
    status_zones(out);
    buf_adds(out, "secrets      ");
    keyring_show(host->keyring, out);
    buf_addf(out, "\nworkers      %d\n", host->nworkers);
    stall_show(host->stall, out);
    buf_addf(out, "connections  %zu\n", status.connections);
    status_database(host->instance.db, out);
    status_notes(out);
    listeners_describe(&host->listeners, "listening    ", "admin        ", out);
}

static enum control_reply control(void *owner, uint64_t client, const char *command,
                                  const char *argument, struct buf *out)
{
    struct host *host = owner;
    if (!host->handover || host->stopping) {
        buf_adds(out, "the server is starting or stopping\n");
        return CONTROL_NO;
    }
    bool asked = strcmp(command, "status") == 0;
    if (asked)
        show_status(host, out);
    bool trouble = strcmp(command, "trouble") == 0;
    if (trouble)
        judge_running(host->reload, host->stall, host->booted, out);
    if (asked || trouble || answers_give(&host->answers, command, argument, out))
        return CONTROL_YES;
    if (strcmp(command, "secrets") == 0) { /* what it knows by now; it looks again at once */
        keyring_show(host->keyring, out);
        worker_look(host->workers[0]);
        return CONTROL_YES;
    }
    if (desk_knows(command) || (host->watch && strcmp(command, "migrated") == 0))
        return desk_carry_out(host->desk, client, command, argument, out);
#ifdef TC_TEST_CLOCK
    if (strcmp(command, "tick") == 0) {
        worker_tick(host->workers[0], argument);
        return CONTROL_YES;
    }
#endif
    buf_addf(out, "the server does not know the command '%s'\n", command);
    return CONTROL_NO;
}

static void asked(void *owner, struct bind_ask *ask)
{
    const struct host *host = owner;
    desk_hear(host->desk, ask);
}

static void tell_failure(void *owner, struct buf *out)
{
    const struct host *host = owner;
    failure_add(reload_failure(host->reload), out);
}

static void reload_asked(void *owner)
{
    const struct host *host = owner;
    reload_from_anywhere(host->reload);
}

static void worker_adopted(void *owner, int index)
{
    const struct host *host = owner;
    reload_passed(host->reload, index);
}

/* ---- stopping ---- */

static void worker_has_ended(void *owner, const void *about)
{
    struct host *host = owner;
    (void)about;
    if (--host->running == 0)
        loop_stop(host->loop);
}

static void worker_ended(void *owner)
{
    const struct host *host = owner;
    loop_tell(host->loop, worker_has_ended, owner, NULL);
}

/* When the last worker has accepted what waited, the sockets are closed at once: in the moment
 * between, somebody could still get into their queues, and would see a reset.  From then on
 * nobody waits in vain for a server that does not accept. */
static void worker_accepted(void *owner)
{
    struct host *host = owner;
    if (atomic_fetch_sub(&host->accepting, 1) == 1)
        listeners_close(&host->listeners);
}

static void caught(void *owner, int number)
{
    struct host *host = owner;
    if (!host->stopping)
        desk_signal(host->desk, number);
}

/* patient, or NULL: in favour of another program, whose clients may come back to this one. */
static void begin_stop(void *owner, const void *patient)
{
    struct host *host = owner;
    if (host->nworkers == 0) /* told by close_all(), when all has ended */
        return;
    host->stopping = true;
    if (!patient)
        handover_free(TAKE(host->handover));
    reload_stop(host->reload);
    if (!patient) {
        log_line(LOG_INFO, "stopping: requests that run are finished");
        manager_stopping();
    }
    stall_stop(host->stall);
    for (int i = 0; i < host->nworkers; i++)
        worker_stop(host->workers[i], patient != NULL);
}

static void replaced(void *owner)
{
    begin_stop(owner, owner);
}

static void asked_to_end(void *owner)
{
    const struct host *host = owner;
    loop_tell(host->loop, begin_stop, owner, NULL);
}

static void signalled(void *owner, int number)
{
    deed_by_signal(number, "stop", true, (struct slice){0});
    asked_to_end(owner);
}

/* ---- starting ---- */

static bool start_workers(struct host *host, int count, struct err *err)
{
    clients_open(&host->clients, host->options, (unsigned)count);
    host->node = node_name(host->listeners.public[0].url);
    host->answers =
        (struct answers){host->options, &host->instance.slot, host->node, host->reload,
                         host->argc,    host->argv,           host->env};
    host->keyring = keyring_new(&host->instance);
    for (int i = 0; i < count; i++) {
        struct worker_plan plan = {.index = i,
                                   .slot = &host->instance.slot,
                                   .db = host->instance.db,
                                   .node = host->node,
                                   .keyring = host->keyring,
                                   .mail = host->instance.mail,
                                   .listeners = host->listeners.public,
                                   .nlisteners = host->listeners.npublic,
                                   .admin = host->listeners.has_admin ? &host->listeners.admin
                                                                      : NULL,
                                   .max_connections = host->clients.each,
                                   .options = host->options,
                                   .proxies = &host->clients.proxies,
                                   .budget = host->clients.budget,
                                   .tally = host->clients.tally,
                                   .accepted = worker_accepted,
                                   .adopted = worker_adopted,
                                   .ended = worker_ended,
                                   .owner = host};
        host->running++;
        host->accepting++;
        if (!worker_start(&plan, &host->workers[i], err))
            return false;
        host->nworkers = i + 1;
    }
    return true;
}

static void look_after_upgrades(struct host *host)
{
    struct handover_plan plan = {.loop = host->loop,
                                 .program = host->program,
                                 .argv = host->argv,
                                 .env = host->env,
                                 .listeners = &host->listeners,
                                 .control = host->control,
                                 .ended = desk_upgraded,
                                 .asker = host->desk,
                                 .replaced = replaced,
                                 .alone = asked_to_end,
                                 .owner = host};
    host->handover = handover_new(&plan);
}

/* Before the workers start: a handler may ask for a reload at once. */
static void look_after_generations(struct host *host, int workers)
{
    host->workers = mem_new((size_t)workers, sizeof(struct worker *));
    struct desk_plan plan = {.reload = {.loop = host->loop,
                                        .instance = &host->instance,
                                        .workers = host->workers,
                                        .nworkers = workers,
                                        .store = host->store,
                                        .site = host->listeners.public[0].url,
                                        .argc = host->argc,
                                        .argv = host->argv,
                                        .env = host->env},
                             .carry_out = control,
                             .owner = host};
    host->desk = desk_new(&plan);
    host->reload = desk_reload(host->desk);
}

/* Before the files are read, so that no change is missed. */
static bool start_watching(struct host *host, struct err *err)
{
    const struct options *options = host->options;
    struct watch_plan plan = {.loop = host->loop,
                              .app = options->app,
                              .site = options->site,
                              .changed = reload_asked,
                              .owner = host};
    if (!options->watch)
        return true;
    log_line(LOG_WARN, "--watch: errors show sources to browsers on this machine");
    return watch_open(&plan, &host->watch, err);
}

static void database_judged(void *owner, const struct err *fault, const char *faults)
{
    struct host *host = owner;
    if (!fault || host->stopping)
        return;
    host->failed = true;
    announce_failure(host->options, faults, fault->text);
    begin_stop(host, NULL);
}

static void await_database(struct host *host)
{
    struct arrival_plan plan = {.loop = host->loop,
                                .instance = &host->instance,
                                .judged = database_judged,
                                .owner = host};
    if (host->instance.away)
        host->arrival = arrival_wait(&plan);
}

/* What replaces a running program changes nothing it needs: pending migrations are told. */
static bool open_tables(struct host *host, int *ret_applied, struct err *err)
{
    struct instance *instance = &host->instance;
    bool heir = host->channel >= 0;
    *ret_applied = 0;
    return ((!heir || instance_is_migrated(instance->db, &instance->files, err)) &&
            instance_migrate(instance, &instance->files, host->options->migrate, ret_applied,
                             err) &&
            restore_greet(host->options, instance->db, err) &&
            instance_open_secret(instance, !heir, err)) ||
           (!heir && arrival_may_come(instance, err));
}

static bool open_control(struct host *host, struct err *err)
{
    return control_open(host->loop, host->control_path, control, host, &host->control, err);
}

/* The program before gives control.sock up, and its counters. */
static bool succeed(struct host *host, struct err *err)
{
    CLEANUP(buf_done) struct buf told = {0};
    if (host->channel < 0)
        return true;
    if (!heir_ready(host->channel, &told, err) || !open_control(host, err))
        return false;
    if (!metrics_take((struct slice){told.data, told.len}))
        log_line(LOG_WARN, "counters begin anew: the program before keeps them otherwise");
    return true;
}

static bool open_all(struct host *host, int workers, struct err *err)
{
    int applied;
    const struct options *options = host->options;
    host->control_path = mem_format("%s/control.sock", options->data);
    host->store = mem_format("%s/generations", options->data);
    /* Before anything is made or changed. */
    bool heir = host->channel >= 0, strict = options->strict || heir;
    if (!heir && !(control_is_free(host->control_path, err) &&
                   listeners_open(&host->listeners, options, err)))
        return false;
    if (!start_watching(host, err) ||
        !boot_read(&host->instance, options, host->store, strict, err) ||
        !instance_open_database(&host->instance, true, err) ||
        (!heir && !open_control(host, err)) || !open_tables(host, &applied, err) ||
        !instance_open_mail(&host->instance, err))
        return false;
    if (applied > 0)
        log_line(LOG_INFO, "migrated the database: %d statements", applied);
    host->instance.lent.status = fill_status;
    host->instance.lent.reload = reload_asked;
    host->instance.lent.control = asked;
    host->instance.lent.missed = deed_by_page;
    host->instance.lent.failure = options->watch ? tell_failure : NULL;
    host->instance.lent.owner = host;
    host->instance.lent.checkup = checkup_ask;
    host->instance.lent.checkup_of = host->checkup = checkup_new(options);
    host->instance.lent.watch = options->watch;
    if (!boot_build(&host->instance, workers, host->store, strict))
        return err_set(err, ERR_INPUT, "the application has faults; nothing was started");
    look_after_generations(host, workers);
    deeds_recall(options->data);
    measures_begin(options->data, host->instance.db, workers, count_connections, host);
    if (!listeners_listen(&host->listeners, err) || !succeed(host, err) ||
        !start_workers(host, workers, err))
        return false;
    look_after_upgrades(host);
    desk_open(host->desk, host->control, host->handover);
    heir_serves(&host->channel);
    host->stall = stall_new(host->loop, host->workers, workers);
    await_database(host);
    return true;
}

static void close_all(struct host *host)
{
    for (int i = 0; i < host->nworkers; i++)
        worker_join(host->workers[i]);
    host->nworkers = 0;
    measures_end();
    stall_free(host->stall);
    checkup_free(host->checkup);
    handover_free(TAKE(host->handover));
    arrival_stop(host->arrival);
    desk_close(host->desk);
    watch_close(host->watch);
    control_close(TAKE(host->control));
    listeners_done(&host->listeners);
    instance_close(&host->instance);
    signals_close(host->loop, &host->signals);
    ending_free(host->ending);
    loop_free(host->loop); /* runs what was posted: generations are freed here */
    arrival_free(host->arrival);
    desk_free(host->desk);
    clients_close(&host->clients);
    free(host->workers);
    free(host->control_path);
    free(host->store);
    free(host->program);
    free(host->node);
    keyring_free(host->keyring);
}

int host_serve(const struct options *options, int argc, char **argv, char **env)
{
    struct host host = {.options = options,
                        .argc = argc,
                        .argv = argv,
                        .env = env,
                        .channel = -1,
                        .program = strchr(argv[0], '/') ? mem_text(argv[0])
                                                        : realpath("/proc/self/exe", NULL),
                        .started = clock_monotonic(),
                        .booted = clock_of_boot()};
    struct err err;
    sigset_t ends, reloads;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigemptyset(&reloads);
    sigaddset(&reloads, SIGHUP);
    signals_block(&ends);
    signals_block(&reloads);
    host.signals = (struct loop_signals){.caught = caught, .owner = &host};
    int workers = options->workers ? options->workers : (int)sysconf(_SC_NPROCESSORS_ONLN);
    bool good = heir_take(&host.listeners, &host.channel, &err) && loop_new(&host.loop, &err) &&
                access_open(options->access_log, &err) &&
                signals_open(host.loop, &host.signals, &reloads, &err) &&
                ending_watch(&ends, signalled, &host, options->data, &host.ending, &err) &&
                open_all(&host, workers, &err);
    if (good) {
        announce_start(&host.instance, &host.listeners, workers);
        reload_announce(host.reload);
        loop_run(host.loop);
    } else {
        announce_failure(options, NULL, err.text);
        if (host.channel >= 0) { /* everything stays the other's */
            heir_fails(host.channel, err.text);
            listeners_leave(&host.listeners);
        }
        for (int i = 0; i < host.nworkers; i++)
            worker_stop(host.workers[i], false);
    }
    close_all(&host);
    deeds_keep(options->data);
    return good && !host.failed ? 0 : 1;
}
