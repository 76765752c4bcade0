/*
 * What a script may use before the host stops it.  They stop mistakes, not an attacker with
 * access to the scripts.  Set by options of the host, the same for every state of the process.
 */
#pragma once

#include "base/clock.h"
#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>

struct script_limits {
    bool on;        /* off: Lua's own library and no bounds, for measuring what they cost */
    uint64_t cpu;   /* processor time of a request; of others since they last waited */
    uint64_t hold;  /* … in one piece, where the task cannot be paused */
    uint64_t time;  /* wall time of a request */
    uint64_t timer; /* wall time of a timer's run */
    uint64_t load;  /* processor time of loading */
    size_t memory;  /* bytes that a task may hold; a state four times as many */
};

#define SCRIPT_LIMITS                                                                          \
    (struct script_limits)                                                                     \
    {                                                                                          \
        .on = true, .cpu = LIMIT_CPU_MS * NS_PER_MS, .hold = LIMIT_HOLD_MS * NS_PER_MS,        \
        .time = LIMIT_REQUEST_S * NS_PER_S, .timer = LIMIT_TIMER_S * NS_PER_S,                 \
        .load = LIMIT_LOAD_S * NS_PER_S, .memory = LIMIT_MEMORY                                \
    }

enum { LIMITS_TEXT = 32 };
/* "5 s", "250 ms", for messages. */
const char *limits_time(uint64_t ns, char text[LIMITS_TEXT]);
