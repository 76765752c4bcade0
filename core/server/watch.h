/*
 * Watches the files of the application and of its site (inotify), and tells when something has
 * changed and nothing more has for a moment.
 *
 *   quiet -> changing (an event) -> quiet for WATCH_QUIET_MS: every folder is looked for again,
 *            so that new ones are watched, then changed() is called
 *
 * A link counts with what it leads to, wherever that is and through whatever other links.
 * What is not read into a generation (hidden files, editors' copies) changes nothing.  Where
 * the kernel lost events, everything is taken for changed.  Main thread, on its loop.
 */
#pragma once

#include "loop/loop.h"

enum { WATCH_QUIET_MS = 150 };

struct watch_plan {
    struct loop *loop;
    const char *app, *site; /* site may be NULL */
    void (*changed)(void *owner);
    void *owner;
};

struct watch;

/* The plan's pointers are borrowed.  What changes from now on is told once the loop runs. */
bool watch_open(const struct watch_plan *plan, struct watch **ret_watch, struct err *err);
void watch_close(struct watch *watch); /* NULL is fine */
