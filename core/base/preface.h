/* What stands before a text and means nothing to whoever reads it: the byte order mark that
 * some editors write (U+FEFF), and a first line "#!…", by which a file is a program. */
#pragma once

#include <stddef.h>

/* How many bytes to leave out.  A first line "#!…" becomes blanks, so that lines keep their
 * numbers. */
size_t preface_skip(char *text, size_t len);
