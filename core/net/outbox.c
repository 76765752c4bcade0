/* See outbox.h. */
#include "net/outbox.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A letter on its way into the outbox.  It has the message of its job, which may be gone before
 * the thread is done: then it frees itself. */
struct outbox_work {
    struct blocking_job blocking;
    struct mail_job *job;  /* NULL: given up */
    struct outbox *outbox; /* NULL: gone */
    atomic_bool given_up;  /* for the thread: not to begin */
    const char *folder;
    struct message message;
    char *name;
    bool ok;
    struct err err;
    LIST_ENTRY(outbox_work) entry;
};

/* ---- on a thread ---- */

static bool io_failed(struct err *err, const char *what, const char *folder)
{
    return err_set(err, ERR_TEMPORARY, "the outbox %s: cannot %s: %s", folder, what,
                   strerror(errno));
}

static char *new_name(void)
{
    char stamp[CLOCK_STAMP];
    uint64_t mark;
    random_bytes(&mark, sizeof mark);
    clock_stamp(stamp);
    return mem_format("%s-%016" PRIx64 ".eml", stamp, mark);
}

static bool write_message(const char *folder, const struct message *message, char **ret_name,
                          struct err *err)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return io_failed(err, "make the folder", folder);
    CLEANUP(mem_freep) char *name = new_name();
    CLEANUP(mem_freep) char *path = mem_format("%s/%s", folder, name);
    CLEANUP(mem_freep) char *beside = mem_format("%s/.%s.tmp", folder, name);
    if (!file_place(path, beside, (struct slice){message->bytes.data, message->bytes.len},
                    true))
        return io_failed(err, "write a letter", folder);
    *ret_name = TAKE(name);
    return true;
}

static void write_letter(struct blocking_job *blocking)
{
    struct outbox_work *work = CONTAINER(blocking, struct outbox_work, blocking);
    if (!atomic_load(&work->given_up))
        work->ok = write_message(work->folder, &work->message, &work->name, &work->err);
}

/* ---- on the loop ---- */

static void forget(struct outbox_work *work)
{
    LIST_REMOVE(work, entry);
    TAKE(work->outbox)->count--;
}

static void work_free(struct outbox_work *work)
{
    message_done(&work->message);
    free(work->name);
    free(work);
}

static void written(struct blocking_job *blocking)
{
    struct outbox_work *work = CONTAINER(blocking, struct outbox_work, blocking);
    struct mail_job *job = work->job;
    bool ok = work->ok;
    struct err err = work->err;
    if (work->outbox)
        forget(work);
    if (job && ok)
        snprintf(job->reply, sizeof job->reply, "%s", work->name);
    work_free(work);
    if (!job)
        return;
    job->work = NULL;
    mail_job_finish(job, ok, &err);
}

void outbox_add(struct outbox *outbox, struct mail_job *job)
{
    struct outbox_work *work = mem_new(1, sizeof *work);
    work->blocking.work = write_letter;
    work->blocking.done = written;
    work->blocking.loop = outbox->loop;
    work->job = job;
    work->outbox = outbox;
    work->folder = outbox->folder;
    work->message = job->message;
    job->message.bytes = (struct buf){0};
    err_set(&work->err, ERR_TEMPORARY, "the outbox has no thread to write with");
    LIST_INSERT_HEAD(&outbox->works, work, entry);
    outbox->count++;
    job->work = work;
    blocking_submit(outbox->pool, &work->blocking);
}

void outbox_cancel(struct mail_job *job)
{
    atomic_store(&job->work->given_up, true);
    job->work->job = NULL;
    mail_job_free(job);
}

/* What threads still have comes back when the loop is freed, to nobody. */
void outbox_done(struct outbox *outbox)
{
    struct outbox_work *work;
    while ((work = LIST_FIRST(&outbox->works))) {
        if (work->job)
            outbox_cancel(work->job);
        forget(work);
        blocking_wait(outbox->pool, &work->blocking);
    }
}
