/* See mail_job.h. */
#include "net/mail_job.h"

#include "base/mem.h"

#include <stdlib.h>

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

void mail_job_finish(struct mail_job *job, bool ok, const struct err *err)
{
    job->ok = ok;
    if (!ok)
        job->err = *err;
    job->done(job);
}
