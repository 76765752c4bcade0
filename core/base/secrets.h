/*
 * The server secrets that a process knows: plain data, made by server/secret.c.  The first is
 * current.  Others are previous ones, or the next, which every node knows before it is made
 * current.
 *
 * Each has a verifier, a hash that tells it and tells nothing of it; the first digits of that
 * are the name by which people and tables speak of it.
 */
#pragma once

#include "base/crypto.h"

#include <stdint.h>

enum { SECRETS_MAX = 8, SECRET_ID = 8 /* digits */ };

enum secret_state { SECRET_CURRENT, SECRET_PREVIOUS, SECRET_NEXT };

struct secret {
    unsigned char key[CRYPTO_KEY], verifier[CRYPTO_KEY];
    char id[SECRET_ID + 1];
    enum secret_state state;
    int64_t since; /* unix seconds when it became current; 0: never, or before that was noted */
};

struct secrets {
    size_t count;
    struct secret items[SECRETS_MAX];
    bool lost;              /* one that was current once is not among them */
    struct secrets *before; /* what was lent before these; see instance.c */
};
