/* See passing.h. */
#include "server/passing.h"

#include "base/clock.h"
#include "base/mem.h"
#include "server/deeds.h"

#include <stdlib.h>

void passing_init(struct passing *passing, int workers)
{
    passing->count = workers;
    passing->waits = mem_new((size_t)workers, sizeof *passing->waits);
}

void passing_begin(struct passing *passing)
{
    passing->since = clock_monotonic();
    atomic_store(&passing->left, passing->count);
    for (int i = 0; i < passing->count; i++)
        atomic_store(&passing->waits[i], true);
}

bool passing_over(struct passing *passing, int worker)
{
    atomic_store(&passing->waits[worker], false);
    return atomic_fetch_sub(&passing->left, 1) == 1;
}

int passing_first(const struct passing *passing, uint64_t *ret_ns)
{
    *ret_ns = clock_monotonic() - passing->since;
    for (int i = 0; i < passing->count; i++)
        if (atomic_load(&passing->waits[i]))
            return i;
    return -1;
}

void passing_show(const struct passing *passing, struct buf *out)
{
    uint64_t ns;
    int worker = passing_first(passing, &ns);
    if (worker >= 0)
        buf_addf(out, "reload       waits for worker %d to turn, for %.0f s\n", worker,
                 (double)ns / (double)NS_PER_S);
}

void passing_describe(const struct passing *passing, struct buf *out)
{
    uint64_t ns;
    int worker = passing_first(passing, &ns);
    if (worker >= 0)
        buf_addf(out, "waits %d %.0f\n", worker, (double)ns / (double)NS_PER_S);
}

void passing_put_down(const struct passing *passing, unsigned generation)
{
    uint64_t ns;
    int worker = passing_first(passing, &ns);
    if (worker < 0)
        return;
    CLEANUP(mem_freep)
    char *words = mem_format("generation %u; worker %d has not turned for %.0f s", generation,
                             worker, (double)ns / (double)NS_PER_S);
    deed_by_host("the stop", "switch_left", words);
}

void passing_done(struct passing *passing)
{
    free(passing->waits);
}
