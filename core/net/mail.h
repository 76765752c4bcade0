/*
 * Mail: one way out for the whole process, and a mailer per loop that uses it.
 *
 * struct mail holds where letters go and is read-only once open (but for a pool of threads that
 * write the outbox).  struct mailer belongs to one loop: it keeps connections to the mail
 * server, at most mail_url.connections at once, closes those that were idle for
 * LIMIT_MAIL_IDLE_S, and never blocks.
 *
 * Kinds of a job's failure: ERR_TEMPORARY, ERR_PERMANENT, ERR_AUTH, ERR_POLICY (see
 * net/smtp_reply.h).
 */
#pragma once

#include "base/err.h"
#include "loop/loop.h"
#include "net/mail_job.h"
#include "net/mail_url.h"

struct mail;
struct mailer;

struct mail_settings {
    const char *url;      /* NULL: files in the outbox */
    const char *password; /* NULL: the URL's, or none; copied */
    const char *from;     /* "a@b.example" or "Name <a@b.example>"; NULL: the URL's user */
    const char *outbox;   /* the folder for files where the URL names none */
};

/* Main thread, before the workers' start.  ERR_INPUT or ERR_IO in words for the administrator;
 * no password is ever part of one. */
bool mail_open(const struct mail_settings *settings, struct mail **ret_mail, struct err *err);
void mail_close(struct mail *mail); /* after every mailer; NULL is fine */

const struct mail_url *mail_url_of(const struct mail *mail);
struct blocking *mail_pool(const struct mail *mail); /* of MAIL_FILE */

const char *mail_kind(const struct mail *mail);      /* "file" or "smtp" */
const char *mail_from(const struct mail *mail);      /* an address */
const char *mail_from_name(const struct mail *mail); /* "" without one */
bool mail_shows_password(const struct mail *mail);   /* it stood in the URL */
bool mail_lacks_password(const struct mail *mail);   /* a user without one: nobody logs in */

bool mailer_attach(struct mail *mail, struct loop *loop, struct mailer **ret_mailer,
                   struct err *err);
/* Waits for files being written; jobs still submitted are freed without done().  NULL is
 * fine. */
void mailer_detach(struct mailer *mailer);

/* Borrows the job until done().  ERR_LIMIT: too many are waiting. */
bool mailer_submit(struct mailer *mailer, struct mail_job *job, struct err *err);
/* Gives a submitted job up and frees it; a letter whose last byte is out may arrive all the
 * same. */
void mailer_cancel(struct mailer *mailer, struct mail_job *job);
