/* See limits.h. */
#include "vm/limits.h"

#include <stdio.h>

const char *limits_time(uint64_t ns, char text[LIMITS_TEXT])
{
    if (ns % NS_PER_S == 0)
        snprintf(text, LIMITS_TEXT, "%llu s", (unsigned long long)(ns / NS_PER_S));
    else
        snprintf(text, LIMITS_TEXT, "%llu ms", (unsigned long long)(ns / NS_PER_MS));
    return text;
}
