/*
 * The file of the server secrets (0600): one per line as 64 hexadecimal digits, the current one
 * first.  It is there whole or not at all, whatever ends the program.  All of these block.
 */
#pragma once

#include "base/err.h"
#include "base/secrets.h"

/* In the order of the lines, states and times not known yet.  *ret_found is false, with
 * success, where there is no file.  Checks its mode (0600 or stricter) and its lines. */
bool secret_file_read(const char *path, bool *ret_found, struct secrets *secrets,
                      struct err *err);

/* A new file with a new secret, unless another process was faster: then *ret_made is false. */
bool secret_file_make(const char *path, bool *ret_made, struct err *err);

/* Writes the file anew, in the order of the secrets; it stays its owner's. */
bool secret_file_write(const char *path, const struct secrets *secrets, struct err *err);

/* Puts those of a text of such lines before the file's own, which stay. */
bool secret_file_prepend(const char *path, struct slice text, struct err *err);

/* The digits by which the secret of that verifier is known; SECRET_ID and an end. */
void secret_file_id(const unsigned char *verifier, char *ret_id);

/* A secret that nobody has had before, behind the others. */
bool secret_file_add(struct secrets *secrets, struct err *err);
