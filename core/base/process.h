/* What the system says of this process, as every program that Prometheus reads names it. */
#pragma once

#include "base/buf.h"

/* Appends process_* in the text format: processor time, start, memory, descriptors, threads.
 * What the system does not tell is left out.  Any thread; reads a few files of /proc. */
void process_measure(struct buf *out);
