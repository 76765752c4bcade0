/*
 * "did you mean …?": the word of many that is nearest to a misspelt one.  '-' and '_' are the
 * same here.  Owns nothing; words live as long as their owner lets them.
 */
#pragma once

#include "base/buf.h"

struct nearest {
    struct slice wanted;
    const char *word; /* the nearest of those offered; NULL when none is near */
    size_t least;     /* changes from it to what was wanted */
};

struct nearest nearest_to(struct slice wanted);
void nearest_offer(struct nearest *nearest, const char *word); /* NULL is fine */
