/*
 * Runs one of the application's commands: reads the application, opens what the command needs,
 * builds a generation, and runs scripts/commands/NAME.lua in it.
 */
#pragma once

#include "server/options.h"

#include <stdbool.h>

struct instance;
struct loop;

struct run_plan {
    bool database; /* with the database and its secret; with mail always */
    bool make;     /* as a server does, what is missing of them is made */
    bool open;     /* for specs: what is missing is made, scripts may load other modules */
    /* In place of a command's script; NULL: that. */
    bool (*work)(struct instance *instance, struct loop *loop, int *ret_status,
                 struct err *err);
};

/* The command is options->command, its words options->args.  Blocks; main thread.  false where
 * it did not come to an end of its own: why is said on stderr, and *ret_status is 1. */
bool runner_run(const struct options *options, const struct run_plan *plan, int *ret_status);
