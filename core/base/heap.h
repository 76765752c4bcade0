/*
 * A binary heap: which of many is due first.
 *
 * Nodes are embedded in their owner's struct and borrowed while they are in the heap; the heap
 * owns its array alone.  A zeroed heap is a valid empty one, a zeroed node is one that is in
 * none.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct heap_node {
    uint64_t due;
    size_t place; /* 1-based slot; 0: in no heap */
};

struct heap {
    struct heap_node **nodes; /* nodes[1] is due first; nodes[0] is not used */
    size_t count, room;
};

void heap_set(struct heap *heap, struct heap_node *node, uint64_t due); /* puts or moves it */
void heap_remove(struct heap *heap, struct heap_node *node); /* also where it is not in */
/* NULL where the heap is empty. */
static inline struct heap_node *heap_first(const struct heap *heap)
{
    return heap->count ? heap->nodes[1] : NULL;
}
void heap_done(struct heap *heap);
