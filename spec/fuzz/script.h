/*
 * A real Lua state with the project's scripts, for the targets that test Lua.
 *
 * libFuzzer sees what instrumented C does, and Lua's interpreter is not ours to instrument: so
 * the lines that scripts run are told to it through its extra counters, pairs of them as edges.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Loads the application as `timecapsule check` does, then spec/fuzz/scripts/NAME.lua, which
 * returns the function that takes the input.  Ends the process where it cannot. */
void script_open(const char *name);

/* Calls it.  An error that it raises ends the process: a target catches those that it expects.
 */
void script_feed(const uint8_t *data, size_t size);
