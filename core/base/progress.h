/*
 * How far a long job of a command has come: on a terminal a bar that is drawn anew, with rate
 * and the time that is left; elsewhere a line now and then.  SIGINT and SIGTERM ask it to stop;
 * a second one ends the program.  One job at a time; main thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what; /* "copying"; borrowed */
    const char *unit; /* "pages" */
    uint64_t began, told;
    bool terminal;
};

void progress_begin(struct progress *progress, const char *what, const char *unit);
/* false once it shall stop; as often as wanted.  total 0: it is not known. */
bool progress_tell(struct progress *progress, uint64_t done, uint64_t total);
void progress_end(struct progress *progress);
