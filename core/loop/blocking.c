/*
 * A queue of jobs and the threads that take from it.
 *
 * A thread posts a job while it holds the lock, so that whoever has seen `posted` under the
 * lock knows that the pool is done with both the job and its loop.
 */
#include "loop/blocking.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>

struct blocking {
    pthread_mutex_t lock;
    pthread_cond_t wake;   /* for threads: a job, or the end */
    pthread_cond_t posted; /* for those who wait */
    TAILQ_HEAD(, blocking_job) jobs;
    pthread_t *threads;
    size_t max, count, idle, queued;
    bool closing;
};

struct blocking *blocking_new(size_t threads)
{
    struct blocking *pool = mem_new(1, sizeof *pool);

    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->posted, NULL);
    TAILQ_INIT(&pool->jobs);
    pool->threads = mem_new(threads, sizeof *pool->threads);
    pool->max = threads;
    return pool;
}

static void come_back(struct loop_call *call)
{
    struct blocking_job *job = CONTAINER(call, struct blocking_job, call);

    job->done(job);
}

/* The lock is held. */
static void post(struct blocking *pool, struct blocking_job *job)
{
    job->call.run = come_back;
    job->posted = true;
    loop_post(job->loop, &job->call);
    pthread_cond_broadcast(&pool->posted);
}

/* The lock is held. */
static void withdraw(struct blocking *pool, struct blocking_job *job)
{
    TAILQ_REMOVE(&pool->jobs, job, link);
    job->queued = false;
    pool->queued--;
}

/* Waits for a job; NULL at the end.  The lock is held. */
static struct blocking_job *take(struct blocking *pool)
{
    pool->idle++;
    while (TAILQ_EMPTY(&pool->jobs) && !pool->closing)
        pthread_cond_wait(&pool->wake, &pool->lock);
    pool->idle--;

    struct blocking_job *job = TAILQ_FIRST(&pool->jobs);
    if (job)
        withdraw(pool, job);
    return job;
}

static void *thread_main(void *owner)
{
    struct blocking *pool = owner;
    struct blocking_job *job;

    pthread_mutex_lock(&pool->lock);
    while ((job = take(pool))) {
        pthread_mutex_unlock(&pool->lock);
        job->work(job);
        pthread_mutex_lock(&pool->lock);
        post(pool, job);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* One more thread where there are fewer free ones than jobs; when none can be had, the others
 * serve.  The lock is held. */
static void start_thread(struct blocking *pool)
{
    if (pool->idle >= pool->queued || pool->count == pool->max)
        return;
    if (pthread_create(&pool->threads[pool->count], NULL, thread_main, pool) != 0)
        return;
    pthread_setname_np(pool->threads[pool->count], "blocking");
    pool->count++;
}

void blocking_submit(struct blocking *pool, struct blocking_job *job)
{
    job->posted = false;
    pthread_mutex_lock(&pool->lock);
    TAILQ_INSERT_TAIL(&pool->jobs, job, link);
    job->queued = true;
    pool->queued++;
    start_thread(pool);
    bool nobody = pool->count == 0;
    pthread_cond_signal(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    if (nobody) /* not even one thread: it comes back undone */
        blocking_wait(pool, job);
}

void blocking_wait(struct blocking *pool, struct blocking_job *job)
{
    pthread_mutex_lock(&pool->lock);
    if (job->queued) {
        withdraw(pool, job);
        post(pool, job);
    }
    while (!job->posted)
        pthread_cond_wait(&pool->posted, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void blocking_free(struct blocking *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->posted);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
}
