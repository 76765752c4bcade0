/*
 * Lua's patterns (manual 6.4.1), matched with a budget: a pattern that would try for hours ends
 * in an error.  What is wrong raises, in Lua's words.
 *
 * A match of a pattern against a subject; both are borrowed.  Lives on a C stack or in a
 * userdata and owns nothing.
 */
#pragma once

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

enum { PATTERN_CAPTURES = 32 };

struct pattern {
    lua_State *L; /* where errors are raised: the caller's, and that of this call */
    const char *subject, *subject_end;
    const char *start, *end; /* of the pattern, behind an anchor */
    bool anchored;
    int first;     /* the byte with which every match begins; -1: there is none such */
    int64_t steps; /* that are left */
    int depth, ncaptures;
    struct {
        const char *start;
        ptrdiff_t len; /* or what pattern.c says */
    } captures[PATTERN_CAPTURES];
};

/* anchors: a ^ at the begin of the pattern is one. */
void pattern_init(struct pattern *pattern, lua_State *L, const char *subject,
                  size_t subject_len, const char *text, size_t text_len, bool anchors);
/* Has the text no character that means something in a pattern? */
bool pattern_is_plain(const char *text, size_t len);

/* The first match that begins at *at or later (at *at alone where it is anchored): its end, and
 * its begin in *at; NULL where there is none.  May raise. */
const char *pattern_find(struct pattern *pattern, const char **at);

/* Of the match from `at` to `to`.  Pushes capture number `index` (0 is the first; where there
 * is none, the whole match); pushes all of them, returning how many.  May raise. */
void pattern_push(struct pattern *pattern, int index, const char *at, const char *to);
int pattern_push_all(struct pattern *pattern, const char *at, const char *to);
