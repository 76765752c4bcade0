/*
 * A password that stands alone in a file, as --mail-password-file names one.
 *
 * Only its first line counts, so that `echo secret >file` is right.  Who may read the file is
 * not judged: containers mount such files readable for all.  No message repeats any of it.
 * Main thread.
 */
#pragma once

#include "base/err.h"

/* *ret_password: to be freed with password_free(). */
bool password_read(const char *path, char **ret_password, struct err *err);
void password_free(char *password); /* wipes; NULL is fine */
