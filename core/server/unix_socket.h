/*
 * Unix sockets by path: the control socket and `--listen unix:/path`.  Blocking calls, any
 * thread.  A path longer than an address can hold (107 bytes) works too.
 */
#pragma once

#include "base/err.h"

#include <sys/types.h>

/* A listening, non-blocking, close-on-exec socket with the given mode.  A file that nobody
 * answers on is replaced; one that does is ERR_STATE, anything else at the path ERR_IO. */
bool unix_socket_listen(const char *path, mode_t mode, int *ret_fd, struct err *err);

/* Connected, blocking, close-on-exec; ERR_STATE where nobody listens. */
bool unix_socket_connect(const char *path, int *ret_fd, struct err *err);
