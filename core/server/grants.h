/*
 * What an account of MariaDB may do, from the lines of SHOW GRANTS; they are also those of the
 * role that is in force, which information_schema leaves out.
 *
 * Pure; any thread.
 */
#pragma once

#include "base/buf.h"

enum {
    GRANT_SELECT = 1 << 0,
    GRANT_INSERT = 1 << 1,
    GRANT_UPDATE = 1 << 2,
    GRANT_DELETE = 1 << 3,
    GRANT_CREATE = 1 << 4,
    GRANT_ALTER = 1 << 5,
    GRANT_INDEX = 1 << 6,
    GRANT_DROP = 1 << 7,
    GRANT_ACCOUNTS = 1 << 8, /* makes accounts */
    GRANT_SUPER = 1 << 9,    /* rules the server */

    GRANT_ROWS = GRANT_SELECT | GRANT_INSERT | GRANT_UPDATE | GRANT_DELETE,
    GRANT_TABLES = GRANT_CREATE | GRANT_ALTER,    /* the application's migrations */
    GRANT_SITE_TABLES = GRANT_INDEX | GRANT_DROP, /* and what those of a site may do besides */
    GRANT_SERVER = GRANT_ACCOUNTS | GRANT_SUPER
};

/* What one line gives on a database, be it by a grant on everything, by a pattern of names, or
 * on some of its tables; 0 for one about something else. */
unsigned grants_read(struct slice line, const char *database);
/* Appends names: "SELECT, INSERT". */
void grants_name(unsigned grants, struct buf *out);
