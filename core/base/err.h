/*
 * How C functions of the house fail: they return false and fill a `struct err` with a kind
 * and one sentence that says what was wrong, where, and what to do.
 *
 * Kinds are the fixed words that Lua sees as the third result (`nil, message, kind`).
 * A struct err lives on the caller's stack; it owns nothing and needs no cleanup.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum err_kind {
    ERR_IO,       /* the world failed: disk, network, server */
    ERR_CONFLICT, /* a unique key exists, a deadlock, a lock not got */
    ERR_STATE,    /* not possible in this state of things */
    ERR_TIMEOUT,  /* the deadline passed; the outcome of a write is unknown */
    ERR_LIMIT,    /* a bound was reached: queue full, too large, too many */
    ERR_INPUT,    /* what the caller gave is malformed */

    /* mail alone, but for the last */
    ERR_TEMPORARY, /* not now: unreachable, TLS, a time-out, a 4xx reply; later may be better */
    ERR_PERMANENT, /* never: a 5xx reply about this recipient or this letter */
    ERR_AUTH,      /* no letter would go: password or account is refused */
    ERR_POLICY /* a 5xx reply about us, our sender or the server's rules: not the letter's end;
                  an address that must not be fetched from */
};

enum { ERR_TEXT = 512 };

struct err {
    enum err_kind kind;
    char text[ERR_TEXT];
};

/* Fills *err (may be NULL) and returns false, so that callers write `return err_set(…)`.
 * A text longer than ERR_TEXT is cut at a character's boundary. */
bool err_set(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "PREFIX: " before the text that is there, or more behind it; returns false. */
bool err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool err_append(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "io" "conflict" "state" "timeout" "limit" "input" "temporary" "permanent" "auth" "policy";
 * static. */
const char *err_kind_name(enum err_kind kind);
