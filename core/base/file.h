/* Whole files and the folders they lie in.  All of these block.  Those without a struct err
 * leave the reason in errno. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

/* On leaving the scope: `CLEANUP(file_closep) int fd = open(…)`; -1 is fine. */
void file_closep(int *fd);
/* Until there are so many bytes or the file ends: how many there are, -1 where it fails. */
ssize_t file_read_all(int fd, void *data, size_t size);
bool file_write_all(int fd, struct slice bytes);

/* Appends the bytes of a file; ERR_LIMIT when there are more than max. */
bool file_read(const char *path, size_t max, struct buf *out, struct err *err);

/* Writes a file anew, with the folders that it lies in. */
bool file_write(const char *path, struct slice bytes, struct err *err);

/* A file for its owner's eyes alone that is there whole or not at all, and for good, also after
 * a power cut: written to `aside`, a name in the same folder that nobody else uses, synced,
 * then named `path`.  A fresh one replaces none: false with EEXIST. */
bool file_place(const char *path, const char *aside, struct slice bytes, bool fresh);

/* The folder that it lies in, so that its name survives a power cut; errno on failure. */
bool file_sync_folder(const char *path);

/* The folder and those that it lies in; true where it is there already. */
bool file_make_folder(const char *path, mode_t mode);

/* Is it a folder with nothing in it, or is there nothing of that name? */
bool file_is_vacant(const char *path);

/* A private folder under /tmp, to be removed with all that is in it; the name is freed with
 * free(), which file_remove_folder() does. */
bool file_scratch(char **ret_folder, struct err *err);
void file_remove_folder(char *folder); /* NULL is fine */
