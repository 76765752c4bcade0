/*
 * One of MariaDB's own programs, run on a database as a child whose output we read, or whose
 * input we write.  What it logs in with goes by a file in memory, never by its command line;
 * the settings files of the machine are not read.  What it has to say goes to our stderr.
 *
 * Main thread; one at a time.  A child that was begun has to be ended.
 */
#pragma once

#include "base/err.h"
#include "db/mariadb/place.h"

#include <sys/types.h>

struct tool {
    const char *name;
    pid_t pid;
    int fd; /* the end that is ours */
};

/* names: those that the program may have, NULL behind the last; ERR_STATE where there is none
 * of them.  words: what follows the settings, NULL behind the last. */
bool tool_begin(struct tool *tool, const char *const *names, const struct maria_place *place,
                const struct maria_host *host, const char *const *words, bool reads,
                struct err *err);
/* Closes our end and waits for it; false where its exit status is not 0. */
bool tool_end(struct tool *tool, struct err *err);
void tool_kill(struct tool *tool);
