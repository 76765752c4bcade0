/*
 * Where specs let the process die, as if it were killed at that very step: a build for specs
 * (TC_TEST_CLOCK) that finds TIMECAPSULE_FAIL_POINT=NAME in its environment.  Nothing in
 * others.
 */
#pragma once

void fail_point(const char *name);
