/* The metrics of the process as text: Prometheus' exposition format 0.0.4. */
#include "base/limits.h"
#include "base/metrics_table.h"
#include "base/process.h"
#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_number(struct buf *out, double number)
{
    char text[40];

    if (isnan(number) || isinf(number)) {
        buf_adds(out, isnan(number) ? "NaN" : number > 0 ? "+Inf" : "-Inf");
        return;
    }
    snprintf(text, sizeof text, "%.15g", number);
    if (strtod(text, NULL) < number || strtod(text, NULL) > number)
        snprintf(text, sizeof text, "%.17g", number);
    buf_adds(out, text);
}

/* A byte that is no UTF-8 would cost the reader the whole answer. */
static void add_label_value(struct buf *out, const char *value)
{
    for (struct slice rest = slice_of(value); rest.len > 0;) {
        size_t len = str_character(rest);
        if (len == 0)
            buf_adds(out, STR_REPLACEMENT);
        else if (*rest.data == '\n')
            buf_adds(out, "\\n");
        else if (*rest.data == '"' || *rest.data == '\\')
            buf_addf(out, "\\%c", *rest.data);
        else
            buf_add(out, rest.data, len);
        rest.data += len ? len : 1;
        rest.len -= len ? len : 1;
    }
}

/* NAME SUFFIX { labels, le="…" } and a space; bound may be NULL. */
static void add_head(struct buf *out, const struct series *series, const char *suffix,
                     const double *bound)
{
    const char *before = "{";

    buf_addf(out, "%s%s", series->family->name, suffix);
    for (int i = 0; i < series->nlabels; i++) {
        buf_addf(out, "%s%s=\"", before, series->labels[i].name);
        add_label_value(out, series->labels[i].value);
        buf_addc(out, '"');
        before = ",";
    }
    if (bound) {
        buf_addf(out, "%sle=\"", before);
        add_number(out, *bound);
        buf_addc(out, '"');
    }
    buf_adds(out, bound || series->nlabels ? "} " : " ");
}

static void add_histogram(struct buf *out, struct series *series)
{
    const double infinity = INFINITY;
    uint64_t count = 0;

    for (int i = 0; i <= METRIC_BOUNDS; i++) {
        count += atomic_load_explicit(&series->counts[i], memory_order_relaxed);
        add_head(out, series, "_bucket", i < METRIC_BOUNDS ? &metric_bounds[i] : &infinity);
        buf_addf(out, "%llu\n", (unsigned long long)count);
    }
    add_head(out, series, "_sum", NULL);
    add_number(out, metric_number(&series->value));
    buf_addc(out, '\n');
    add_head(out, series, "_count", NULL);
    buf_addf(out, "%llu\n", (unsigned long long)count);
}

/* A backslash and an end of line are escaped, and nothing else. */
static void add_help(struct buf *out, const char *name, const char *help)
{
    if (!help)
        return;
    buf_addf(out, "# HELP %s ", name);
    for (; *help; help++)
        if (*help == '\n')
            buf_adds(out, "\\n");
        else if (*help == '\\')
            buf_adds(out, "\\\\");
        else
            buf_addc(out, *help);
    buf_addc(out, '\n');
}

static void add_family(struct buf *out, const struct family *family)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};

    add_help(out, family->name, family->help);
    buf_addf(out, "# TYPE %s %s\n", family->name, types[family->type]);
    for (struct series *series = family->first; series; series = series->next) {
        if (family->type == METRIC_HISTOGRAM) {
            add_histogram(out, series);
            continue;
        }
        add_head(out, series, "", NULL);
        add_number(out, metric_number(&series->value));
        buf_addc(out, '\n');
    }
}

static void add_words(struct buf *out, const struct metric_word *words)
{
    for (int i = 0; i < LIMIT_METRIC_WORDS && words[i].name; i++) {
        add_help(out, words[i].name, words[i].help);
        buf_addf(out, "# TYPE %s gauge\n%s{%s=\"", words[i].name, words[i].name,
                 words[i].label);
        add_label_value(out, words[i].value);
        buf_adds(out, "\"} 1\n");
    }
}

static void (*take_sample)(void *owner);
static void *sampled;

void metrics_sample(void (*sample)(void *owner), void *owner)
{
    take_sample = sample;
    sampled = owner;
}

void metrics_render(struct buf *out)
{
    if (take_sample)
        take_sample(sampled);
    process_measure(out);
    const struct family *families = metrics_lock();
    for (const struct family *family = families; family; family = family->next)
        add_family(out, family);
    add_words(out, metrics_words());
    metrics_unlock();
    add_help(out, METRICS_DROPPED, "Numbers of series for which there was no more room.");
    buf_addf(out, "# TYPE %s counter\n%s %llu\n", METRICS_DROPPED, METRICS_DROPPED,
             (unsigned long long)metrics_dropped());
}
