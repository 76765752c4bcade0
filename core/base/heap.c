/* See heap.h. */
#include "base/heap.h"

#include "base/mem.h"

#include <stdlib.h>

enum { FIRST_ROOM = 64 };

static void put(struct heap *heap, size_t place, struct heap_node *node)
{
    heap->nodes[place] = node;
    node->place = place;
}

/* Moves the node to where it belongs, coming from `place`. */
static void settle(struct heap *heap, size_t place, struct heap_node *node)
{
    while (place > 1 && heap->nodes[place / 2]->due > node->due) {
        put(heap, place, heap->nodes[place / 2]);
        place /= 2;
    }
    for (;;) {
        size_t child = place * 2;
        if (child > heap->count)
            break;
        if (child < heap->count && heap->nodes[child + 1]->due < heap->nodes[child]->due)
            child++;
        if (heap->nodes[child]->due >= node->due)
            break;
        put(heap, place, heap->nodes[child]);
        place = child;
    }
    put(heap, place, node);
}

void heap_set(struct heap *heap, struct heap_node *node, uint64_t due)
{
    node->due = due;
    if (!node->place) {
        if (heap->count + 1 >= heap->room) {
            heap->room = heap->room ? heap->room * 2 : FIRST_ROOM;
            heap->nodes = mem_resize(heap->nodes, heap->room, sizeof *heap->nodes);
        }
        node->place = ++heap->count;
    }
    settle(heap, node->place, node);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    size_t place = node->place;

    if (!place)
        return;
    node->place = 0;
    struct heap_node *last = heap->nodes[heap->count--];
    if (last != node)
        settle(heap, place, last);
}

void heap_done(struct heap *heap)
{
    free(heap->nodes);
    *heap = (struct heap){0};
}
