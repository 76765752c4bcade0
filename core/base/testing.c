/* See fail_point.h. */
#include "base/fail_point.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

void fail_point(const char *name)
{
#ifdef TC_TEST_CLOCK
    const char *wanted = getenv("TIMECAPSULE_FAIL_POINT");
    if (wanted && strcmp(wanted, name) == 0)
        raise(SIGKILL);
#else
    (void)name;
#endif
}
