/*
 * What a generation is made of, for other nodes to compare: a line for each file and setting,
 * `DIGEST NAME` or `DIGEST setting NAME`, sorted as the snapshot is.  The digest is of 32 bits:
 * it tells that two differ, and nothing of a setting's value that the generation's own digest
 * does not tell.  Past INVENTORY bytes the list ends with a line `…`.
 */
#pragma once

#include "generation/snapshot.h"

enum { INVENTORY = 256 * 1024 };

void inventory_write(const struct snapshot *snapshot, struct buf *out);
