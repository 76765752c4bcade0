/*
 * Reads JSON, strictly as RFC 8259 has it, into Lua values in one pass: whole numbers within
 * ±2^53 become integers (1, 1.0 and 1e0 are one; larger ones written with a point or an
 * exponent stay floats, others are refused), null the light userdata NULL, an array a table of
 * the class JSON_ARRAY, so that one which is emptied is still written as [].
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <lua.h>
#include <stdint.h>

#define JSON_INTEGER_MAX (INT64_C(1) << 53) /* beyond it a double skips integers */
#define JSON_ARRAY "host.json.array"

struct json_allowed {
    int depth;      /* 0: LIMIT_JSON_DEPTH */
    size_t entries; /* members of all objects and elements of all arrays; 0: any number */
};

/* Pushes the value; where it fails, it leaves on the stack what it had.  ERR_INPUT says what is
 * wrong and at which byte (from 1), ERR_LIMIT what there is more of than is allowed.  The text
 * is a Lua string's: a NUL stands behind it. */
bool json_read(lua_State *L, struct slice text, const struct json_allowed *allowed,
               struct err *err);
