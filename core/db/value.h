/*
 * Values, rows and results: what goes into a statement and comes out of it, the same for every
 * driver.  All of them own their memory and are freed with their *_done; zeroed ones are empty.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum db_type { DB_NULL, DB_INTEGER, DB_REAL, DB_TEXT, DB_BYTES };

struct db_value {
    enum db_type type;
    bool lent; /* its bytes are another's, and outlive it */
    union {
        int64_t integer;
        double real;
        struct {
            char *data; /* heap unless lent, NUL behind it */
            size_t len;
        } bytes; /* DB_TEXT (UTF-8) and DB_BYTES */
    };
};

void db_value_done(struct db_value *value);
/* Copies the bytes; type is DB_TEXT or DB_BYTES. */
void db_value_set_bytes(struct db_value *value, enum db_type type, const void *data,
                        size_t len);

/* Takes them as they are, NUL behind them, without copying. */
void db_value_lend_bytes(struct db_value *value, enum db_type type, const char *data,
                         size_t len);

/* Names of columns.  The results of one statement share them, as long as they are the same. */
struct db_names {
    size_t count;
    const char *items[]; /* the names themselves lie behind them */
};

/* What one statement answered. */
struct db_result {
    size_t ncolumns, nrows, cap_rows;
    const char *const *columns; /* names, of … */
    struct db_names *own;       /* … these, or NULL: of the statement's */
    struct db_value *cells;     /* row by row: cells[row * ncolumns + column] */
    int64_t affected;           /* rows changed */
    int64_t id;                 /* of the last inserted row, else 0 */
};

void db_result_done(struct db_result *result);
void db_result_clear(struct db_result *result); /* its rows; the columns and memory stay */
/* Empties it, and gives it columns whose names are told.  *shared, where it is not NULL, is set
 * once, by whatever thread comes first; who owns it frees it behind every result. */
typedef const char *db_column_name(void *of, size_t index);
void db_result_columns(struct db_result *result, size_t count, db_column_name *name, void *of,
                       struct db_names **shared);
struct db_value *db_result_add_row(struct db_result *result); /* ncolumns NULL cells */
