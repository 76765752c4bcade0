/*
 * Hashes, key derivation and sealing, all libsodium's.  crypto_setup() once, before any
 * other thread.  Everything here is thread-safe.
 *
 * A sealed text is: 24-byte nonce, XChaCha20-Poly1305-IETF ciphertext with 16-byte tag.  The
 * plain text is padded to a multiple of 256 bytes (sodium_pad, ISO/IEC 7816-4) before, so that
 * sizes tell little.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

enum { CRYPTO_KEY = 32, CRYPTO_HASH = 32 };

bool crypto_setup(struct err *err);

/* BLAKE2b-256; context is its personalisation (at most 16 bytes, zero-filled), NULL for none.
 */
bool crypto_hash(struct slice data, const char *context, unsigned char out[CRYPTO_HASH],
                 struct err *err);
/* SHA-256, for what databases and browsers have to compute alike. */
void crypto_sha256(struct slice data, unsigned char out[CRYPTO_HASH]);
/* Keyed BLAKE2b-256 (a MAC); the key has 16 to 64 bytes. */
bool crypto_hmac(struct slice key, struct slice data, unsigned char out[CRYPTO_HASH],
                 struct err *err);
bool crypto_equal(struct slice a, struct slice b); /* constant time for equal lengths */
/* A 32-byte subkey of any key material for one purpose: keyed BLAKE2b over the context, the
 * key first hashed to 32 bytes under a personalisation of its own. */
bool crypto_derive(struct slice key, struct slice context, unsigned char out[CRYPTO_KEY],
                   struct err *err);
bool crypto_seal(struct slice key, struct slice plain, struct slice ad, struct buf *out,
                 struct err *err);
/* ERR_INPUT "does not open" for a wrong key, changed data or changed additional data alike. */
bool crypto_open(struct slice key, struct slice sealed, struct slice ad, struct buf *out,
                 struct err *err);

/* For one whom many write to: libsodium's sealed boxes (X25519, XSalsa20-Poly1305), padded as
 * above.  Who has the public half can seal and open nothing, not even what they have sealed. */
struct crypto_pair {
    unsigned char public[CRYPTO_KEY], secret[CRYPTO_KEY];
};
/* The same pair for the same seed of 32 bytes. */
bool crypto_pair_of(struct slice seed, struct crypto_pair *ret_pair, struct err *err);
bool crypto_seal_to(struct slice public, struct slice plain, struct buf *out, struct err *err);
/* ERR_INPUT "does not open" for another pair or changed data alike. */
bool crypto_open_with(const struct crypto_pair *pair, struct slice sealed, struct buf *out,
                      struct err *err);

void crypto_wipe(void *data, size_t len);

/* Memory for keys that stay: never swapped out, in no dump, between pages that nobody may
 * touch, as far as the system lets.  Zeroed; never NULL; wiped when it is freed. */
void *crypto_safe_new(size_t len);
void crypto_safe_free(void *memory); /* NULL is fine */
