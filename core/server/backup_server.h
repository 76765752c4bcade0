/*
 * `backup` and `restore` where the database is a server's: by MariaDB's own mariadb-dump and
 * mariadb.  What is written is SQL, which mariadb alone can bring back as well.
 */
#pragma once

#include "base/url.h"
#include "server/options.h"

/* 0; 2: nothing was written, or changed. */
int backup_server_run(const struct options *options, const struct url *url, const char *file,
                      int keep);
int restore_server_run(const struct options *options, const struct url *url, const char *file);
