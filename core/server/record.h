/*
 * What was done by a command of the host's own, whether a server runs or not: a row of the
 * audit, straight in the database.  Main thread; blocks.
 */
#pragma once

#include "base/err.h"
#include "server/options.h"

struct record {
    const char *act; /* its name in the audit: "backup", "secret_add" */
    const char *detail, *outcome;
};

bool record_command(const struct options *options, const struct record *record,
                    struct err *err);
