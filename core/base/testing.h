/*
 * What specs may do to a server by its environment, in builds for tests alone (TC_TEST_CLOCK);
 * nothing of it is in the release program.
 */
#pragma once

#include <stdint.h>

/* Ends the process here, as SIGKILL does, where TIMECAPSULE_FAIL_POINT=NAME is set. */
void fail_point(const char *name);
/* Nanoseconds: those of the milliseconds in the variable, for what a spec cannot wait for. */
uint64_t testing_ms(const char *variable, uint64_t otherwise);
