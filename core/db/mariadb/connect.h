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

/* Why a host is used or is not, as far as is known. */
enum maria_use {
    MARIA_SPARE, /* another one is used */
    MARIA_USED,
    MARIA_UNREACHED,
    MARIA_READ_ONLY,
    MARIA_CUT_OFF, /* from its cluster */
    MARIA_OLDER,   /* its schema is */
    MARIA_SILENT,  /* it lets nobody in and answers nothing */
    MARIA_USES
};
#define MARIA_USE_WORDS "spare", "used", "unreached", "read_only", "cut_off", "older", "silent"

struct maria_wants {
    uint64_t longest; /* ns after which the server is to end a statement by itself; 0: never */
    int schema;       /* the migration of the application's that it has to have; 0: any */
};

struct maria_found {
    enum maria_use use;
    bool clustered; /* it is a node of a Galera cluster */
};

/* A server that only reads is connected to all the same: *found says so.  On failure it says
 * what was found, where that is known. */
bool maria_connect(const struct maria_place *place, const struct maria_host *host,
                   struct maria_wants wants, MYSQL **ret_my, struct maria_found *found,
                   struct err *err);
/* The same without any look at the server and without setting anything up. */
bool maria_connect_guest(const struct maria_place *place, const struct maria_host *host,
                         MYSQL **ret_my, struct err *err);
