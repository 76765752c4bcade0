/*
 * The service manager that has started us, such as systemd: it may hand listening sockets over
 * (LISTEN_FDS, sd_listen_fds(3)) and likes to hear how we are (NOTIFY_SOCKET, sd_notify(3)).
 * Where there is none, everything here does nothing.  Main thread.
 */
#pragma once

#include "server/listeners.h"

#include <sys/types.h>

/* Adds what was handed over: a socket called "admin" (FileDescriptorName=) is the admin's, all
 * others are the public's.  ERR_INPUT: one is no listening stream socket, or two are the
 * admin's. */
bool manager_take_sockets(struct listeners *listeners, struct err *err);

void manager_ready(const char *status); /* at the start, and after manager_reloading() */
void manager_reloading(void);
void manager_stopping(void);
void manager_replaced(pid_t pid); /* by that process, which is to be looked after from now on */
/* Every worker turns.  To be told each second: the manager may end a program that does not say
 * so (WatchdogSec=). */
void manager_alive(void);
