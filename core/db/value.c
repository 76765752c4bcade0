/* Values and results: memory only. */
#include "db/value.h"

#include "base/mem.h"

#include <stdlib.h>

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
    for (size_t i = 0; i < result->ncolumns; i++)
        free(result->columns[i]);
    free(result->cells);
    free(result->columns);
    *result = (struct db_result){0};
}

void db_result_columns(struct db_result *result, size_t count)
{
    db_result_done(result);
    result->ncolumns = count;
    result->columns = mem_new(count, sizeof *result->columns);
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
