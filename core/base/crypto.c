/*
 * Hashing and sealing by libsodium, SHA-256 by nettle, which has the processor's own
 * instructions for it: this file chooses parameters and checks lengths, it calculates nothing.
 * Sealing and opening work in place inside the caller's buffer, so that no second copy of a
 * plain text is left in freed memory.
 *
 * libsodium's headers are included one by one: all of them together declare a crypto_hash()
 * (SHA-512) that nothing here uses and whose name is ours.
 */
#include "base/crypto.h"

#include "base/eight.h"
#include "base/random.h"

#include <nettle/sha2.h>
#include <sodium/core.h>
#include <sodium/crypto_aead_xchacha20poly1305.h>
#include <sodium/crypto_box.h>
#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    PADDING = 256,
    PERSONAL = crypto_generichash_blake2b_PERSONALBYTES
};

_Static_assert((int)CRYPTO_KEY == (int)crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
               "the size of a sealing key");

static const unsigned char *bytes(struct slice slice)
{
    return (const unsigned char *)slice.data;
}

bool crypto_setup(struct err *err)
{
    if (sodium_init() < 0)
        return err_set(err, ERR_IO, "libsodium cannot start: no randomness from the system");
    return true;
}

void crypto_sha256(struct slice data, unsigned char out[CRYPTO_HASH])
{
    struct sha256_ctx context;

    sha256_init(&context);
    sha256_update(&context, data.len, bytes(data));
    sha256_digest(&context, CRYPTO_HASH, out);
}

bool crypto_hash(struct slice data, const char *context, unsigned char out[CRYPTO_HASH],
                 struct err *err)
{
    unsigned char personal[PERSONAL] = {0};
    size_t len = context ? strlen(context) : 0;

    if (len > PERSONAL)
        return err_set(err, ERR_INPUT, "the context of a hash has at most %d bytes, not %zu",
                       PERSONAL, len);
    if (len)
        memcpy(personal, context, len);
    if (crypto_generichash_blake2b_salt_personal(out, CRYPTO_HASH, bytes(data), data.len, NULL,
                                                 0, NULL, personal) != 0)
        return err_set(err, ERR_STATE, "libsodium cannot hash");
    return true;
}

bool crypto_hmac(struct slice key, struct slice data, unsigned char out[CRYPTO_HASH],
                 struct err *err)
{
    if (key.len < crypto_generichash_KEYBYTES_MIN || key.len > crypto_generichash_KEYBYTES_MAX)
        return err_set(err, ERR_INPUT, "the key of a keyed hash has %u to %u bytes, not %zu",
                       crypto_generichash_KEYBYTES_MIN, crypto_generichash_KEYBYTES_MAX,
                       key.len);
    if (crypto_generichash(out, CRYPTO_HASH, bytes(data), data.len, bytes(key), key.len) != 0)
        return err_set(err, ERR_STATE, "libsodium cannot hash");
    return true;
}

bool crypto_equal(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return false;
    return a.len == 0 || sodium_memcmp(a.data, b.data, a.len) == 0;
}

bool crypto_derive(struct slice key, struct slice context, unsigned char out[CRYPTO_KEY],
                   struct err *err)
{
    unsigned char root[CRYPTO_HASH];

    /* Personalised, so that a plain hash of the same key, which may well be stored somewhere,
     * is not what subkeys are made from. */
    bool good = crypto_hash(key, "host derive", root, err) &&
                crypto_hmac((struct slice){(const char *)root, sizeof root}, context, out, err);
    crypto_wipe(root, sizeof root);
    return good;
}

static bool check_key(struct slice key, struct err *err)
{
    if (key.len != CRYPTO_KEY)
        return err_set(err, ERR_INPUT, "a sealing key has %d bytes, not %zu", CRYPTO_KEY,
                       key.len);
    return true;
}

/* Padding is ISO/IEC 7816-4's, one byte 0x80 and zeros, to a multiple of PADDING.  sodium_pad()
 * and sodium_unpad() do it in constant time, byte by byte over the last block, which nobody
 * needs here: whoever seals knows the length, and what was opened is authentic. */
static size_t pad(unsigned char *text, size_t len)
{
    size_t padded = len / PADDING * PADDING + PADDING;

    text[len] = 0x80;
    memset(text + len + 1, 0, padded - len - 1);
    return padded;
}

static bool unpad(const unsigned char *text, size_t padded, size_t *ret_len)
{
    size_t len = padded;

    while (len >= 8 && padded - len < PADDING && eight_at((const char *)text + len - 8) == 0)
        len -= 8;
    while (len > 0 && padded - len < PADDING && text[len - 1] == 0)
        len--;
    if (len == 0 || text[len - 1] != 0x80)
        return false;
    *ret_len = len - 1;
    return true;
}

