/* Bytes from one descriptor to another, with a bar (progress.h).  Main thread; blocks. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum copied { COPIED, COPY_UNREAD, COPY_UNWRITTEN, COPY_STOPPED };

/* All that is left, of a file or a pipe; what: "copying"; size 0: it is not known.  The reason
 * of a failure is in errno. */
enum copied copy_bytes(const char *what, int from, int to, uint64_t size);

/* Did it go well?  Else says why not, from errno. */
bool copy_is_good(enum copied copied, struct err *err);
