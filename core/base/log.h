/*
 * The log: one line per event on standard error, as text ("time level message name=value …")
 * or JSON.  Where that leads to systemd's journal, each line has its priority before it
 * ("<3>", sd-daemon(3)).  Control characters and quotes in values are escaped, so that no value
 * can forge a line; values are cut where it would be longer than 8 KiB.  Only server/ and bind/
 * (for the application) call it; lower layers return errors. Secrets (keys, mailboxes, names,
 * contents, passwords, query strings) are never passed here.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

enum log_kind {
    LOG_WORDS,
    LOG_NUMBER /* or a boolean: JSON has it as such, null where it is none ("none", "inf") */
};

struct log_field {
    const char *name;
    const char *value;
    enum log_kind kind;
};

void log_setup(enum log_level level, enum log_format format); /* before threads start */
/* Where lines of requests go: among the others, at that level, or, with a path, to that file
 * alone, as they are; `wanted` false: nowhere.  Before threads start; the path is copied. */
bool log_setup_requests(bool wanted, enum log_level level, const char *path, struct err *err);
/* The file has been moved away: another is begun at its path.  Any thread; false, with why, and
 * the lines go on into the old one. */
bool log_reopen_requests(struct err *err);
bool log_wants_requests(void);
bool log_enabled(enum log_level level);
bool log_level_parse(const char *text, enum log_level *ret);

/* One write(2) for the whole line; thread-safe.  fields may be NULL where count is 0. */
void log_event(enum log_level level, const char *message, const struct log_field *fields,
               int count);
/* A line of a request, which may wait, in the order of this thread's lines, until the thread
 * flushes the log, logs anything by another function, or has no more room for it. */
void log_request(const char *message, const struct log_field *fields, int count);
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
