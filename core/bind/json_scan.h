/*
 * Is a text JSON, strictly as RFC 8259 has it?  One pass in C before lua-cjson sees the text,
 * because that library takes more than the standard (TRUE hexadecimal, NaN, bad UTF-8, lone
 * surrogates) and loses what integers beyond 2^53 and empty arrays are.
 *
 * Pure: no Lua, no state.  What the decoder cannot show in its result is carried through it in
 * strings: an empty array becomes the string U+0001 "[]", and a string value that begins with
 * U+0001 gets another one before it.  json.c undoes both.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

#define JSON_INTEGER_MAX (INT64_C(1) << 53) /* beyond it a double skips integers */
#define JSON_MARK '\x01'
#define JSON_EMPTY_ARRAY "\x01[]"

struct json_scan {
    int max_depth;      /* 0: LIMIT_JSON_DEPTH */
    size_t max_entries; /* 0: any number */
    size_t entries;     /* members of all objects and elements of all arrays but nothing else; a
                           decoded value that holds fewer had a member named twice */
    struct buf *marked; /* the text with marks is added to it; nothing where none is needed */
};

/* *ret is zeroed by the caller but for what it allows, and an empty buffer of the caller's.
 * ERR_INPUT says what is wrong and at which byte (from 1), ERR_LIMIT what there is more of than
 * the caller allows. */
bool json_scan(struct slice text, struct json_scan *ret, struct err *err);
