/* See smtp_queue.h. */
#include "net/smtp_queue.h"

#include "base/mem.h"
#include "net/smtp_link.h"

#include <stdlib.h>
#include <string.h>

static void wake(struct smtp_queue *queue)
{
    if (!TAILQ_EMPTY(&queue->jobs) && !loop_timer_is_set(&queue->pump))
        loop_timer_set(queue->loop, &queue->pump, loop_now(queue->loop));
}

static void take_out(struct smtp_queue *queue, struct mail_job *job)
{
    TAILQ_REMOVE(&queue->jobs, job, waiting);
    queue->count--;
}

void smtp_queue_add(struct smtp_queue *queue, struct mail_job *job)
{
    TAILQ_INSERT_TAIL(&queue->jobs, job, waiting);
    queue->count++;
    wake(queue);
}

static void put_back(struct smtp_queue *queue, struct mail_job *job)
{
    TAILQ_INSERT_HEAD(&queue->jobs, job, waiting);
    queue->count++;
    wake(queue);
}

static void drop_link(struct smtp_queue *queue, struct smtp_link *link)
{
    LIST_REMOVE(link, entry);
    queue->nlinks--;
    smtp_link_free(link);
    wake(queue);
}

static void settled(struct smtp_link *link)
{
    struct smtp_queue *queue = link->owner;
    enum smtp_outcome outcome = link->outcome;
    struct mail_job *job = NULL;
    struct err err = {0};
    if (outcome != SMTP_NONE) {
        job = TAKE(link->cargo);
        job->link = NULL;
        err = link->err;
        memcpy(job->reply, link->reply.text, sizeof job->reply);
        link->outcome = SMTP_NONE;
    }
    if (link->state == SMTP_CLOSED)
        drop_link(queue, link);
    wake(queue);
    if (job && outcome == SMTP_AGAIN)
        put_back(queue, job);
    else if (job)
        mail_job_finish(job, outcome == SMTP_SENT, &err);
}

static void load(struct smtp_link *link, struct mail_job *job)
{
    link->cargo = job;
    job->link = link;
}

static struct smtp_link *idle_link(const struct smtp_queue *queue)
{
    struct smtp_link *link;
    LIST_FOREACH(link, &queue->links, entry)
        if (link->state == SMTP_IDLE)
            break;
    return link;
}

static void open_link(struct smtp_queue *queue, struct mail_job *job)
{
    struct smtp_link *link = NULL;
    struct err err;
    if (!smtp_link_open(queue->url, &queue->curl, &job->message, &link, &err)) {
        mail_job_finish(job, false, &err);
        return;
    }
    link->owner = queue;
    link->settled = settled;
    LIST_INSERT_HEAD(&queue->links, link, entry);
    queue->nlinks++;
    load(link, job);
}

static void pump(struct loop_timer *timer)
{
    struct smtp_queue *queue = timer->owner;
    struct mail_job *job;
    while ((job = TAILQ_FIRST(&queue->jobs))) {
        struct smtp_link *link = idle_link(queue);
        if (!link && queue->nlinks >= queue->url->connections)
            return;
        take_out(queue, job);
        if (link) {
            load(link, job);
            smtp_link_send(link, &job->message);
        } else {
            open_link(queue, job);
        }
    }
}

bool smtp_queue_init(struct smtp_queue *queue, const struct mail_url *url, struct loop *loop,
                     struct err *err)
{
    *queue = (struct smtp_queue){.url = url, .loop = loop};
    queue->pump = (struct loop_timer){.fire = pump, .owner = queue};
    TAILQ_INIT(&queue->jobs);
    return curl_loop_init(&queue->curl, loop, smtp_link_connected, err);
}

void smtp_queue_cancel(struct smtp_queue *queue, struct mail_job *job)
{
    if (job->link)
        drop_link(queue, job->link);
    else
        take_out(queue, job);
    mail_job_free(job);
}

void smtp_queue_done(struct smtp_queue *queue)
{
    struct mail_job *job;
    struct smtp_link *link;
    if (!queue->loop)
        return;
    while ((job = TAILQ_FIRST(&queue->jobs)))
        smtp_queue_cancel(queue, job);
    while ((link = LIST_FIRST(&queue->links))) {
        job = link->cargo;
        drop_link(queue, link);
        mail_job_free(job);
    }
    loop_timer_clear(queue->loop, &queue->pump);
    curl_loop_done(&queue->curl);
}
