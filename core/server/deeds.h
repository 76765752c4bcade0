/*
 * What an admin did by the control socket or by a signal, and what came of what a page began
 * and did not wait for, for the audit: put down here, and recorded by scripts
 * (scripts/admin/deeds.lua), which read the shared space "admin.deeds", and put there what the
 * database did not take of their own: "last" is the number of the latest, and under each
 * number, a moment after it was taken, stand moment, via, account, command, its words, what
 * came of it, and a token of its own, each ended by a tab.
 *
 * Any thread.
 */
#pragma once

#include "bind/ask.h"

enum { DEEDS = 256 /* that wait to be recorded, with the two counters, at most */ };

/* line: the command and its words.  What only asks is no deed. */
void deed_by_socket(int fd, const char *command, const char *words, bool good,
                    struct slice answer);
void deed_by_signal(int number, const char *command, bool good, struct slice answer);
/* What was asked for by a page that has not waited for the end. */
void deed_by_page(const struct bind_ask *ask);
/* What came of itself, "trial_lapsed", and by what. */
void deed_by_host(const char *actor, const char *what, const char *words);

/* Those that are not recorded yet, a line each, for the process that takes over, which takes
 * them as its own; here they are gone. */
void deeds_give(struct buf *out);
void deeds_take(struct slice lines);

/* The same for the next start, by a file of the data folder: that it was told to end, and what
 * the database was not there for.  Keeping adds to what is there, up to as many as may wait;
 * recalling removes it. */
void deeds_keep(const char *data);
void deeds_recall(const char *data);
