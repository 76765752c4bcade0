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
#include "base/str.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS = 4, SLOTS = 4096 };
_Static_assert(SLOTS >= 2 * LIMIT_METRICS, "the table must stay half empty");

static const double bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                0.25,  0.5,    1,     2.5,  5,     10};
enum { BOUNDS = sizeof bounds / sizeof *bounds };

struct family {
    char *name;
    enum metric_type type;
    struct family *next; /* by name */
    struct series *first, *last;
};

struct series {
    struct family *family;
    struct series *next; /* of the family */
    uint64_t hash;
    int nlabels;
    struct metric_label labels[LABELS];  /* by name */
    _Atomic uint64_t value;              /* a double: the value; a histogram's sum */
    _Atomic uint64_t counts[BOUNDS + 1]; /* of a histogram; the last is above every bound */
};

static _Atomic(struct series *) slots[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static struct family *families;
static int series_count;
static struct word {
    const char *name, *label;
    char *value;
} words[LIMIT_METRIC_WORDS];
static _Atomic uint64_t dropped;

/* ---- numbers ---- */

static uint64_t bits_of(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static double number_of(uint64_t bits)
{
    double number;

    memcpy(&number, &bits, sizeof number);
    return number;
}

static void add(_Atomic uint64_t *to, double number)
{
    uint64_t old = atomic_load_explicit(to, memory_order_relaxed);

    while (!atomic_compare_exchange_weak_explicit(to, &old, bits_of(number_of(old) + number),
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

static void record(struct series *series, double value)
{
    int bound = 0;

    switch (series->family->type) {
    case METRIC_COUNTER:
        add(&series->value, value);
        break;
    case METRIC_GAUGE:
        atomic_store_explicit(&series->value, bits_of(value), memory_order_relaxed);
        break;
    case METRIC_HISTOGRAM:
        while (bound < BOUNDS && value > bounds[bound])
            bound++;
        atomic_fetch_add_explicit(&series->counts[bound], 1, memory_order_relaxed);
        add(&series->value, value);
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
    if (!metric_is_name(name) || strcmp(name, "tc_metrics_dropped") == 0)
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

bool metric_record(enum metric_type type, const char *name, const struct metric_label *labels,
                   int nlabels, double value)
{
    struct metric_label sorted[LABELS];
    size_t slot;

    if (nlabels < 0 || nlabels > LABELS)
        return false;
    if (type != METRIC_GAUGE && !(isfinite(value) && value >= 0))
        return false;
    for (int i = 0; i < nlabels; i++)
        sorted[i] = labels[i];
    sort_labels(sorted, nlabels);

    uint64_t hash = hash_series(name, sorted, nlabels);
    struct series *series = find(hash, name, sorted, nlabels, &slot);
    bool good = series && series->family->type == type;
    if (!series) {
        pthread_mutex_lock(&lock);
        good = make(type, hash, name, sorted, nlabels, &series);
        pthread_mutex_unlock(&lock);
        if (good && !series)
            atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
    }
    if (good && series)
        record(series, value);
    return good;
}

void metric_word(const char *name, const char *label, const char *value)
{
    int i = 0;

    pthread_mutex_lock(&lock);
    while (words[i].name && strcmp(words[i].name, name) != 0)
        if (++i == LIMIT_METRIC_WORDS)
            abort();
    free(words[i].value);
    words[i] = (struct word){name, label, mem_text(value)};
    pthread_mutex_unlock(&lock);
}

/* ---- reading ---- */

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

    for (int i = 0; i <= BOUNDS; i++) {
        count += atomic_load_explicit(&series->counts[i], memory_order_relaxed);
        add_head(out, series, "_bucket", i < BOUNDS ? &bounds[i] : &infinity);
        buf_addf(out, "%llu\n", (unsigned long long)count);
    }
    add_head(out, series, "_sum", NULL);
    add_number(out, number_of(atomic_load_explicit(&series->value, memory_order_relaxed)));
    buf_addc(out, '\n');
    add_head(out, series, "_count", NULL);
    buf_addf(out, "%llu\n", (unsigned long long)count);
}

static void add_family(struct buf *out, const struct family *family)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};

    buf_addf(out, "# TYPE %s %s\n", family->name, types[family->type]);
    for (struct series *series = family->first; series; series = series->next) {
        if (family->type == METRIC_HISTOGRAM) {
            add_histogram(out, series);
            continue;
        }
        add_head(out, series, "", NULL);
        add_number(out, number_of(atomic_load_explicit(&series->value, memory_order_relaxed)));
        buf_addc(out, '\n');
    }
}

/* The lock is held. */
static void add_words(struct buf *out)
{
    for (int i = 0; i < LIMIT_METRIC_WORDS && words[i].name; i++) {
        buf_addf(out, "# TYPE %s gauge\n%s{%s=\"", words[i].name, words[i].name,
                 words[i].label);
        add_label_value(out, words[i].value);
        buf_adds(out, "\"} 1\n");
    }
}

void metrics_render(struct buf *out)
{
    pthread_mutex_lock(&lock);
    for (const struct family *family = families; family; family = family->next)
        add_family(out, family);
    add_words(out);
    pthread_mutex_unlock(&lock);
    buf_addf(out, "# TYPE tc_metrics_dropped counter\ntc_metrics_dropped %llu\n",
             (unsigned long long)atomic_load_explicit(&dropped, memory_order_relaxed));
}

/* ---- moving ---- */

/* What is told is of this form, and of so many numbers. */
static void give_form(struct buf *out)
{
    buf_addf(out, "metrics 1 %d %d\n", BOUNDS, LABELS);
}

/* Of a series: its type; its name and the number of its labels; their names and values; its
 * value; a histogram's counts. */
static void give_series(struct buf *out, struct series *series)
{
    const struct family *family = series->family;

    buf_addc(out, (char)('0' + family->type));
    buf_add(out, family->name, strlen(family->name) + 1);
    buf_addc(out, (char)('0' + series->nlabels));
    for (int i = 0; i < series->nlabels; i++) {
        buf_add(out, series->labels[i].name, strlen(series->labels[i].name) + 1);
        buf_add(out, series->labels[i].value, strlen(series->labels[i].value) + 1);
    }
    uint64_t numbers[BOUNDS + 2] = {atomic_load_explicit(&series->value, memory_order_relaxed)};
    for (int i = 0; i <= BOUNDS; i++)
        numbers[i + 1] = atomic_load_explicit(&series->counts[i], memory_order_relaxed);
    buf_add(out, (const char *)numbers, sizeof numbers);
}

void metrics_give(struct buf *out)
{
    give_form(out);
    pthread_mutex_lock(&lock);
    for (const struct family *family = families; family; family = family->next)
        for (struct series *series = family->first; series; series = series->next)
            if (family->type != METRIC_GAUGE)
                give_series(out, series);
    pthread_mutex_unlock(&lock);
}

/* A text with its end; NULL where it has none. */
static const char *take_text(struct slice *rest)
{
    const char *text = rest->data, *end = rest->len ? memchr(text, '\0', rest->len) : NULL;

    if (!end)
        return NULL;
    rest->len -= (size_t)(end + 1 - text);
    rest->data = end + 1;
    return text;
}

static int take_digit(struct slice *rest, int most)
{
    int digit = rest->len ? *rest->data - '0' : -1;

    if (digit < 0 || digit > most)
        return -1;
    rest->data++;
    rest->len--;
    return digit;
}

static bool take_numbers(const char *name, int type, const struct metric_label *labels,
                         int nlabels, const uint64_t *numbers)
{
    uint64_t hash = hash_series(name, labels, nlabels);
    struct series *series = NULL;

    pthread_mutex_lock(&lock);
    bool good = make((enum metric_type)type, hash, name, labels, nlabels, &series);
    pthread_mutex_unlock(&lock);
    if (!good || !series)
        return good;
    add(&series->value, number_of(numbers[0]));
    for (int i = 0; type == METRIC_HISTOGRAM && i <= BOUNDS; i++)
        atomic_fetch_add_explicit(&series->counts[i], numbers[i + 1], memory_order_relaxed);
    return true;
}

static bool take_series(struct slice *rest)
{
    uint64_t numbers[BOUNDS + 2];
    struct metric_label labels[LABELS];
    int type = take_digit(rest, METRIC_HISTOGRAM);
    const char *name = take_text(rest);
    int nlabels = take_digit(rest, LABELS);

    for (int i = 0; i < nlabels; i++) {
        labels[i].name = take_text(rest);
        labels[i].value = take_text(rest);
        if (!labels[i].name || !labels[i].value)
            return false;
    }
    if (type < 0 || !name || nlabels < 0 || rest->len < sizeof numbers)
        return false;
    memcpy(numbers, rest->data, sizeof numbers);
    rest->data += sizeof numbers;
    rest->len -= sizeof numbers;
    return take_numbers(name, type, labels, nlabels, numbers);
}

bool metrics_take(struct slice given)
{
    CLEANUP(buf_done) struct buf form = {0};

    give_form(&form);
    if (given.len < form.len || memcmp(given.data, form.data, form.len) != 0)
        return false;
    given.data += form.len;
    given.len -= form.len;
    while (given.len > 0)
        if (!take_series(&given))
            return false;
    return true;
}
