/* See failure.h. */
#include "server/failure.h"

#include "base/clock.h"
#include "base/metrics.h"

void failure_init(struct failure *failure, struct slice at_start)
{
    *failure = (struct failure){0};
    pthread_mutex_init(&failure->telling, NULL);
    failure_set(failure, at_start);
    failure->when = at_start.len > 0 ? FAILED_AT_START : FAILED_LAST;
}

void failure_set(struct failure *failure, struct slice text)
{
    pthread_mutex_lock(&failure->telling);
    failure->when = FAILED_LAST;
    buf_clear(&failure->text);
    buf_add(&failure->text, text.data, text.len);
    pthread_mutex_unlock(&failure->telling);
    metric_record(METRIC_GAUGE, "tc_reload_failed", NULL, 0, text.len > 0);
}

static bool is_of_start(const struct failure *failure)
{
    return failure->when == FAILED_AT_START || failure->when == FAILED_AT_START_BEFORE_ROLLBACK;
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
    failure->when =
        is_of_start(failure) ? FAILED_AT_START_BEFORE_ROLLBACK : FAILED_BEFORE_ROLLBACK;
    pthread_mutex_unlock(&failure->telling);
}

enum failure_when failure_add(struct failure *failure, struct buf *out)
{
    pthread_mutex_lock(&failure->telling);
    buf_add(out, failure->text.data, failure->text.len);
    enum failure_when when = failure->when;
    pthread_mutex_unlock(&failure->telling);
    return when;
}

void failure_tell(const struct failure *failure, struct buf *out)
{
    if (failure->text.len == 0)
        return;
    if (is_of_start(failure))
        buf_adds(out, "started\n");
    if (failure->when == FAILED_BEFORE_ROLLBACK ||
        failure->when == FAILED_AT_START_BEFORE_ROLLBACK)
        buf_adds(out, "superseded\n");
}

void failure_show(const struct failure *failure, struct buf *out)
{
    static const char *const heads[] = {
        [FAILED_LAST] = "reload       failed; the files have faults:\n",
        [FAILED_AT_START] = "files        had faults at the start:\n",
        [FAILED_BEFORE_ROLLBACK] =
            "reload       failed before that rollback; the files had faults:\n",
        [FAILED_AT_START_BEFORE_ROLLBACK] =
            "files        had faults at the start, before that rollback:\n"};
    if (failure->text.len == 0)
        return;
    buf_adds(out, heads[failure->when]);
    buf_add(out, failure->text.data, failure->text.len);
}

const char *failure_word(const struct failure *failure)
{
    if (failure->text.len == 0)
        return "";
    return is_of_start(failure) ? "; the files had faults at the start"
                                : "; the last reload failed";
}

void failure_done(struct failure *failure)
{
    buf_done(&failure->text);
    pthread_mutex_destroy(&failure->telling);
}
