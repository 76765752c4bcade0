/* See checkup.h. */
#include "server/checkup.h"

#include "base/clock.h"
#include "base/mem.h"
#include "server/judge.h"

#include <pthread.h>
#include <stdlib.h>

struct checkup {
    const struct options *options;
    pthread_mutex_t lock;
    pthread_t thread;
    bool has_thread; /* to be joined */
    bool judging;    /* these under the lock, from here on */
    int64_t at;
    enum verdict worst;
    struct buf found;
};

static enum verdict judge(const struct options *options, struct buf *out)
{
    struct verdicts verdicts = {0};
    judge_installation(options, &verdicts);
    verdicts_write(&verdicts, out);
    enum verdict worst = verdicts.worst;
    verdicts_done(&verdicts);
    return worst;
}

static void *run(void *argument)
{
    struct checkup *checkup = argument;
    struct buf found = {0};
    enum verdict worst = judge(checkup->options, &found);
    pthread_mutex_lock(&checkup->lock);
    buf_done(&checkup->found);
    checkup->found = found;
    checkup->worst = worst;
    checkup->at = clock_now();
    checkup->judging = false;
    pthread_mutex_unlock(&checkup->lock);
    return NULL;
}

struct checkup *checkup_new(const struct options *options)
{
    struct checkup *checkup = mem_new(1, sizeof *checkup);
    checkup->options = options;
    pthread_mutex_init(&checkup->lock, NULL);
    return checkup;
}

/* Under the lock; the thread before has ended, or is about to. */
static void begin(struct checkup *checkup)
{
    if (checkup->has_thread)
        pthread_join(checkup->thread, NULL);
    checkup->has_thread = pthread_create(&checkup->thread, NULL, run, checkup) == 0;
    checkup->judging = checkup->has_thread;
}

static bool is_old(const struct checkup *checkup, bool again)
{
    int64_t age = clock_now() - checkup->at;
    int stands = again                              ? CHECKUP_LEAST_S
                 : checkup->worst == VERDICT_BROKEN ? CHECKUP_BROKEN_S
                                                    : CHECKUP_STANDS_S;
    return age >= stands || age < 0;
}

bool checkup_ask(void *owner, bool again, struct buf *out, int64_t *ret_at)
{
    struct checkup *checkup = owner;
    pthread_mutex_lock(&checkup->lock);
    if (!checkup->judging && is_old(checkup, again))
        begin(checkup);
    bool judging = checkup->judging;
    buf_add(out, checkup->found.data, checkup->found.len);
    *ret_at = checkup->at;
    pthread_mutex_unlock(&checkup->lock);
    return judging;
}

bool checkup_now(void *options, bool again, struct buf *out, int64_t *ret_at)
{
    (void)again; /* it looks in any case */
    judge(options, out);
    *ret_at = clock_now();
    return false;
}

void checkup_free(struct checkup *checkup)
{
    if (!checkup)
        return;
    if (checkup->has_thread)
        pthread_join(checkup->thread, NULL);
    pthread_mutex_destroy(&checkup->lock);
    buf_done(&checkup->found);
    free(checkup);
}
