/* A bounded queue of operations between worker threads and a thread of the driver, and their
 * way back. */
#include "base/clock.h"
#include "base/mem.h"
#include "db/sqlite/driver.h"

#include <time.h>

void sqlite_queue_init(struct sqlite_queue *queue, size_t limit)
{
    pthread_condattr_t attributes;

    *queue = (struct sqlite_queue){.limit = limit};
    TAILQ_INIT(&queue->ops);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

void sqlite_queue_done(struct sqlite_queue *queue)
{
    pthread_cond_destroy(&queue->wake);
    pthread_mutex_destroy(&queue->lock);
}

bool sqlite_queue_add(struct sqlite_queue *queue, struct db_op *op, struct err *err)
{
    bool added = false;

    pthread_mutex_lock(&queue->lock);
    if (queue->count < queue->limit) {
        TAILQ_INSERT_TAIL(&queue->ops, op, link);
        queue->count++;
        added = true;
    }
    pthread_mutex_unlock(&queue->lock);
    return added || err_set(err, ERR_LIMIT,
                            "%zu operations are waiting for the database already "
                            "(`queue` in its URL): try again later",
                            queue->limit);
}

void sqlite_queue_wake(struct sqlite_queue *queue, size_t threads)
{
    while (threads-- > 0)
        pthread_cond_signal(&queue->wake);
}

/* The lock is held. */
static void wait_for_one(struct sqlite_queue *queue, uint64_t wait_ms, bool *ret_idle)
{
    uint64_t until = clock_monotonic() + wait_ms * NS_PER_MS;

    while (TAILQ_EMPTY(&queue->ops) && !queue->closing) {
        if (ret_idle == NULL)
            pthread_cond_wait(&queue->wake, &queue->lock);
        else if (!(*ret_idle = clock_monotonic() >= until))
            sqlite_queue_wait_until(queue, until);
        else
            break;
    }
}

size_t sqlite_queue_take(struct sqlite_queue *queue, struct db_op **ops, size_t max,
                         uint64_t wait_ms, bool *ret_idle)
{
    size_t count = 0;
    bool alone = false;
    struct db_op *op;

    pthread_mutex_lock(&queue->lock);
    wait_for_one(queue, wait_ms, ret_idle);
    while ((op = TAILQ_FIRST(&queue->ops)) != NULL && count < max && !alone) {
        alone = op->verb != DB_RUN;
        if (alone && count > 0)
            break;
        TAILQ_REMOVE(&queue->ops, op, link);
        queue->count--;
        ops[count++] = op;
    }
    pthread_mutex_unlock(&queue->lock);
    return count;
}

void sqlite_queue_close(struct sqlite_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closing = true;
    pthread_cond_broadcast(&queue->wake);
    pthread_mutex_unlock(&queue->lock);
}

/* clock_monotonic() counts from where it likes, so only the difference is taken over. */
void sqlite_queue_wait_until(struct sqlite_queue *queue, uint64_t deadline)
{
    uint64_t now = clock_monotonic();
    uint64_t left = deadline > now ? deadline - now : 0;
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    left += (uint64_t)until.tv_nsec;
    until.tv_sec += (time_t)(left / NS_PER_S);
    until.tv_nsec = (long)(left % NS_PER_S);
    pthread_cond_timedwait(&queue->wake, &queue->lock, &until);
}

/* ---- and back ---- */

static void come_back(struct loop_call *call)
{
    db_op_return(CONTAINER(call, struct db_op, call));
}

void sqlite_finish(struct db_op *op)
{
    struct sqlite_worker *worker = (struct sqlite_worker *)(void *)op->worker;

    op->call.run = come_back;
    __atomic_fetch_sub(&sqlite_of(worker->base.db)->pending, 1, __ATOMIC_RELAXED);
    loop_post(worker->loop, &op->call);
    pthread_mutex_lock(&worker->lock);
    if (--worker->pending == 0)
        pthread_cond_signal(&worker->idle);
    pthread_mutex_unlock(&worker->lock);
}
