/* Values and results: memory only. */
#include "db/value.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void db_value_done(struct db_value *value)
{
    if (value == NULL)
        return;
    bool has_bytes = value->type == DB_TEXT || value->type == DB_BYTES;
    if (has_bytes && !value->lent)
        free(value->bytes.data);
    *value = (struct db_value){.type = DB_NULL};
}

void db_value_set_bytes(struct db_value *value, enum db_type type, const void *data, size_t len)
{
    char *copy = mem_copy(len > 0 ? data : "", len);

    db_value_done(value);
    value->type = type;
    value->bytes.data = copy;
    value->bytes.len = len;
}

void db_value_lend_bytes(struct db_value *value, enum db_type type, const char *data,
                         size_t len)
{
    db_value_done(value);
    value->type = type;
    value->lent = true;
    value->bytes.data = (char *)data; /* read only */
    value->bytes.len = len;
}

void db_result_clear(struct db_result *result)
{
    for (size_t i = 0; i < result->nrows * result->ncolumns; i++)
        db_value_done(&result->cells[i]);
    result->nrows = 0;
}

void db_result_done(struct db_result *result)
{
    if (result == NULL)
        return;
    db_result_clear(result);
    free(result->cells);
    free(result->own);
    *result = (struct db_result){0};
}

static struct db_names *names_new(size_t count, db_column_name *name, void *of)
{
    size_t size = sizeof(struct db_names) + count * sizeof(const char *), at = size;

    for (size_t i = 0; i < count; i++)
        size += strlen(name(of, i)) + 1;
    struct db_names *names = mem_new(1, size);
    names->count = count;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(name(of, i)) + 1;
        names->items[i] = memcpy((char *)names + at, name(of, i), len);
        at += len;
    }
    return names;
}

static bool are(const struct db_names *names, size_t count, db_column_name *name, void *of)
{
    if (names->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(names->items[i], name(of, i)) != 0)
            return false;
    return true;
}

void db_result_columns(struct db_result *result, size_t count, db_column_name *name, void *of,
                       struct db_names **shared)
{
    struct db_names *known = shared ? __atomic_load_n(shared, __ATOMIC_ACQUIRE) : NULL;
    bool first = shared != NULL && known == NULL;

    db_result_done(result);
    if (known == NULL || !are(known, count, name, of)) {
        struct db_names *none = NULL;
        known = names_new(count, name, of);
        if (!first || !__atomic_compare_exchange_n(shared, &none, known, false,
                                                   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            result->own = known;
    }
    result->ncolumns = count;
    result->columns = known->items;
}

struct db_value *db_result_add_row(struct db_result *result)
{
    if (result->nrows == result->cap_rows) {
        result->cap_rows = result->cap_rows > 0 ? result->cap_rows * 2 : 4;
        result->cells = mem_resize(result->cells, result->cap_rows * result->ncolumns,
                                   sizeof *result->cells);
    }

    struct db_value *row = result->cells + result->nrows++ * result->ncolumns;
    for (size_t i = 0; i < result->ncolumns; i++)
        row[i] = (struct db_value){.type = DB_NULL};
    return row;
}
