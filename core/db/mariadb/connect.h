/*
 * Making one connection to one host, on a thread that may block: the handshake, how every
 * connection is set up, and whether the server is one that can be used.
 */
#pragma once

#include "base/err.h"
#include "db/mariadb/place.h"

#include <mysql.h>
#include <stdint.h>

enum {
    MARIA_CONNECT_S = 2,  /* for the client, and again for setting the connection up */
    MARIA_LOCK_WAIT_S = 5 /* innodb_lock_wait_timeout: longer than any transaction of ours */
};

/* longest: ns after which the server is to end a statement by itself, 0 for never.  A server
 * that only reads is connected to all the same. */
bool maria_connect(const struct maria_place *place, const struct maria_host *host,
                   uint64_t longest, MYSQL **ret_my, bool *ret_read_only, struct err *err);
