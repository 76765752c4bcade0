/* Values to the server and back. */
#pragma once

#include "base/err.h"
#include "db/value.h"

#include <mysql.h>

/* Where parameters are bound from and rows are read into; reused, grown as needed. */
struct maria_binds {
    size_t size;
    MYSQL_BIND *binds;
    union maria_number {
        int64_t integer;
        double real;
        const char *bytes; /* in arrays */
    } * numbers;
    unsigned long *lengths;
    my_bool *nulls;
};

/* The same for arrays: by parameter, and then by row. */
struct maria_cells {
    size_t nbinds, size;
    MYSQL_BIND *binds;
    union maria_number *cells;
    unsigned long *lengths;
    char *marks; /* which are NULL */
};

void maria_cells_done(struct maria_cells *cells);
void maria_cells_grow(struct maria_cells *cells, size_t nbinds, size_t size);

void maria_binds_done(struct maria_binds *binds);
void maria_binds_grow(struct maria_binds *binds, size_t size);
/* Parameter i is values[slots[i]] (values[i] without slots).  Values are borrowed until the
 * statement has run. */
bool maria_bind(MYSQL_STMT *stmt, struct maria_binds *binds, const struct db_value *values,
                const size_t *slots, size_t count, struct err *err);
/* The same for `rows` of them, one behind the other. */
bool maria_bind_rows(MYSQL_STMT *stmt, struct maria_binds *binds,
                     const struct db_value *const *values, size_t rows, const size_t *slots,
                     size_t count, struct err *err);
/* Can what was bound be sent at once?  Else ERR_INPUT, with its size and the server's limit. */
bool maria_fits(MYSQL_STMT *stmt, const struct maria_binds *binds, size_t count,
                struct err *err);
bool maria_fits_bytes(MYSQL_STMT *stmt, size_t bytes, struct err *err);
size_t maria_sent(enum enum_field_types type, size_t len); /* bytes that a value takes */
/* After executing: names the result's columns and makes ready to fetch. */
bool maria_bind_result(MYSQL_STMT *stmt, struct maria_binds *binds, struct db_result *result,
                       struct db_names **shared, struct err *err);
/* The row that was fetched, into the result. */
bool maria_read_row(MYSQL_STMT *stmt, struct maria_binds *binds, struct db_result *result,
                    struct err *err);
/* Of these the parts, for a result without the first `skip` columns of what was executed. */
bool maria_bind_columns(MYSQL_STMT *stmt, struct maria_binds *binds, struct err *err);
void maria_name_columns(MYSQL_STMT *stmt, size_t skip, struct db_result *result,
                        struct db_names **shared);
bool maria_read_columns(MYSQL_STMT *stmt, struct maria_binds *binds, size_t skip,
                        struct db_result *result, struct err *err);
/* What a statement without rows has changed. */
void maria_read_changes(MYSQL_STMT *stmt, struct db_result *result);
