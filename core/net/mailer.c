/*
 * The mailer of one loop: a queue of jobs, connections that take them, files on threads.  See
 * mail.h.
 *
 * A submitted job is in one of three places: in the queue, on a link (job->link, link->cargo),
 * or in a work on a thread (job->work).  Jobs are started by a timer alone, never by
 * mailer_submit(), so that none ends before its submitter has parked; and done() is always the
 * last thing that is done with a link, because it may submit and cancel as it likes.
 */
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "loop/blocking.h"
#include "net/curl_loop.h"
#include "net/mail.h"
#include "net/outbox.h"
#include "net/smtp_link.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A letter on its way into the outbox.  It has the message of its job, which may be gone before
 * the thread is done: then it frees itself. */
struct outbox_work {
    struct blocking_job blocking;
    struct mail_job *job;  /* NULL: given up */
    struct mailer *mailer; /* NULL: detached */
    atomic_bool given_up;  /* for the thread: not to begin */
    const char *folder;
    struct message message;
    char *name;
    bool ok;
    struct err err;
    struct outbox_work *next; /* of the mailer's */
};

struct mailer {
    struct mail *mail;
    struct loop *loop;
    struct curl_loop curl; /* of SMTP */
    struct smtp_link *links;
    int nlinks;
    struct mail_job *first, *last; /* waiting */
    size_t count;                  /* of those, or of works */
    struct loop_timer pump;
    struct outbox_work *works;
};

struct mail_job *mail_job_new(void)
{
    return mem_new(1, sizeof(struct mail_job));
}

void mail_job_free(struct mail_job *job)
{
    if (!job)
        return;
    message_done(&job->message);
    free(job);
}

/* ---- the queue ---- */

static void wake(struct mailer *mailer)
{
    if (!loop_timer_is_set(&mailer->pump))
        loop_timer_set(mailer->loop, &mailer->pump, loop_now(mailer->loop));
}

static void push(struct mailer *mailer, struct mail_job *job, bool in_front)
{
    job->next = in_front ? mailer->first : NULL;
    if (!mailer->first)
        mailer->first = mailer->last = job;
    else if (in_front)
        mailer->first = job;
    else
        mailer->last = mailer->last->next = job;
    mailer->count++;
    wake(mailer);
}

static void unlink_job(struct mailer *mailer, struct mail_job *job)
{
    struct mail_job *before = NULL;
    for (struct mail_job *at = mailer->first; at != job; at = at->next)
        before = at;
    if (before)
        before->next = job->next;
    else
        mailer->first = job->next;
    if (mailer->last == job)
        mailer->last = before;
    job->next = NULL;
    mailer->count--;
}

static void finish(struct mail_job *job, bool ok, const struct err *err)
{
    job->ok = ok;
    if (!ok)
        job->err = *err;
    job->done(job);
}

/* ---- SMTP ---- */

static void drop_link(struct mailer *mailer, struct smtp_link *link)
{
    struct smtp_link **at = &mailer->links;
    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    mailer->nlinks--;
    smtp_link_free(link);
    if (mailer->first)
        wake(mailer);
}

static void settled(struct smtp_link *link)
{
    struct mailer *mailer = link->owner;
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
        drop_link(mailer, link);
    if (mailer->first)
        wake(mailer);
    if (job && outcome == SMTP_AGAIN)
        push(mailer, job, true);
    else if (job)
        finish(job, outcome == SMTP_SENT, &err);
}

static struct smtp_link *idle_link(const struct mailer *mailer)
{
    struct smtp_link *link = mailer->links;
    while (link && link->state != SMTP_IDLE)
        link = link->next;
    return link;
}

static void open_link(struct mailer *mailer, struct mail_job *job)
{
    struct smtp_link *link = NULL;
    struct err err;
    if (!smtp_link_open(mail_url_of(mailer->mail), &mailer->curl, &job->message, &link, &err)) {
        finish(job, false, &err);
        return;
    }
    link->owner = mailer;
    link->settled = settled;
    link->cargo = job;
    link->next = mailer->links;
    mailer->links = link;
    mailer->nlinks++;
    job->link = link;
}

static void pump(struct loop_timer *timer)
{
    struct mailer *mailer = timer->owner;
    while (mailer->first) {
        struct smtp_link *link = idle_link(mailer);
        if (!link && mailer->nlinks >= mail_url_of(mailer->mail)->connections)
            return;
        struct mail_job *job = mailer->first;
        unlink_job(mailer, job);
        if (!link) {
            open_link(mailer, job);
            continue;
        }
        link->cargo = job;
        job->link = link;
        smtp_link_send(link, &job->message);
    }
}

