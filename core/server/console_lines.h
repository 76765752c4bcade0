/*
 * Lines that somebody types: with editing and history by libedit on a terminal, as they come
 * elsewhere.  History is of this session alone: what is typed may hold keys.
 */
#pragma once

#include "base/buf.h"

#include <stdint.h>

struct lines;

enum line_event {
    LINE_TYPED,       /* without its end */
    LINE_END,         /* there will be no more */
    LINE_INTERRUPTED, /* by SIGINT, while it was typed */
    LINE_LATE         /* the moment has come; what is typed so far is kept */
};

/* signals: a signalfd(2) of SIGINT, which is blocked. */
struct lines *lines_new(int signals);
void lines_free(struct lines *lines); /* NULL is fine */
bool lines_is_terminal(const struct lines *lines);

/* Waits for a line, until clock_monotonic() is past `until`; UINT64_MAX: as long as it takes.
 */
enum line_event lines_read(struct lines *lines, const char *prompt, uint64_t until,
                           struct buf *line);
/* A whole entry, for the arrow keys. */
void lines_remember(struct lines *lines, const char *entry);
