/* The dialects of a list of drivers. */
#include "db/dialect.h"

#include "base/str.h"
#include "db/db.h"

const struct sql_dialect *dialect_find(const struct db_driver *const *drivers,
                                       struct slice name)
{
    for (; *drivers != NULL; drivers++)
        if (slice_is(name, (*drivers)->dialect->name))
            return (*drivers)->dialect;
    return NULL;
}

void dialect_names(const struct db_driver *const *drivers, const char *prefix,
                   const char *between, struct buf *out)
{
    for (size_t i = 0; drivers[i] != NULL; i++)
        buf_addf(out, "%s%s%s", i > 0 ? between : "", prefix, drivers[i]->dialect->name);
}
