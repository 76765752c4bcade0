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

enum {
    BLOCKS_REGION = 4 * 1024 * 1024, /* what a state makes between two collections */
    BLOCKS_STEP = 16,
    BLOCKS_LARGEST = 256
};

struct blocks { /* zeroed: there is nothing to take */
    char *region, *next;
    void *given_back[BLOCKS_LARGEST / BLOCKS_STEP];
};

void blocks_begin(struct blocks *blocks);
void blocks_done(struct blocks *blocks); /* whatever was not given back goes, too */

/* So many bytes, 1 or more; NULL: larger than BLOCKS_LARGEST, or none is left. */
void *blocks_take(struct blocks *blocks, size_t size);
/* Of the size that it was taken with, or one for which blocks_fits(). */
void blocks_give_back(struct blocks *blocks, void *block, size_t size);

bool blocks_have(const struct blocks *blocks, const void *block);
/* Does a block of the one size hold the other, without a shorter one that would? */
bool blocks_fits(size_t size, size_t other);
