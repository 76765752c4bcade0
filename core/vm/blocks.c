/* See blocks.h. */
#include "vm/blocks.h"

#include <stdlib.h>

void blocks_begin(struct blocks *blocks)
{
    if (!blocks->region)
        blocks->region = blocks->next = malloc(BLOCKS_REGION);
}

void blocks_done(struct blocks *blocks)
{
    free(blocks->region);
    *blocks = (struct blocks){0};
}

void *blocks_cut(struct blocks *blocks, size_t size)
{
    size_t whole = (size + BLOCKS_STEP - 1) / BLOCKS_STEP * BLOCKS_STEP;
    if (!blocks->region || whole > (size_t)(blocks->region + BLOCKS_REGION - blocks->next))
        return NULL;
    char *block = blocks->next;
    blocks->next += whole;
    return block;
}
