/*
 * Listening sockets: "127.0.0.1:8080", "[::1]:8080", "localhost:8080" (on each family that the
 * name has), ":8080" (all addresses), "unix:/path".
 * Opened by the main thread, non-blocking, close-on-exec, shared by every worker.
 */
#pragma once

#include "base/err.h"

enum { LISTENER_SOCKETS = 2 /* a name such as localhost has an address of each family */ };

struct listener {
    int fds[LISTENER_SOCKETS];
    size_t count;
    char url[128];   /* "http://127.0.0.1:8080", with the port that was really bound (":0") */
    char *unix_path; /* to be removed at the end; NULL for TCP */
};

/* Is the address written as it has to be?  The message says how. */
bool listener_check(const char *address, struct err *err);
/* Takes the address; nobody is let in before listener_listen(), but on a Unix socket, which
 * others would take for a dead server's. */
bool listener_open(const char *address, struct listener *ret_listener, struct err *err);
/* Makes one of a descriptor that listens already, and that was handed over; it is owned then.
 */
bool listener_take(int fd, struct listener *ret_listener, struct err *err);
bool listener_listen(const struct listener *listener, struct err *err);
void listener_close(struct listener *listener);
