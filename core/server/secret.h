/*
 * The server secret: what an application's keys are derived from; see secret.c for its file.
 *
 * The file (0600) holds one secret per line as 64 hex digits: the first is current, further
 * ones are previous.  It is created only where the database holds no verifier; otherwise a
 * host without the matching secret refuses to start and says how to bring it.  The verifier
 * is a hash derived from the secret, in the table `meta` under "secret_verifier".
 */
#pragma once

#include "base/crypto.h"
#include "base/err.h"
#include "db/db.h"

struct secret {
    size_t count;
    unsigned char keys[8][CRYPTO_KEY]; /* [0] is current */
};

/* Loads; where neither side has one yet, creates if it may, else answers none; blocks.  Checks
 * the file's mode (0600 or stricter), its lines, and the verifier of the database (any of the
 * secrets may match; a previous one matching is replaced by the current). */
bool secret_open(const char *path, struct db *db, bool create, struct secret *ret_secret,
                 struct err *err);
void secret_wipe(struct secret *secret);
