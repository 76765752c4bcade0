/* Floods of one line, folded: see log_folded().  A line is known by a hash of all it says; two
 * that meet in one place take turns, and are folded less. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

enum {
    PLACES = 256,
    FIELDS = 8,
    FLOOD = 100 /* a line so many times within FOLD_NS is one */
};
#define FOLD_NS (10 * NS_PER_S)

static struct place {
    uint64_t hash, since;
    unsigned long written, folded;
} places[PLACES];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Is it to be written?  Then *ret_folded is how many like it were not. */
static bool is_news(uint64_t hash, unsigned long *ret_folded)
{
    uint64_t now = clock_monotonic();
    struct place *place = &places[hash % PLACES];
    bool news;

    pthread_mutex_lock(&lock);
    bool same = place->since && place->hash == hash;
    bool late = now - place->since >= FOLD_NS;
    news = !same || late || place->written < FLOOD;
    *ret_folded = same && late ? place->folded : 0;
    if (!same || late)
        *place = (struct place){.hash = hash, .since = now};
    if (news)
        place->written++;
    else
        place->folded++;
    pthread_mutex_unlock(&lock);
    return news;
}

void log_folded(enum log_level level, const char *message, const struct log_field *fields,
                int count)
{
    struct log_field all[FIELDS + 1];
    uint64_t hash = str_hash(STR_HASH, message);
    unsigned long folded;
    char number[24];

    if (count > FIELDS)
        count = FIELDS;
    for (int i = 0; i < count; i++) {
        all[i] = fields[i];
        hash = str_hash(str_hash(hash, fields[i].name), fields[i].value);
    }
    if (!log_enabled(level) || !is_news(hash, &folded))
        return;
    snprintf(number, sizeof number, "%lu", folded);
    all[count] = (struct log_field){"folded", number, LOG_NUMBER};
    log_event(level, message, all, folded ? count + 1 : count);
}
