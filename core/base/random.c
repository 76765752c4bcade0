/* See random.h.  libsodium asks getrandom(2) each time, and keeps no state of its own. */
#include "base/random.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

void random_bytes(void *out, size_t len)
{
    randombytes_buf(out, len);
}

/* ---- ahead ---- */

enum { AHEAD = 256 };

static _Thread_local struct {
    unsigned char bytes[AHEAD]; /* the first are still to be given */
    size_t left;
} ahead;

/* A child that was forked must not give what its parent does. */
static void forget(void)
{
    sodium_memzero(&ahead, sizeof ahead);
}

static void forget_in_children(void)
{
    pthread_atfork(NULL, NULL, forget);
}

void random_ahead(void *out, size_t len)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    if (len > AHEAD) {
        random_bytes(out, len);
        return;
    }
    if (len > ahead.left) {
        pthread_once(&once, forget_in_children);
        randombytes_buf(ahead.bytes, AHEAD);
        ahead.left = AHEAD;
    }
    ahead.left -= len;
    memcpy(out, ahead.bytes + ahead.left, len);
    sodium_memzero(ahead.bytes + ahead.left, len);
}

/* ---- numbers and texts ---- */

/* libsodium's own randombytes_uniform() has 32 bits only.  Numbers below 2^64 mod bound are
 * thrown away, so that every remainder is left with equally many. */
uint64_t random_below(uint64_t bound)
{
    uint64_t number, smallest = -bound % bound;

    do
        randombytes_buf(&number, sizeof number);
    while (number < smallest);
    return number % bound;
}

/* A block of bytes costs one system call, up to this size the least; those past the last whole
 * multiple of the alphabet's size are thrown away, so that every character is left with equally
 * many. */
void random_text(const char *alphabet, size_t size, char *out, size_t count)
{
    unsigned char block[32];
    size_t end = 256 - 256 % size, used = sizeof block;
    for (size_t i = 0; i < count;) {
        if (used == sizeof block) {
            randombytes_buf(block, sizeof block);
            used = 0;
        }
        unsigned char byte = block[used++];
        if (byte < end)
            out[i++] = alphabet[byte % size];
    }
    sodium_memzero(block, sizeof block);
}

void random_word(char *out, size_t count)
{
    random_text(RANDOM_ALPHABET, sizeof RANDOM_ALPHABET - 1, out, count);
    out[count] = '\0';
}
