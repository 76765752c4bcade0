/* See failure.h. */
#include "server/failure.h"

#include "base/clock.h"
#include "base/metrics.h"

void failure_init(struct failure *failure, struct slice at_start)
{
    *failure = (struct failure){0};
    pthread_mutex_init(&failure->telling, NULL);
    failure_set(failure, at_start);
    failure->when.at_start = at_start.len > 0;
}

void failure_set(struct failure *failure, struct slice text)
{
    pthread_mutex_lock(&failure->telling);
    failure->when = (struct failure_when){0};
    buf_clear(&failure->text);
    buf_add(&failure->text, text.data, text.len);
    pthread_mutex_unlock(&failure->telling);
    metric_record(METRIC_GAUGE, "tc_reload_failed", NULL, 0, text.len > 0);
}

void failure_end(struct failure *failure, bool good)
{
    pthread_mutex_lock(&failure->telling);
    failure->ended_at = clock_now();
    failure->ended_good = good;
    pthread_mutex_unlock(&failure->telling);
}

bool failure_ended(struct failure *failure, int64_t *ret_at, bool *ret_good)
{
    pthread_mutex_lock(&failure->telling);
    *ret_at = failure->ended_at;
    *ret_good = failure->ended_good;
    pthread_mutex_unlock(&failure->telling);
    return *ret_at != 0;
}

void failure_leave(struct failure *failure)
{
    pthread_mutex_lock(&failure->telling);
    failure->when.left = true;
    pthread_mutex_unlock(&failure->telling);
}

struct failure_when failure_add(struct failure *failure, struct buf *out)
{
    pthread_mutex_lock(&failure->telling);
    buf_add(out, failure->text.data, failure->text.len);
    struct failure_when when = failure->when;
    pthread_mutex_unlock(&failure->telling);
    return when;
}

void failure_tell(const struct failure *failure, struct buf *out)
{
    if (failure->text.len == 0)
        return;
    buf_adds(out, failure->when.at_start ? "started\n" : "");
    buf_adds(out, failure->when.left ? "superseded\n" : "");
}

void failure_show(const struct failure *failure, struct buf *out)
{
    if (failure->text.len == 0)
        return;
    const char *before = failure->when.left ? " before that rollback" : "";
    if (failure->when.at_start)
        buf_addf(out, "files        had faults at the start%s%s:\n", *before ? "," : "",
                 before);
    else
        buf_addf(out, "reload       failed%s; the files %s faults:\n", before,
                 *before ? "had" : "have");
    buf_add(out, failure->text.data, failure->text.len);
}

const char *failure_word(const struct failure *failure)
{
    if (failure->text.len == 0)
        return "";
    return failure->when.at_start ? "; the files had faults at the start"
                                  : "; the last reload failed";
}

void failure_done(struct failure *failure)
{
    buf_done(&failure->text);
    pthread_mutex_destroy(&failure->telling);
}
