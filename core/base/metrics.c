/*
 * The metrics of the process.
 *
 * A series is found in an open table of pointers that are set once and never taken back, so
 * finding takes no lock; its numbers are atomics.  The lock is for making a series and for
 * reading them all.  Doubles are kept as the bits of a 64-bit integer, because C has no atomic
 * addition for them.
 *
 * Owner: the table, for the life of the process.
 */
#include "base/metrics.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/metrics_table.h"
#include "base/str.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4096 };
_Static_assert(SLOTS >= 2 * LIMIT_METRICS, "the table must stay half empty");

const double metric_bounds[METRIC_BOUNDS] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                             0.25,  0.5,    1,     2.5,  5,     10};

static _Atomic(struct series *) slots[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static struct family *families;
static int series_count, family_count;
static struct metric_word words[LIMIT_METRIC_WORDS];
static _Atomic uint64_t dropped;

/* ---- numbers ---- */

static uint64_t bits_of(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    return bits;
}

double metric_number(const _Atomic uint64_t *of)
{
    uint64_t bits = atomic_load_explicit(of, memory_order_relaxed);
    double number;

    memcpy(&number, &bits, sizeof number);
    return number;
}

void metric_add(_Atomic uint64_t *to, double number)
{
    uint64_t old = atomic_load_explicit(to, memory_order_relaxed);
    double sum;

    do {
        memcpy(&sum, &old, sizeof sum);
        sum += number;
    } while (!atomic_compare_exchange_weak_explicit(
        to, &old, bits_of(sum), memory_order_relaxed, memory_order_relaxed));
}

static void record(struct series *series, double value)
{
    int bound = 0;

    switch (series->family->type) {
    case METRIC_COUNTER:
        metric_add(&series->value, value);
        break;
    case METRIC_GAUGE:
        atomic_store_explicit(&series->value, bits_of(value), memory_order_relaxed);
        break;
    case METRIC_HISTOGRAM:
        while (bound < METRIC_BOUNDS && value > metric_bounds[bound])
            bound++;
        atomic_fetch_add_explicit(&series->counts[bound], 1, memory_order_relaxed);
        metric_add(&series->value, value);
        break;
    }
}

/* ---- finding ---- */

static uint64_t hash_series(const char *name, const struct metric_label *labels, int nlabels)
{
    uint64_t hash = str_hash(STR_HASH, name);

    for (int i = 0; i < nlabels; i++)
        hash = str_hash(str_hash(hash, labels[i].name), labels[i].value);
    return hash ^ hash >> 32;
}

static bool is_series(const struct series *series, uint64_t hash, const char *name,
                      const struct metric_label *labels, int nlabels)
{
    if (series->hash != hash || series->nlabels != nlabels ||
        strcmp(series->family->name, name) != 0)
        return false;
    for (int i = 0; i < nlabels; i++)
        if (strcmp(series->labels[i].name, labels[i].name) != 0 ||
            strcmp(series->labels[i].value, labels[i].value) != 0)
            return false;
    return true;
}

/* The series, or NULL and the slot that it would have. */
static struct series *find(uint64_t hash, const char *name, const struct metric_label *labels,
                           int nlabels, size_t *ret_slot)
{
    for (size_t slot = hash % SLOTS;; slot = (slot + 1) % SLOTS) {
        struct series *series = atomic_load_explicit(&slots[slot], memory_order_acquire);
        if (!series)
            *ret_slot = slot;
        if (!series || is_series(series, hash, name, labels, nlabels))
            return series;
    }
}

/* ---- making ---- */

bool metric_is_name(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= LIMIT_METRIC_NAME && !(name[0] >= '0' && name[0] <= '9') &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

static bool are_names(const char *name, const struct metric_label *labels, int nlabels)
{
    if (!metric_is_name(name) || strcmp(name, METRICS_DROPPED) == 0)
        return false;
    for (int i = 0; i < nlabels; i++)
        if (!metric_is_name(labels[i].name) || strcmp(labels[i].name, "le") == 0 ||
            (i > 0 && strcmp(labels[i - 1].name, labels[i].name) == 0))
            return false;
    return true;
}

/* The family of that name, made where there is none; NULL where it has another type. */
static struct family *find_family(enum metric_type type, const char *name)
{
    struct family **link = &families;

    while (*link && strcmp((*link)->name, name) < 0)
        link = &(*link)->next;
    if (*link && strcmp((*link)->name, name) == 0)
        return (*link)->type == type ? *link : NULL;
    family_count++;
    struct family *family = mem_new(1, sizeof *family);
    family->name = mem_text(name);
    family->type = type;
    family->next = *link;
    *link = family;
    return family;
}

static struct series *add_series(struct family *family, uint64_t hash,
                                 const struct metric_label *labels, int nlabels)
{
    struct series *series = mem_new(1, sizeof *series);

    series->family = family;
    series->hash = hash;
    series->nlabels = nlabels;
    for (int i = 0; i < nlabels; i++)
        series->labels[i] =
            (struct metric_label){mem_text(labels[i].name), mem_text(labels[i].value)};
    *(family->last ? &family->last->next : &family->first) = series;
    family->last = series;
    series_count++;
    return series;
}

/* Under the lock.  False where the names are wrong or the type differs; *ret_series stays NULL
 * where the table is full. */
static bool make(enum metric_type type, uint64_t hash, const char *name,
                 const struct metric_label *labels, int nlabels, struct series **ret_series)
{
    size_t slot;

    if (!are_names(name, labels, nlabels))
        return false;
    *ret_series = find(hash, name, labels, nlabels, &slot); /* another thread's, meanwhile? */
    if (*ret_series)
        return (*ret_series)->family->type == type;
    if (series_count >= LIMIT_METRICS)
        return true;
    struct family *family = find_family(type, name);
    if (!family)
        return false;
    *ret_series = add_series(family, hash, labels, nlabels);
    atomic_store_explicit(&slots[slot], *ret_series, memory_order_release);
    return true;
}

static void sort_labels(struct metric_label *labels, int nlabels)
{
    for (int i = 1; i < nlabels; i++)
        for (int k = i; k > 0 && strcmp(labels[k - 1].name, labels[k].name) > 0; k--) {
            struct metric_label label = labels[k];
            labels[k] = labels[k - 1];
            labels[k - 1] = label;
        }
}

bool metrics_reach(enum metric_type type, const char *name, const struct metric_label *labels,
                   int nlabels, struct series **ret_series)
{
    struct metric_label sorted[METRIC_LABELS] = {{0}};
    size_t slot;

    if (nlabels < 0 || nlabels > METRIC_LABELS)
        return false;
    for (int i = 0; i < nlabels; i++)
        sorted[i] = labels[i];
    sort_labels(sorted, nlabels);

    uint64_t hash = hash_series(name, sorted, nlabels);
    *ret_series = find(hash, name, sorted, nlabels, &slot);
    if (*ret_series)
        return (*ret_series)->family->type == type;
    pthread_mutex_lock(&lock);
    bool good = make(type, hash, name, sorted, nlabels, ret_series);
    pthread_mutex_unlock(&lock);
    if (good && !*ret_series)
        atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
    return good;
}

bool metric_record(enum metric_type type, const char *name, const struct metric_label *labels,
                   int nlabels, double value)
{
    struct series *series;

    if (type != METRIC_GAUGE && !(isfinite(value) && value >= 0))
        return false;
    if (!metrics_reach(type, name, labels, nlabels, &series))
        return false;
    if (series)
        record(series, value);
    return true;
}

bool metric_begin(enum metric_type type, const char *name, const struct metric_label *labels,
                  int nlabels)
{
    struct series *series;

    return metrics_reach(type, name, labels, nlabels, &series);
}

bool metric_describe(enum metric_type type, const char *name, const char *help)
{
    bool good = are_names(name, NULL, 0);

    pthread_mutex_lock(&lock);
    if (good && family_count < LIMIT_METRICS) {
        struct family *family = find_family(type, name);
        good = family != NULL;
        if (good && (!family->help || strcmp(family->help, help) != 0)) {
            free(family->help);
            family->help = mem_text(help);
        }
    }
    pthread_mutex_unlock(&lock);
    return good;
}

void metric_word(const char *name, const char *help, const char *label, const char *value)
{
    int i = 0;

    pthread_mutex_lock(&lock);
    while (words[i].name && strcmp(words[i].name, name) != 0)
        if (++i == LIMIT_METRIC_WORDS)
            abort();
    free(words[i].value);
    words[i] = (struct metric_word){name, help, label, mem_text(value)};
    pthread_mutex_unlock(&lock);
}

/* ---- for those who read them all ---- */

const struct family *metrics_lock(void)
{
    pthread_mutex_lock(&lock);
    return families;
}

void metrics_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

const struct metric_word *metrics_words(void)
{
    return words;
}

uint64_t metrics_dropped(void)
{
    return atomic_load_explicit(&dropped, memory_order_relaxed);
}
