/* Whole files and the folders they lie in.  All of these block. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* Appends the bytes of a file; ERR_LIMIT when there are more than max. */
bool file_read(const char *path, size_t max, struct buf *out, struct err *err);

/* Writes a file anew, with the folders that it lies in. */
bool file_write(const char *path, struct slice bytes, struct err *err);

/* Is it a folder with nothing in it, or is there nothing of that name? */
bool file_is_vacant(const char *path);

/* A private folder under /tmp, to be removed with all that is in it; the name is freed with
 * free(), which file_remove_folder() does. */
bool file_scratch(char **ret_folder, struct err *err);
void file_remove_folder(char *folder); /* NULL is fine */
