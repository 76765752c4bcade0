/*
 * Threads for calls that block (name resolution, connecting, TLS handshakes): a job runs on
 * one of them and comes back to the loop that it was submitted from.
 *
 * A job is embedded in its owner's struct and borrowed from blocking_submit() until done() has
 * been called, which happens once for every job, whatever became of it.  Threads are started
 * as they are needed, up to the number given, and stay.
 */
#pragma once

#include "loop/loop.h"

#include <stddef.h>

struct blocking;

struct blocking_job {
    void (*work)(struct blocking_job *job); /* on a thread of the pool */
    void (*done)(struct blocking_job *job); /* on the loop's thread, never inside submit */
    struct loop *loop;

    /* the pool's */
    struct loop_call call;
    TAILQ_ENTRY(blocking_job) link;
    bool queued, posted;
};

struct blocking *blocking_new(size_t threads);
/* Waits for the jobs that run; every job has been waited for.  NULL is fine. */
void blocking_free(struct blocking *pool);

/* Any thread; job->loop says where done() is called. */
void blocking_submit(struct blocking *pool, struct blocking_job *job);
/* Blocks until the job has been posted to its loop, whose thread this is.  One that has not
 * begun is not begun any more: its done() is called without work(). */
void blocking_wait(struct blocking *pool, struct blocking_job *job);
