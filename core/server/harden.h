/*
 * What the process gives up before it opens anything: an account that may do everything, new
 * privileges by programs that it starts, dumps of its memory.  What the paths and system calls
 * are that it may use is said by whatever starts it (a unit of systemd's).
 */
#pragma once

#include "server/options.h"

/* ERR_INPUT where --user names no account, ERR_STATE where nobody but root could become it.
 * Warns where everything is left to root, and of the admin listener. */
bool harden(const struct options *options, struct err *err);

/* A line of warning about an admin listener that others than this machine reach; NULL where
 * there is none.  To be freed. */
char *harden_admin_warning(const struct options *options);
