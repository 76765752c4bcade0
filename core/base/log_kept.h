/*
 * The errors that were logged last, for whoever looks for one: the lines as JSON, without what
 * a reader of standard error gets besides.  Of the process; lost at its end.  Thread-safe.
 */
#pragma once

#include "base/buf.h"

enum { LOG_KEPT = 500, LOG_KEPT_LINE = 3500 /* bytes of one */ };

/* Private to the log: keeps a copy of an object of JSON of at most LOG_KEPT_LINE bytes. */
void log_keep(struct slice json);
/* Appends an array of JSON, the latest first. */
void log_kept(struct buf *out);
