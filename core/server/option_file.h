/* The text of a file that an option names: the configuration, or a value by itself. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* Appends the whole file.  The message begins with origin, who named it; larger than 256 KiB is
 * ERR_LIMIT, a byte 0 in it ERR_INPUT. */
bool option_file_read(const char *path, const char *origin, struct buf *out, struct err *err);

/* Without the white space at both ends; shortens the text in place. */
char *option_trimmed(char *text);
