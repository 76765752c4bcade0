/* See blocks.h. */
#include "vm/blocks.h"

#include <stdint.h>
#include <stdlib.h>

static size_t list_of(size_t size)
{
    return (size - 1) / BLOCKS_STEP;
}

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

void *blocks_take(struct blocks *blocks, size_t size)
{
    if (size > BLOCKS_LARGEST || !blocks->region)
        return NULL;
    void **list = &blocks->given_back[list_of(size)];
    void *block = *list;
    if (block) {
        *list = *(void **)block; /* the next one's address lies in it */
        return block;
    }
    size_t whole = (list_of(size) + 1) * BLOCKS_STEP;
    if (whole > (size_t)(blocks->region + BLOCKS_REGION - blocks->next))
        return NULL;
    block = blocks->next;
    blocks->next += whole;
    return block;
}

void blocks_give_back(struct blocks *blocks, void *block, size_t size)
{
    void **list = &blocks->given_back[list_of(size)];
    *(void **)block = *list;
    *list = block;
}

bool blocks_have(const struct blocks *blocks, const void *block)
{
    return blocks->region &&
           (uintptr_t)block - (uintptr_t)blocks->region < (uintptr_t)BLOCKS_REGION;
}

bool blocks_fits(size_t size, size_t other)
{
    return list_of(size) == list_of(other);
}
