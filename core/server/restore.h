/*
 * `timecapsule restore FILE [--force]`: brings a backup back, into an empty place or, with
 * --force, in place of the database there, which is put aside.  What is restored is verified
 * before it takes the database's name, and marked: it sends no letter until a server (or
 * `remind`) is started with `--reminders on` on its line.
 */
#pragma once

#include "server/options.h"

struct db;

int restore_run(const struct options *options); /* 0; 2: nothing was changed */

/* Is the database a restored copy?  Says so loudly, or, where the line says `--reminders on`,
 * removes the mark and says that.  Blocks. */
bool restore_greet(const struct options *options, struct db *db, struct err *err);
