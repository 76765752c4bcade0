/*
 * What differs between the SQL of databases, as far as their texts are read before a database
 * sees them: each driver has a dialect, which is known by its address.
 */
#pragma once

#include "base/buf.h"

struct db_driver;

struct sql_dialect {
    const char *name; /* the driver's: the scheme of its URLs, behind the `@` of its statements,
                         in the names of its migrations */
    const char *url;  /* what one of its URLs looks like, for messages */
    bool backslashes; /* escape what follows them in a string */
    bool hashes;      /* begin a comment */
    bool brackets;    /* are quotes of a name */
    bool variables;   /* @name is one of the connection's, no parameter */
    bool commits;     /* a change of the schema commits at once, alone */
};

/* That of the driver of that name, among those that there are; NULL for none. */
const struct sql_dialect *dialect_find(const struct db_driver *const *drivers,
                                       struct slice name);
/* Appends their names, each behind the prefix: "@one or @other". */
void dialect_names(const struct db_driver *const *drivers, const char *prefix,
                   const char *between, struct buf *out);
