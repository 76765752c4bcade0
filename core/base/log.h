/*
 * The log: one line per event on standard error, as text ("time level message name=value …")
 * or JSON.  Control characters and quotes in values are escaped, so that no value can forge a
 * line; values are cut where it would be longer than 8 KiB.  Only server/ and bind/ (for the
 * application) call it; lower layers return errors. Secrets (keys, mailboxes, names, contents,
 * passwords, query strings) are never passed here.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
    const char *name;
    const char *value;
};

void log_setup(enum log_level level, enum log_format format); /* before threads start */
bool log_enabled(enum log_level level);
bool log_level_parse(const char *text, enum log_level *ret);

/* One write(2) for the whole line; thread-safe.  fields may be NULL where count is 0. */
void log_event(enum log_level level, const char *message, const struct log_field *fields,
               int count);
/* The same, but the line may wait, in the order of this thread's lines, until the thread
 * flushes the log, logs anything by another function, or has no more room for it. */
void log_event_soon(enum log_level level, const char *message, const struct log_field *fields,
                    int count);
void log_flush(void);
/* The same for what strangers cause by the thousand: a line that was written a hundred times
 * within ten seconds is counted from then on, and the first one after them says in `folded` how
 * many there were. */
void log_folded(enum log_level level, const char *message, const struct log_field *fields,
                int count);
/* Without fields, message made as printf does. */
void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Each line of a text as one of the log's. */
void log_lines(enum log_level level, struct slice text);
