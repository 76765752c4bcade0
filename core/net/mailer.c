/* The mailer of one loop: to the mail server, or into the outbox.  See mail.h. */
#include "base/limits.h"
#include "base/mem.h"
#include "net/mail.h"
#include "net/outbox.h"
#include "net/smtp_queue.h"

#include <stdlib.h>

struct mailer {
    bool writes_files;
    struct smtp_queue smtp; /* the one that is not used is zeroed */
    struct outbox outbox;
};

bool mailer_attach(struct mail *mail, struct loop *loop, struct mailer **ret_mailer,
                   struct err *err)
{
    const struct mail_url *url = mail_url_of(mail);
    struct mailer *mailer = mem_new(1, sizeof *mailer);
    mailer->writes_files = url->scheme == MAIL_FILE;
    if (mailer->writes_files) {
        mailer->outbox = (struct outbox){loop, mail_pool(mail), url->path, {NULL}, 0};
    } else if (!smtp_queue_init(&mailer->smtp, url, loop, err)) {
        free(mailer);
        return false;
    }
    *ret_mailer = mailer;
    return true;
}

bool mailer_submit(struct mailer *mailer, struct mail_job *job, struct err *err)
{
    if (mailer->smtp.count + mailer->outbox.count >= LIMIT_MAIL_QUEUE)
        return err_set(err, ERR_LIMIT, "%d letters are waiting already", LIMIT_MAIL_QUEUE);
    if (mailer->writes_files)
        outbox_add(&mailer->outbox, job);
    else
        smtp_queue_add(&mailer->smtp, job);
    return true;
}

void mailer_cancel(struct mailer *mailer, struct mail_job *job)
{
    if (mailer->writes_files)
        outbox_cancel(job);
    else
        smtp_queue_cancel(&mailer->smtp, job);
}

void mailer_detach(struct mailer *mailer)
{
    if (!mailer)
        return;
    smtp_queue_done(&mailer->smtp);
    outbox_done(&mailer->outbox);
    free(mailer);
}