bool crypto_seal(struct slice key, struct slice plain, struct slice ad, struct buf *out,
                 struct err *err)
{
    if (!check_key(key, err))
        return false;
    buf_reserve(out, NONCE + plain.len + PADDING + TAG);
    unsigned char *nonce = (unsigned char *)out->data + out->len;
    unsigned char *text = nonce + NONCE;
    random_ahead(nonce, NONCE);
    if (plain.len)
        memcpy(text, plain.data, plain.len);
    size_t padded = pad(text, plain.len);
    crypto_aead_xchacha20poly1305_ietf_encrypt(text, NULL, text, padded, bytes(ad), ad.len,
                                               NULL, nonce, bytes(key));
    out->len += NONCE + padded + TAG;
    out->data[out->len] = '\0';
    return true;
}

/* What was opened behind the buffer's end becomes its end, without padding; or nothing of it
 * stays. */
static bool keep_opened(bool opened, size_t padded, struct buf *out, struct err *err)
{
    unsigned char *text = (unsigned char *)out->data + out->len;
    size_t len;

    if (!opened || !unpad(text, padded, &len)) {
        crypto_wipe(text, padded);
        return err_set(err, ERR_INPUT, "does not open");
    }
    crypto_wipe(text + len, padded - len);
    out->len += len;
    out->data[out->len] = '\0';
    return true;
}

bool crypto_open(struct slice key, struct slice sealed, struct slice ad, struct buf *out,
                 struct err *err)
{
    if (!check_key(key, err))
        return false;
    if (sealed.len < NONCE + PADDING + TAG)
        return err_set(err, ERR_INPUT, "does not open");
    size_t padded = sealed.len - NONCE - TAG;
    buf_reserve(out, padded);
    unsigned char *text = (unsigned char *)out->data + out->len;
    bool opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
                      text, NULL, NULL, bytes(sealed) + NONCE, sealed.len - NONCE, bytes(ad),
                      ad.len, bytes(sealed), bytes(key)) == 0;
    return keep_opened(opened, padded, out, err);
}

bool crypto_pair_of(struct slice seed, struct crypto_pair *ret_pair, struct err *err)
{
    if (seed.len != crypto_box_SEEDBYTES)
        return err_set(err, ERR_INPUT, "the seed of a pair has %u bytes, not %zu",
                       crypto_box_SEEDBYTES, seed.len);
    if (crypto_box_seed_keypair(ret_pair->public, ret_pair->secret, bytes(seed)) != 0)
        return err_set(err, ERR_STATE, "libsodium cannot make a pair of keys");
    return true;
}

bool crypto_seal_to(struct slice public, struct slice plain, struct buf *out, struct err *err)
{
    if (public.len != CRYPTO_KEY)
        return err_set(err, ERR_INPUT, "the public half of a pair has %d bytes, not %zu",
                       CRYPTO_KEY, public.len);
    buf_reserve(out, plain.len + PADDING + crypto_box_SEALBYTES);
    unsigned char *box = (unsigned char *)out->data + out->len;
    unsigned char *text = box + crypto_box_SEALBYTES;
    if (plain.len)
        memcpy(text, plain.data, plain.len);
    size_t padded = pad(text, plain.len);
    if (crypto_box_seal(box, text, padded, bytes(public)) != 0) {
        crypto_wipe(text, padded);
        return err_set(err, ERR_INPUT, "nothing can be sealed for that public half");
    }
    out->len += padded + crypto_box_SEALBYTES;
    out->data[out->len] = '\0';
    return true;
}

bool crypto_open_with(const struct crypto_pair *pair, struct slice sealed, struct buf *out,
                      struct err *err)
{
    if (sealed.len < PADDING + crypto_box_SEALBYTES)
        return err_set(err, ERR_INPUT, "does not open");
    size_t padded = sealed.len - crypto_box_SEALBYTES;
    buf_reserve(out, padded);
    unsigned char *text = (unsigned char *)out->data + out->len;
    bool opened =
        crypto_box_seal_open(text, bytes(sealed), sealed.len, pair->public, pair->secret) == 0;
    return keep_opened(opened, padded, out, err);
}

void *crypto_safe_new(size_t len)
{
    void *memory = sodium_init() >= 0 ? sodium_malloc(len) : NULL;

    if (!memory)
        abort(); /* as where there is no memory at all */
    sodium_memzero(memory, len);
    return memory;
}

void crypto_safe_free(void *memory)
{
    sodium_free(memory);
}

void crypto_wipe(void *data, size_t len)
{
    sodium_memzero(data, len);
}
