/*
 * Eight bytes of a text at a time, for what looks at every byte of it: texts are mostly plain.
 * Each function tells, other than 0, that one of the eight is of a kind; it does not tell
 * which.
 */
#pragma once

#include <stdint.h>
#include <string.h>

#define EIGHT_ONES UINT64_C(0x0101010101010101)
#define EIGHT_HIGH UINT64_C(0x8080808080808080)

static inline uint64_t eight_at(const char *text)
{
    uint64_t eight;
    memcpy(&eight, text, sizeof eight);
    return eight;
}

/* `least` is at most 0x80; bytes from 0x80 on are never below it. */
static inline uint64_t eight_below(uint64_t eight, unsigned char least)
{
    return (eight - EIGHT_ONES * least) & ~eight & EIGHT_HIGH;
}

static inline uint64_t eight_is(uint64_t eight, unsigned char byte)
{
    return eight_below(eight ^ (EIGHT_ONES * byte), 1);
}

static inline uint64_t eight_beyond_ascii(uint64_t eight)
{
    return eight & EIGHT_HIGH;
}
