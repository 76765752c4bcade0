/*
 * Counters, gauges and histograms of the process, read as the Prometheus text format 0.0.4.
 * A series is a name and up to four labels; it is made at its first use and never freed.  At
 * most LIMIT_METRICS series exist: later ones are dropped and counted in
 * tc_metrics_dropped_total.
 */
#pragma once

#include "base/buf.h"

struct metric_label {
    const char *name, *value;
};

/* [a-z_][a-z0-9_]*, at most LIMIT_METRIC_NAME bytes: of a metric, and of a label. */
bool metric_is_name(const char *name);

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* Adds to a counter (value ≥ 0), sets a gauge, observes in a histogram (seconds; fixed buckets
 * 1 ms … 10 s).  A name keeps the type of its first use.  False where
 * the types differ, a name is malformed or reserved ("le", "tc_metrics_dropped_total"), a label
 * is given twice, there are more than four, or the value is not possible.  The order of labels
 * means nothing.  Thread-safe; takes no lock once the series exists. */
bool metric_record(enum metric_type type, const char *name, const struct metric_label *labels,
                   int nlabels, double value);
/* A series that is there, with 0, before anything is recorded in it: who watches sees it rise
 * from there.  False where metric_record() is. */
bool metric_begin(enum metric_type type, const char *name, const struct metric_label *labels,
                  int nlabels);
/* What a name means, in one line: the HELP of its family, in the place of what was said before;
 * copied.  False where the name is malformed, reserved, or has another type. */
bool metric_describe(enum metric_type type, const char *name, const char *help);
/* What a word says about the process: a gauge that is 1 with one label, whose value takes the
 * place of the one before.  At most LIMIT_METRIC_WORDS such names; name, help and label are
 * literals. Thread-safe. */
void metric_word(const char *name, const char *help, const char *label, const char *value);
/* What is called, on any thread, before they are rendered, to set gauges; before threads start
 * and after they have ended. */
void metrics_sample(void (*sample)(void *owner), void *owner);
/* Those of base/process.h, then families by name, series by age. */
void metrics_render(struct buf *out);

/* Counters and histograms go on in another process: appends them all, and adds what another has
 * appended; false where that is not of this form.  Of one machine, in its byte order. */
void metrics_give(struct buf *out);
bool metrics_take(struct slice given);
/* Whether those of another are among them: they have not begun with this process. */
bool metrics_taken(void);
