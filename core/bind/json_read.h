/*
 * From a text of JSON to a Lua value, in one pass and strictly as RFC 8259 has it.
 *
 * Whole numbers within ±2^53 become integers (JSON has one kind of number: 1, 1.0 and 1e0 all
 * are the integer 1; larger whole ones written with a point or an exponent stay floats).
 * Arrays are tagged, so that an empty one is still written as [].  null is a light userdata of
 * NULL.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <lua.h>
#include <stdint.h>

#define JSON_INTEGER_MAX (INT64_C(1) << 53) /* beyond it a double skips integers */
#define JSON_ARRAY "host.json.array"        /* the metatable of arrays */

struct json_most {  /* what the caller allows */
    int depth;      /* 0: LIMIT_JSON_DEPTH */
    size_t entries; /* members of all objects and elements of all arrays; 0: any number */
};

/* Pushes the value of a Lua string's text.  Where it fails it leaves something on the stack;
 * ERR_INPUT says what is wrong and at which byte (from 1), ERR_LIMIT what there is more of than
 * the caller allows. */
bool json_read(lua_State *L, struct slice text, const struct json_most *most, struct err *err);
