/*
 * What workers and generations share: named spaces of keys with numbers, booleans or byte
 * strings, each with a bound and optional times to live.  In memory, lost at exit.
 *
 * Full spaces evict what expires first, else what was written longest ago.  Thread-safe; one
 * lock per space.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

enum shared_type { SHARED_NONE, SHARED_BOOLEAN, SHARED_INTEGER, SHARED_NUMBER, SHARED_BYTES };

struct shared_value {
    enum shared_type type;
    bool boolean;
    int64_t integer;
    double number;
    struct buf bytes; /* owned by the value */
};

struct shared_space;

/* The space of that name, made on first use (never freed) for so many keys; one that is there
 * keeps its bound.  At most 64 spaces. */
bool shared_space(const char *name, size_t max_keys, struct shared_space **ret,
                  struct err *err);
/* Holds at most so many keys from now on. */
void shared_bound(struct shared_space *space, size_t max_keys);
/* Copies the value out, bytes into the buffer that is there; type SHARED_NONE where there is
 * none.  The caller calls buf_done. */
void shared_get(struct shared_space *space, struct slice key, struct shared_value *ret);
/* ttl_s 0: no end.  Keys ≤ 256 bytes, values ≤ 64 KiB. */
bool shared_set(struct shared_space *space, struct slice key, const struct shared_value *value,
                double ttl_s, struct err *err);
/* Adds to an integer that starts at 0; the ttl counts from the making only.  ERR_STATE where
 * the key holds something else. */
bool shared_incr(struct shared_space *space, struct slice key, int64_t by, double ttl_s,
                 int64_t *ret, struct err *err);
void shared_delete(struct shared_space *space, struct slice key);
/* Each that has not ended, the one written first first; under the space's lock. */
void shared_each(struct shared_space *space,
                 void (*tell)(void *owner, struct slice key, const struct shared_value *value),
                 void *owner);
