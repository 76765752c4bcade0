/* See blocks.h. */
#include "vm/blocks.h"

#include <stdlib.h>

void blocks_begin(struct blocks *blocks)
{
    if (blocks->region || !(blocks->region = malloc(BLOCKS_REGION)))
        return;
    blocks->next = blocks->region;
    blocks->end = blocks->region + BLOCKS_REGION;
}

void blocks_done(struct blocks *blocks)
{
    free(blocks->region);
    *blocks = (struct blocks){0};
}
