/* Counters and histograms go on in another process. */
#include "base/mem.h"
#include "base/metrics_table.h"

#include <stdatomic.h>
#include <string.h>

/* What is told is of this form, and of so many numbers. */
static void give_form(struct buf *out)
{
    buf_addf(out, "metrics 1 %d %d\n", METRIC_BOUNDS, METRIC_LABELS);
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
    uint64_t numbers[METRIC_BOUNDS + 2] = {
        atomic_load_explicit(&series->value, memory_order_relaxed)};
    for (int i = 0; i <= METRIC_BOUNDS; i++)
        numbers[i + 1] = atomic_load_explicit(&series->counts[i], memory_order_relaxed);
    buf_add(out, (const char *)numbers, sizeof numbers);
}

void metrics_give(struct buf *out)
{
    give_form(out);
    const struct family *families = metrics_lock();
    for (const struct family *family = families; family; family = family->next)
        for (struct series *series = family->first; series; series = series->next)
            if (family->type != METRIC_GAUGE)
                give_series(out, series);
    metrics_unlock();
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
    struct series *series;

    if (!metrics_reach((enum metric_type)type, name, labels, nlabels, &series))
        return false;
    for (int i = 0; series && type == METRIC_HISTOGRAM && i <= METRIC_BOUNDS; i++)
        atomic_fetch_add_explicit(&series->counts[i], numbers[i + 1], memory_order_relaxed);
    if (series) {
        double value;
        memcpy(&value, &numbers[0], sizeof value);
        metric_add(&series->value, value);
    }
    return true;
}

static bool take_series(struct slice *rest)
{
    uint64_t numbers[METRIC_BOUNDS + 2];
    struct metric_label labels[METRIC_LABELS];
    int type = take_digit(rest, METRIC_HISTOGRAM);
    const char *name = take_text(rest);
    int nlabels = take_digit(rest, METRIC_LABELS);

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

static atomic_bool taken;

bool metrics_taken(void)
{
    return taken;
}

bool metrics_take(struct slice given)
{
    CLEANUP(buf_done) struct buf form = {0};

    give_form(&form);
    if (given.len < form.len || memcmp(given.data, form.data, form.len) != 0)
        return false;
    taken = true;
    given.data += form.len;
    given.len -= form.len;
    while (given.len > 0)
        if (!take_series(&given))
            return false;
    return true;
}
