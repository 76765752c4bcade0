/*
 * What a running server knows of its secrets, looked at again and again: the file may have got
 * another line, and another node may have made another one current.
 *
 * Heard on the thread of the worker that writes this program's row in `node`; told there.
 */
#pragma once

#include "server/instance.h"

struct keyring;

struct keyring *keyring_new(struct instance *instance); /* borrowed */
void keyring_free(struct keyring *keyring);             /* NULL is fine */

/* The answer of SECRET_WORD_SQL.  Reads the file, and lends scripts what differs; what is
 * wrong with it is logged once, and what was known stays. */
void keyring_hear(struct keyring *keyring, const struct db_result *answer);

/* The ids, the current one first, a space between; valid until the next is heard. */
const char *keyring_ids(const struct keyring *keyring);
/* They stand in the row now. */
void keyring_told(struct keyring *keyring);
/* What stands in the row; from any thread. */
void keyring_show(struct keyring *keyring, struct buf *out);
