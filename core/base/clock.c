/* The two clocks, by clock_gettime(2), which is answered without entering the kernel. */
#include "base/clock.h"

#include <time.h>

uint64_t clock_monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

int64_t clock_of_boot(void)
{
    struct timespec since;

    clock_gettime(CLOCK_BOOTTIME, &since);
    return clock_now() - since.tv_sec;
}

void clock_stamp(char stamp[static CLOCK_STAMP])
{
    time_t now = (time_t)clock_now();
    struct tm utc;

    strftime(stamp, CLOCK_STAMP, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
}

bool clock_of_certificate(const char *text, int64_t *ret_unix)
{
    static const char *const forms[] = {" %b %d %H:%M:%S %Y", " %Y-%m-%d %H:%M:%S"};

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm moment = {0};
        if (!strptime(text, forms[i], &moment))
            continue;
        *ret_unix = timegm(&moment);
        return true;
    }
    return false;
}

#ifndef TC_TEST_CLOCK

int64_t clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

#else

#include <stdatomic.h>

enum { MS_PER_S = 1000, NS_PER_MILLI = 1000000 };

/* How far the clock was moved, or the time itself while it stands, in milliseconds: fine enough
 * that the second to which a spec sets the clock lasts a whole one, coarse enough for every
 * year. */
static _Atomic int64_t offset;
static _Atomic bool stands;

static int64_t real_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MILLI;
}

int64_t clock_now(void)
{
    int64_t moved = atomic_load_explicit(&offset, memory_order_relaxed);
    int64_t ms =
        atomic_load_explicit(&stands, memory_order_relaxed) ? moved : real_ms() + moved;

    return ms >= 0 ? ms / MS_PER_S : -((MS_PER_S - 1 - ms) / MS_PER_S);
}

void clock_set(int64_t unix_seconds)
{
    atomic_store(&offset, unix_seconds * MS_PER_S - real_ms());
    atomic_store(&stands, false);
}

void clock_stop(int64_t unix_seconds)
{
    atomic_store(&offset, unix_seconds * MS_PER_S);
    atomic_store(&stands, true);
}

#endif
