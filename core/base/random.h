/* Randomness from the operating system alone (libsodium's randombytes). */
#pragma once

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t len);
/* The same, of bytes that this thread asked the system for together, since a system call costs
 * more than a few of them: for what many answers want.  Not for keys that last: what is given
 * is wiped here, but what is not given yet lies in memory. */
void random_ahead(void *out, size_t len);
uint64_t random_below(uint64_t bound); /* 0 … bound-1 without bias; bound > 0 */
/* count characters of an alphabet of 1 to 256, each equally likely. */
void random_text(const char *alphabet, size_t size, char *out, size_t count);

/* Digits and letters, of which a token is unless something else is said. */
#define RANDOM_ALPHABET "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
void random_word(char *out, size_t count); /* count of them, and a NUL behind */
