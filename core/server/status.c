/* See status.h. */
#include "server/status.h"

#include "base/clock.h"
#include "base/shared.h"
#include "base/zone.h"

enum { MAX_NOTES = 16 };

void status_zones(struct buf *out)
{
    int64_t modified;
    const char *version = zone_version(&modified);
    if (modified == 0)
        buf_adds(out, "time zones   of unknown version\n");
    else
        buf_addf(out, "time zones   version %s, installed %lld days ago\n",
                 *version ? version : "(untold)",
                 (long long)((clock_now() - modified) / (24 * 60 * 60)));
}

void status_database(struct db *db, struct buf *out)
{
    const char *away = db_is_shut(db);
    buf_addf(out, "database     %s%s%s\n", db->driver->dialect->name, away ? ", away: " : "",
             away ? away : "");
    if (db->driver->describe)
        db->driver->describe(db, "database at  ", out);
}

static void add_note(void *out, struct slice key, const struct shared_value *value)
{
    if (value->type == SHARED_BYTES)
        buf_addf(out, "%-12.*s %.*s\n", (int)key.len, key.data, (int)value->bytes.len,
                 value->bytes.data);
}

void status_notes(struct buf *out)
{
    struct shared_space *space;
    if (shared_space("status", MAX_NOTES, &space, NULL))
        shared_each(space, add_note, out);
}

void status_note(const char *key, const struct buf *text)
{
    const struct shared_value value = {.type = SHARED_BYTES, .bytes = *text};
    struct shared_space *space;
    if (!shared_space("status", MAX_NOTES, &space, NULL))
        return;
    if (text->len == 0)
        shared_delete(space, slice_of(key));
    else
        shared_set(space, slice_of(key), &value, 0, NULL);
}
