/*
 * What is said of an installation: lines, each about one thing, good or not, with what to do.
 *
 * A list owns its texts; a zeroed one is empty.  One thread.
 */
#pragma once

#include "base/buf.h"

#include <stddef.h>

/* Its number is also the exit status that it stands for. */
enum verdict { VERDICT_GOOD, VERDICT_LOOK, VERDICT_BROKEN };

struct verdict_line {
    enum verdict verdict;
    const char *subject; /* "disk"; static */
    char *text;          /* what was found */
    char *advice;        /* what to do; NULL where all is good */
};

struct verdicts {
    struct verdict_line *items;
    size_t count;
    enum verdict worst;
};

/* Takes over both texts, of mem_format() or mem_text(). */
void verdict_add(struct verdicts *verdicts, enum verdict verdict, const char *subject,
                 char *text, char *advice);
/* For programs, a line each: verdict, subject, text and advice ("" for none), divided by tabs.
 */
void verdicts_write(const struct verdicts *verdicts, struct buf *out);
const char *verdict_word(enum verdict verdict); /* "good", "look", "BROKEN"; static */
void verdicts_done(struct verdicts *verdicts);
