/*
 * What a generation is made of, for other nodes to compare: a line for each file and setting,
 * `DIGEST NAME` or `- setting NAME`, sorted as the snapshot is.  The digest is of 32 bits: it
 * tells that two differ.  A setting may be a secret that a digest would let one guess, so its
 * value is told by nothing here.  Past INVENTORY bytes the list ends with a line `…`.
 */
#pragma once

#include "generation/snapshot.h"

enum { INVENTORY = 256 * 1024 };

void inventory_write(const struct snapshot *snapshot, struct buf *out);
