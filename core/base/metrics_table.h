/*
 * Private to the metrics: the table that metrics.c makes, for those who read all of it
 * (metrics_text.c) and who carry it to another process (metrics_move.c).
 */
#pragma once

#include "base/metrics.h"

#include <stdatomic.h>
#include <stdint.h>

enum { METRIC_LABELS = 4, METRIC_BOUNDS = 13 };

#define METRICS_DROPPED "tc_metrics_dropped_total"

extern const double metric_bounds[METRIC_BOUNDS];

struct family {
    char *name, *help; /* help is NULL where nobody has described it */
    enum metric_type type;
    struct family *next; /* by name */
    struct series *first, *last;
};

struct series {
    struct family *family;
    struct series *next; /* of the family */
    uint64_t hash;
    int nlabels;
    struct metric_label labels[METRIC_LABELS]; /* by name */
    _Atomic uint64_t value;                    /* a double: the value; a histogram's sum */
    _Atomic uint64_t
        counts[METRIC_BOUNDS + 1]; /* of a histogram; the last is above every bound */
};

struct metric_word {
    const char *name, *help, *label;
    char *value;
};

double metric_number(const _Atomic uint64_t *of);
void metric_add(_Atomic uint64_t *to, double number);
/* Finds or makes a series; false where metric_record() is; NULL where there is no room. */
bool metrics_reach(enum metric_type type, const char *name, const struct metric_label *labels,
                   int nlabels, struct series **ret_series);

/* The first family; nothing is made until it is unlocked. */
const struct family *metrics_lock(void);
void metrics_unlock(void);
const struct metric_word *metrics_words(void); /* the lock is held */
uint64_t metrics_dropped(void);
