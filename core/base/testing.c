/* See testing.h. */
#include "base/testing.h"

#include "base/clock.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const char *wish(const char *variable)
{
#ifdef TC_TEST_CLOCK
    return getenv(variable);
#else
    (void)variable;
    return NULL;
#endif
}

void fail_point(const char *name)
{
    const char *wanted = wish("TIMECAPSULE_FAIL_POINT");

    if (wanted && strcmp(wanted, name) == 0)
        raise(SIGKILL);
}

uint64_t testing_ms(const char *variable, uint64_t otherwise)
{
    const char *wanted = wish(variable);

    return wanted ? strtoull(wanted, NULL, 10) * NS_PER_MS : otherwise;
}
