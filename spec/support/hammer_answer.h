/*
 * Reading one HTTP/1.1 answer that a keep-alive client has received, strictly: a length, and
 * nothing behind it.  Pure functions over the bytes.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

enum { ANSWER_NAME = 16 };

struct answer {
    int status;
    bool closes; /* it says `Connection: close` */
};

/* Its length once it is whole, 0 while it is not, -1 when it never will be or more follows it.
 * A NUL stands behind the bytes. */
ssize_t answer_read(const char *bytes, size_t len, struct answer *ret_answer);

/* How many different `version=NAME` the bytes hold: 0, 1 (its name in ret_name), or 2 for more.
 */
int answer_version(const char *bytes, size_t len, char ret_name[ANSWER_NAME]);
