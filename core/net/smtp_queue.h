/*
 * Letters that wait for a connection to the mail server, and the connections of one loop.
 *
 * A job waits in `jobs` or is the cargo of a link (job->link).  Jobs are started by a timer
 * alone, so that none ends before its submitter has parked; and its done() is always the last
 * thing that is done with a link, because it may submit and cancel as it likes.
 */
#pragma once

#include "net/curl_loop.h"
#include "net/mail_job.h"
#include "net/mail_url.h"

struct smtp_queue {
    const struct mail_url *url; /* borrowed */
    struct loop *loop;
    struct curl_loop curl;
    LIST_HEAD(, smtp_link) links;
    int nlinks;
    TAILQ_HEAD(, mail_job) jobs;
    size_t count; /* of jobs */
    struct loop_timer pump;
};

bool smtp_queue_init(struct smtp_queue *queue, const struct mail_url *url, struct loop *loop,
                     struct err *err);
/* Frees what was submitted, without done(); a zeroed one is fine. */
void smtp_queue_done(struct smtp_queue *queue);

void smtp_queue_add(struct smtp_queue *queue, struct mail_job *job);
void smtp_queue_cancel(struct smtp_queue *queue, struct mail_job *job); /* frees the job */