/* ---- the outbox ---- */

static void work_free(struct outbox_work *work)
{
    message_done(&work->message);
    free(work->name);
    free(work);
}

static void write_letter(struct blocking_job *blocking)
{
    struct outbox_work *work = CONTAINER(blocking, struct outbox_work, blocking);
    if (!atomic_load(&work->given_up))
        work->ok = outbox_write(work->folder, &work->message, &work->name, &work->err);
}

static void unlink_work(struct mailer *mailer, struct outbox_work *work)
{
    struct outbox_work **at = &mailer->works;
    while (*at != work)
        at = &(*at)->next;
    *at = work->next;
    mailer->count--;
}

static void written(struct blocking_job *blocking)
{
    struct outbox_work *work = CONTAINER(blocking, struct outbox_work, blocking);
    struct mail_job *job = work->job;
    bool ok = work->ok;
    struct err err = work->err;
    if (work->mailer)
        unlink_work(work->mailer, work);
    if (job && ok)
        snprintf(job->reply, sizeof job->reply, "%s", work->name);
    work_free(work);
    if (!job)
        return;
    job->work = NULL;
    finish(job, ok, &err);
}

static void start_work(struct mailer *mailer, struct mail_job *job)
{
    struct outbox_work *work = mem_new(1, sizeof *work);
    work->blocking.work = write_letter;
    work->blocking.done = written;
    work->blocking.loop = mailer->loop;
    work->job = job;
    work->mailer = mailer;
    work->folder = mail_url_of(mailer->mail)->path;
    work->message = job->message;
    job->message.bytes = (struct buf){0};
    err_set(&work->err, ERR_TEMPORARY, "the outbox has no thread to write with");
    work->next = mailer->works;
    mailer->works = work;
    mailer->count++;
    job->work = work;
    blocking_submit(mail_pool(mailer->mail), &work->blocking);
}

static void give_up_work(struct mail_job *job)
{
    atomic_store(&job->work->given_up, true);
    job->work->job = NULL;
    mail_job_free(job);
}

/* What threads still have comes back when the loop is freed, to nobody. */
static void forget_works(struct mailer *mailer)
{
    for (struct outbox_work *work = mailer->works, *next; work; work = next) {
        next = work->next;
        if (work->job)
            give_up_work(work->job);
        work->mailer = NULL;
        blocking_wait(mail_pool(mailer->mail), &work->blocking);
    }
}

/* ---- life ---- */

bool mailer_attach(struct mail *mail, struct loop *loop, struct mailer **ret_mailer,
                   struct err *err)
{
    struct mailer *mailer = mem_new(1, sizeof *mailer);
    mailer->mail = mail;
    mailer->loop = loop;
    mailer->pump = (struct loop_timer){.fire = pump, .owner = mailer};
    if (mail_url_of(mail)->scheme != MAIL_FILE &&
        !curl_loop_init(&mailer->curl, loop, smtp_link_connected, err)) {
        free(mailer);
        return false;
    }
    *ret_mailer = mailer;
    return true;
}

bool mailer_submit(struct mailer *mailer, struct mail_job *job, struct err *err)
{
    if (mailer->count >= LIMIT_MAIL_QUEUE)
        return err_set(err, ERR_LIMIT, "%d letters are waiting already", LIMIT_MAIL_QUEUE);
    if (mail_url_of(mailer->mail)->scheme == MAIL_FILE)
        start_work(mailer, job);
    else
        push(mailer, job, false);
    return true;
}

void mailer_cancel(struct mailer *mailer, struct mail_job *job)
{
    if (job->work) {
        give_up_work(job);
        return;
    }
    if (job->link)
        drop_link(mailer, job->link);
    else
        unlink_job(mailer, job);
    mail_job_free(job);
}

void mailer_detach(struct mailer *mailer)
{
    if (!mailer)
        return;
    for (struct mail_job *job = mailer->first, *next; job; job = next) {
        next = job->next;
        mail_job_free(job);
    }
    mailer->first = NULL; /* nothing is to be woken by what follows */
    while (mailer->links) {
        struct mail_job *job = mailer->links->cargo;
        drop_link(mailer, mailer->links);
        mail_job_free(job);
    }
    forget_works(mailer);
    loop_timer_clear(mailer->loop, &mailer->pump);
    curl_loop_done(&mailer->curl);
    free(mailer);
}
