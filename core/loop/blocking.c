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
    struct blocking_job *first, *last;
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

/* Waits for a job; NULL at the end.  The lock is held. */
static struct blocking_job *take(struct blocking *pool)
{
    pool->idle++;
    while (pool->first == NULL && !pool->closing)
        pthread_cond_wait(&pool->wake, &pool->lock);
    pool->idle--;

    struct blocking_job *job = pool->first;
    if (job != NULL) {
        pool->first = job->next;
        pool->queued--;
    }
    return job;
}

static void *thread_main(void *owner)
{
    struct blocking *pool = owner;
    struct blocking_job *job;

    pthread_mutex_lock(&pool->lock);
    while ((job = take(pool)) != NULL) {
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
    job->next = NULL;
    job->posted = false;
    pthread_mutex_lock(&pool->lock);
    if (pool->first != NULL)
        pool->last->next = job;
    else
        pool->first = job;
    pool->last = job;
    pool->queued++;
    start_thread(pool);
    bool nobody = pool->count == 0;
    pthread_cond_signal(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    if (nobody) /* not even one thread: it comes back undone */
        blocking_wait(pool, job);
}

/* The lock is held; false when a thread has taken the job. */
static bool withdraw(struct blocking *pool, struct blocking_job *job)
{
    struct blocking_job *before = NULL;

    for (struct blocking_job *each = pool->first; each != NULL; each = each->next) {
        if (each == job) {
            if (before != NULL)
                before->next = job->next;
            else
                pool->first = job->next;
            if (pool->last == job)
                pool->last = before;
            pool->queued--;
            return true;
        }
        before = each;
    }
    return false;
}

void blocking_wait(struct blocking *pool, struct blocking_job *job)
{
    pthread_mutex_lock(&pool->lock);
    if (!job->posted && withdraw(pool, job))
        post(pool, job);
    while (!job->posted)
        pthread_cond_wait(&pool->posted, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void blocking_free(struct blocking *pool)
{
    if (pool == NULL)
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
