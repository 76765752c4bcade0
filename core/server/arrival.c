/* See arrival.h. */
#include "server/arrival.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "server/restore.h"
#include "server/secret.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ASK_MS = 250 };

struct arrival {
    struct arrival_plan plan;
    pthread_t thread;
    bool running; /* there is a thread to be joined */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;  /* under the lock */
    uint64_t until; /* clock_monotonic(); nobody waits longer */
    struct loop_call call;

    /* what is judged, and how that went; the thread's until the call */
    struct generation *generation;
    bool good;
    int applied;
    struct secrets secrets;
    struct faults faults;
    struct err err;
};

static bool is_out_of_reach(const struct err *err)
{
    return err->kind == ERR_IO || err->kind == ERR_TIMEOUT;
}

/* Did it fail because the database is not there, and may be soon?  What it refuses a program
 * that it lets in is no such thing.  Blocks. */
static bool is_away(struct db *db, const struct err *err)
{
    struct db_session *session = NULL;
    struct err why;
    if (!is_out_of_reach(err))
        return false;
    if (!db->driver->session_open(db, &session, &why))
        return is_out_of_reach(&why);
    db->driver->session_close(session);
    return false;
}

bool arrival_may_come(struct instance *instance, const struct err *err)
{
    const struct options *options = instance->options;
    bool files =
        strcmp(instance->db->driver->dialect->name, "sqlite") == 0; /* come not by themselves */
    if (options->wait_database == 0 || files || !is_away(instance->db, err))
        return false;
    log_line(
        LOG_WARN,
        "%s; until it can be, for %d s at most (--wait-database), what needs it is answered "
        "503",
        err->text, options->wait_database);
    instance->away = true;
    db_shut(instance->db, err->text);
    return true;
}

/* ---- on the thread ---- */

/* As a start does. */
static bool judge(struct arrival *arrival)
{
    struct instance *instance = arrival->plan.instance;
    const struct options *options = instance->options;
    const struct generation *generation = arrival->generation;
    if (!instance_migrate(instance, &generation->files, options->migrate, &arrival->applied,
                          &arrival->err) ||
        !restore_greet(options, instance->db, &arrival->err) ||
        !secret_open(options->secret_file, instance->db, true, &arrival->secrets,
                     &arrival->err) ||
        !db_check(instance->db, generation->statements, faults_take, &arrival->faults,
                  &arrival->err))
        return false;
    return arrival->faults.count == 0 ||
           err_set(&arrival->err, ERR_INPUT, "the application has faults");
}

/* false: it is to stop. */
static bool rest(struct arrival *arrival)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(ASK_MS * NS_PER_MS);
    until.tv_sec += until.tv_nsec / (long)NS_PER_S;
    until.tv_nsec %= (long)NS_PER_S;
    pthread_mutex_lock(&arrival->lock);
    while (!arrival->stopping &&
           pthread_cond_timedwait(&arrival->wake, &arrival->lock, &until) != ETIMEDOUT)
        continue;
    bool go_on = !arrival->stopping;
    pthread_mutex_unlock(&arrival->lock);
    return go_on;
}

/* One that answers after it could not be reached has come in between, and is judged again; what
 * it refuses then is its last word. */
static void *wait_for_it(void *owner)
{
    struct arrival *arrival = owner;
    bool came = false;
    for (;;) {
        secret_wipe(&arrival->secrets);
        arrival->good = judge(arrival);
        if (arrival->good || clock_monotonic() > arrival->until)
            break;
        bool away = is_away(arrival->plan.instance->db, &arrival->err);
        if (!away && (came || !is_out_of_reach(&arrival->err)))
            break;
        came = !away;
        if (away && !rest(arrival))
            return NULL;
    }
    loop_post(arrival->plan.loop, &arrival->call);
    return NULL;
}

/* ---- on the main thread ---- */

static bool start(struct arrival *arrival)
{
    struct generation *current = arrival->plan.instance->slot.current;
    arrival->generation = generation_ref(current);
    arrival->running = pthread_create(&arrival->thread, NULL, wait_for_it, arrival) == 0;
    return arrival->running || err_set(&arrival->err, ERR_IO, "cannot start a thread");
}

static void join(struct arrival *arrival)
{
    if (arrival->running)
        pthread_join(arrival->thread, NULL);
    arrival->running = false;
    generation_unref(TAKE(arrival->generation));
}

static void tell(const struct arrival *arrival)
{
    const struct arrival_plan *plan = &arrival->plan;
    if (arrival->applied > 0)
        log_line(LOG_INFO, "migrated the database: %d statements", arrival->applied);
    if (arrival->good) {
        instance_give_secrets(plan->instance, &arrival->secrets);
        db_unshut(plan->instance->db);
        plan->instance->away = false;
        log_line(LOG_INFO, "the database has come");
    }
    plan->judged(plan->owner, arrival->good ? NULL : &arrival->err, arrival->faults.text.data);
}

/* What has been reloaded meanwhile is judged as well. */
static void judged(struct loop_call *call)
{
    struct arrival *arrival = CONTAINER(call, struct arrival, call);
    if (arrival->stopping)
        return;
    bool another = arrival->generation != arrival->plan.instance->slot.current;
    join(arrival);
    if (another) {
        faults_done(&arrival->faults);
        arrival->faults = (struct faults){0};
        arrival->good = start(arrival);
        if (arrival->good)
            return;
    }
    tell(arrival);
}

struct arrival *arrival_wait(const struct arrival_plan *plan)
{
    struct arrival *arrival = mem_new(1, sizeof *arrival);
    pthread_condattr_t attributes;
    arrival->plan = *plan;
    arrival->call.run = judged;
    arrival->until =
        clock_monotonic() + (uint64_t)plan->instance->options->wait_database * NS_PER_S;
    pthread_mutex_init(&arrival->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&arrival->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (!start(arrival))
        loop_post(plan->loop, &arrival->call);
    return arrival;
}

void arrival_stop(struct arrival *arrival)
{
    if (!arrival)
        return;
    pthread_mutex_lock(&arrival->lock);
    arrival->stopping = true;
    pthread_cond_signal(&arrival->wake);
    pthread_mutex_unlock(&arrival->lock);
    join(arrival);
}

void arrival_free(struct arrival *arrival)
{
    if (!arrival)
        return;
    pthread_cond_destroy(&arrival->wake);
    pthread_mutex_destroy(&arrival->lock);
    secret_wipe(&arrival->secrets);
    faults_done(&arrival->faults);
    free(arrival);
}
