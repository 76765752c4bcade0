/*
 * The outbox: a folder with one .eml file per letter, where no mail server is set up.
 *
 * A file appears whole or not at all: written beside (".….tmp"), synced, renamed, and the
 * folder synced, before the letter counts as handed over.  Folder 0700, files 0600.  Names
 * begin with the time, so that they sort.
 *
 * Blocks: for a pool's thread.  Any thread.
 */
#pragma once

#include "base/err.h"
#include "net/message.h"

/* *ret_name: the file's name inside the folder, to be freed.  ERR_TEMPORARY: the disk is full,
 * or something else that may pass. */
bool outbox_write(const char *folder, const struct message *message, char **ret_name,
                  struct err *err);
