/* See failure.h. */
#include "server/failure.h"

#include "base/metrics.h"

void failure_init(struct failure *failure, struct slice at_start)
{
    *failure = (struct failure){0};
    pthread_mutex_init(&failure->telling, NULL);
    failure_set(failure, at_start);
    failure->at_start = at_start.len > 0;
}

void failure_set(struct failure *failure, struct slice text)
{
    pthread_mutex_lock(&failure->telling);
    failure->at_start = false;
    buf_clear(&failure->text);
    buf_add(&failure->text, text.data, text.len);
    pthread_mutex_unlock(&failure->telling);
    metric_record(METRIC_GAUGE, "tc_reload_failed", NULL, 0, text.len > 0);
}

bool failure_add(struct failure *failure, struct buf *out)
{
    pthread_mutex_lock(&failure->telling);
    buf_add(out, failure->text.data, failure->text.len);
    bool at_start = failure->at_start;
    pthread_mutex_unlock(&failure->telling);
    return at_start;
}

void failure_show(const struct failure *failure, struct buf *out)
{
    if (failure->text.len == 0)
        return;
    buf_adds(out, failure->at_start ? "files        had faults at the start:\n"
                                    : "reload       failed; the files have faults:\n");
    buf_add(out, failure->text.data, failure->text.len);
}

const char *failure_word(const struct failure *failure)
{
    if (failure->text.len == 0)
        return "";
    return failure->at_start ? "; the files had faults at the start"
                             : "; the last reload failed";
}

void failure_done(struct failure *failure)
{
    buf_done(&failure->text);
    pthread_mutex_destroy(&failure->telling);
}
