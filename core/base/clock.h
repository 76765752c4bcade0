/*
 * The two clocks.  Wall time is integer unix seconds (UTC) and the one that what is due goes
 * by; monotonic time is nanoseconds and the one that deadlines are measured with.
 *
 * In builds with TC_TEST_CLOCK (debug and tsan presets) specs may move the wall clock of the
 * whole process; the release program has no such function.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

int64_t clock_now(void);        /* unix seconds; thread-safe */
uint64_t clock_monotonic(void); /* nanoseconds since some start; thread-safe */

/* When the machine has booted, by what the wall clock says now: another moment than before
 * means that the clock was set meanwhile.  Thread-safe. */
int64_t clock_of_boot(void);

/* The moment in a file's name, in UTC: "20260101T000000Z". */
enum { CLOCK_STAMP = sizeof "20260101T000000Z" };
void clock_stamp(char stamp[static CLOCK_STAMP]);

/* Reads a certificate's date as libraries of TLS write it, in UTC: "Nov 29 19:25:39 2027 GMT",
 * "2027-11-29 19:25:39 GMT". */
bool clock_of_certificate(const char *text, int64_t *ret_unix);

#ifdef TC_TEST_CLOCK
/* From now on clock_now() starts at `unix_seconds` and runs on. */
void clock_set(int64_t unix_seconds);
/* From now on clock_now() is `unix_seconds`, until it is set. */
void clock_stop(int64_t unix_seconds);
#endif
