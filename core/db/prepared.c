/* Prepared statements of a connection, whatever the driver; see the header. */
#include "db/prepared.h"

#include "base/mem.h"

#include <stdlib.h>

bool db_prepared_drop(struct db_prepared *prepared, void **place)
{
    void *item = TAKE(*place);

    return item == NULL || prepared->close(item);
}

static bool drop_set(struct db_prepared *prepared, struct db_prepared_set *set)
{
    bool ok = true;

    for (size_t i = 0; i < set->count; i++)
        ok &= db_prepared_drop(prepared, &set->items[i]);
    free(set->items);
    *set = (struct db_prepared_set){0};
    return ok;
}

bool db_prepared_drop_stale(struct db_prepared *prepared, uint64_t before)
{
    bool ok = true;

    for (size_t i = 0; i < DB_PREPARED_SETS; i++)
        if (prepared->sets[i].uid != 0 && prepared->sets[i].used < before)
            ok &= drop_set(prepared, &prepared->sets[i]);
    return ok;
}

bool db_prepared_drop_all(struct db_prepared *prepared)
{
    return db_prepared_drop_stale(prepared, UINT64_MAX);
}

/* The set's place, else a free one, else that of the set which was not used for longest. */
static struct db_prepared_set *place_of(struct db_prepared *prepared, uint64_t uid)
{
    struct db_prepared_set *place = &prepared->sets[0];

    for (size_t i = 0; i < DB_PREPARED_SETS; i++) {
        struct db_prepared_set *each = &prepared->sets[i];
        if (each->uid == uid)
            return each;
        if (each->used < place->used)
            place = each;
    }
    return place;
}

void **db_prepared_find(struct db_prepared *prepared, const struct statement_set *set,
                        size_t index, size_t variant, uint64_t now)
{
    struct db_prepared_set *place = place_of(prepared, set->uid);

    if (place->uid != set->uid) {
        if (!drop_set(prepared, place))
            return NULL;
        place->uid = set->uid;
        place->count = prepared->variants * set->count;
        place->items = mem_new(place->count, sizeof(void *));
    }
    place->used = now;
    return &place->items[variant * set->count + index];
}
