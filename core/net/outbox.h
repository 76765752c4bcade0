/*
 * The outbox: a folder with one .eml file per letter, where no mail server is set up.
 *
 * A file appears whole or not at all, and the folder is synced, before the letter counts as
 * handed over.  Folder 0700, files 0600.  Names begin with the time, so that they sort.
 *
 * Threads of a pool write; everything here is called on the loop's.
 */
#pragma once

#include "loop/blocking.h"
#include "net/mail_job.h"

struct outbox {
    struct loop *loop;
    struct blocking *pool; /* borrowed, as the folder's name is */
    const char *folder;
    LIST_HEAD(, outbox_work) works;
    size_t count; /* of them */
};

/* A failure of the job is ERR_TEMPORARY: the disk is full, or something else that may pass. */
void outbox_add(struct outbox *outbox, struct mail_job *job);
/* Gives it up and frees the job; the letter may be written all the same. */
void outbox_cancel(struct mail_job *job);
/* Waits for files being written; their jobs are freed without done().  A zeroed one is fine. */
void outbox_done(struct outbox *outbox);
