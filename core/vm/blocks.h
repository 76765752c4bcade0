/*
 * Small blocks of one Lua state, which takes and gives back some hundred for each request: cut
 * from one region, without heads, since Lua tells how large a block is that it gives back.
 * What is given back lies in a list of its size until the next one of that size is taken.
 *
 * The region is all there ever is: who finds nothing asks malloc(), and blocks_have() tells the
 * two kinds apart.  Pages of it that were never taken are no memory yet.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BLOCKS_REGION = 4 * 1024 * 1024, /* what a state makes between two collections */
    BLOCKS_STEP = 16,
    BLOCKS_LARGEST = 1024 /* a table with 32 fields has one of 768 */
};

struct blocks { /* zeroed: there is nothing to take */
    char *region, *next, *end;
    void *given_back[BLOCKS_LARGEST / BLOCKS_STEP];
};

void blocks_begin(struct blocks *blocks);
void blocks_done(struct blocks *blocks); /* whatever was not given back goes, too */

/* Here are those that every table and string of a script goes through. */

static inline void **blocks_list(struct blocks *blocks, size_t size)
{
    return &blocks->given_back[(size - 1) / BLOCKS_STEP];
}

/* So many bytes, 1 or more; NULL: larger than BLOCKS_LARGEST, or none is left. */
static inline void *blocks_take(struct blocks *blocks, size_t size)
{
    if (size > BLOCKS_LARGEST)
        return NULL;
    void **list = blocks_list(blocks, size), *block = *list;
    if (block) {
        *list = *(void **)block;   /* the next one lies there: it is wanted soon, … */
        __builtin_prefetch(*list); /* … and in no cache where the state was collected */
        return block;
    }
    size_t whole = (size + BLOCKS_STEP - 1) / BLOCKS_STEP * BLOCKS_STEP;
    if (whole > (size_t)(blocks->end - blocks->next))
        return NULL;
    block = blocks->next;
    blocks->next += whole;
    return block;
}

/* Of the size that it was taken with, or one for which blocks_fits(). */
static inline void blocks_give_back(struct blocks *blocks, void *block, size_t size)
{
    void **list = blocks_list(blocks, size);
    *(void **)block = *list;
    *list = block;
}

static inline bool blocks_have(const struct blocks *blocks, const void *block)
{
    return blocks->region &&
           (uintptr_t)block - (uintptr_t)blocks->region < (uintptr_t)BLOCKS_REGION;
}

/* Does a block of the one size hold the other, without a shorter one that would? */
static inline bool blocks_fits(size_t size, size_t other)
{
    return (size - 1) / BLOCKS_STEP == (other - 1) / BLOCKS_STEP;
}
