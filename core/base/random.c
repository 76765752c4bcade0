/* Randomness by libsodium, which asks getrandom(2) each time and keeps no state of its own. */
#include "base/random.h"

#include <sodium.h>

void random_bytes(void *out, size_t len)
{
    randombytes_buf(out, len);
}

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

/* A block of bytes costs one system call; those past the last whole multiple of the alphabet's
 * size are thrown away, so that every character is left with equally many. */
void random_text(const char *alphabet, size_t size, char *out, size_t count)
{
    unsigned char block[64];
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
