/* See failure.h. */
#include "server/failure.h"

#include "base/metrics.h"

void failure_init(struct failure *failure)
{
    *failure = (struct failure){0};
    pthread_mutex_init(&failure->telling, NULL);
    failure_set(failure, (struct slice){0});
}

void failure_set(struct failure *failure, struct slice text)
{
    pthread_mutex_lock(&failure->telling);
    buf_clear(&failure->text);
    buf_add(&failure->text, text.data, text.len);
    pthread_mutex_unlock(&failure->telling);
    metric_record(METRIC_GAUGE, "tc_reload_failed", NULL, 0, text.len > 0);
}

void failure_add(struct failure *failure, struct buf *out)
{
    pthread_mutex_lock(&failure->telling);
    buf_add(out, failure->text.data, failure->text.len);
    pthread_mutex_unlock(&failure->telling);
}

void failure_done(struct failure *failure)
{
    buf_done(&failure->text);
    pthread_mutex_destroy(&failure->telling);
}
