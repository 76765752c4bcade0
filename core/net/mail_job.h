/*
 * A letter that is to go out, and what became of it.
 *
 *   made -> submitted to a mailer -> done(), or cancelled
 *
 * The submitter owns it before and after; in between it is the mailer's, in one of three
 * places: waiting in the queue of SMTP, on a connection, or with a thread that writes the
 * outbox.
 */
#pragma once

#include "base/err.h"
#include "net/message.h"
#include "net/smtp_reply.h"

#include <sys/queue.h>

struct smtp_link;
struct outbox_work;

struct mail_job {
    struct message message;
    void (*done)(struct mail_job *job); /* on the loop's thread, never from mailer_submit() */
    void *owner;

    bool ok;
    struct err err;                  /* where not ok */
    char reply[SMTP_REPLY_TEXT + 1]; /* where ok: the server's words, or the file's name */

    /* the mailer's */
    TAILQ_ENTRY(mail_job) waiting;
    struct smtp_link *link;
    struct outbox_work *work;
};

struct mail_job *mail_job_new(void);
void mail_job_free(struct mail_job *job); /* of one that is not submitted; NULL is fine */
/* Calls done(), the last that is heard of the job; err where it has failed. */
void mail_job_finish(struct mail_job *job, bool ok, const struct err *err);
