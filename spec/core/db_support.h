/*
 * What the specs of the database share: a database in a folder of its own, a loop to wait on,
 * and operations made from SQL.
 */
#pragma once

#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "db/db.h"
#include "db/mariadb/mariadb.h"
#include "db/sqlite/sqlite.h"
#include "server/drivers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char folder[64];
    char *file;
    struct db *db;
    struct loop *loop;
    struct db_worker *worker;
    struct statement_set *set;
    struct db_session *session;
    int left; /* operations that the loop waits for */
};

static inline void no_fault(void *owner, const char *file, int line, const char *message)
{
    (void)owner;
    fail_msg("%s:%d: %s", file, line, message);
}

#define CHECK(call)                                                                            \
    do {                                                                                       \
        struct err err_ = {0};                                                                 \
        struct err *err = &err_;                                                               \
        if (!(call))                                                                           \
            fail_msg("%s: %s", #call, err->text);                                              \
    } while (0)

static inline void place_open_db(struct place *place, const char *options)
{
    char *text = mem_format("sqlite://%s%s", place->file, options);
    struct url url;

    CHECK(db_url_parse(server_drivers, text, &url, err));
    CHECK(db_open(server_drivers, &url, &place->db, err));
    url_done(&url);
    free(text);
}

static inline void place_new_folder(struct place *place)
{
    *place = (struct place){.folder = "/tmp/tc-db-XXXXXX"};
    assert_non_null(mkdtemp(place->folder));
    place->file = mem_format("%s/test.db", place->folder);
}

/* Runs SQL on the place's session. */
static inline void place_sql(struct place *place, const char *sql)
{
    CHECK(place->db->driver->session_run(place->session, sql, NULL, 0, NULL, err));
}

static inline int64_t place_number(struct place *place, const char *sql)
{
    struct db_result result = {0};

    CHECK(place->db->driver->session_run(place->session, sql, NULL, 0, &result, err));
    assert_int_equal(result.nrows, 1);
    int64_t number = result.cells[0].integer;
    db_result_done(&result);
    return number;
}

static inline void place_open(struct place *place, const char *options,
                              const char *const *schema, const char *statements)
{
    struct statement_source source = {"spec.sql", slice_of(statements)};

    place_new_folder(place);
    place_open_db(place, options);
    CHECK(loop_new(&place->loop, err));
    CHECK(place->db->driver->session_open(place->db, &place->session, err));
    for (; *schema != NULL; schema++)
        place_sql(place, *schema);
    place->set = statement_set_new(&source, 1, &sqlite_dialect, server_drivers, no_fault, NULL);
    CHECK(db_check(place->db, place->set, no_fault, NULL, err));
    CHECK(db_attach(place->db, place->loop, &place->worker, err));
}

static inline void place_remove_files(struct place *place)
{
    static const char *const names[] = {"test.db", "test.db-wal", "test.db-shm"};
    for (size_t i = 0; i < 3; i++) {
        char *name = mem_format("%s/%s", place->folder, names[i]);
        unlink(name);
        free(name);
    }
}

static inline void place_remove(struct place *place)
{
    place_remove_files(place);
    rmdir(place->folder);
    free(place->file);
}

static inline void place_close(struct place *place)
{
    if (place->session != NULL)
        place->db->driver->session_close(place->session);
    db_detach(place->worker);
    loop_free(place->loop);
    statement_set_unref(place->set);
    db_close(place->db);
    place_remove(place);
}

/* For setups of specs: a place to be opened, which place_teardown() closes. */
static inline struct place *place_setup(void **state)
{
    return *state = mem_new(1, sizeof(struct place));
}

static inline int place_teardown(void **state)
{
    place_close(*state);
    free(*state);
    return 0;
}

static inline void op_came_back(struct db_op *op)
{
    struct place *place = op->owner;

    if (--place->left == 0)
        loop_stop(place->loop);
}

static inline struct db_op *op_of(struct place *place, const char *name)
{
    const struct statement *statement = statement_find(place->set, name);
    struct db_op *op = db_op_new(DB_RUN, place->set, 1);

    assert_non_null(statement);
    op->done = op_came_back;
    op->owner = place;
    db_op_call(op, 0, statement);
    return op;
}

static inline struct db_op *op_verb(struct place *place, enum db_verb verb, struct db_tx *tx)
{
    struct db_op *op = db_op_new(verb, NULL, 0);

    op->done = op_came_back;
    op->owner = place;
    op->tx = tx;
    return op;
}

static inline struct db_op *op_integer(struct place *place, const char *name, int64_t value)
{
    struct db_op *op = op_of(place, name);

    op->calls[0].args[0] = (struct db_value){.type = DB_INTEGER, .integer = value};
    return op;
}

static inline void submit(struct place *place, struct db_op *op)
{
    CHECK(db_submit(place->worker, op, err));
    place->left++;
}

static inline void wait_all(struct place *place)
{
    if (place->left > 0)
        loop_run(place->loop);
    assert_int_equal(place->left, 0);
}

/* Submits it and waits for everything that is under way. */
static inline struct db_op *run(struct place *place, struct db_op *op)
{
    submit(place, op);
    wait_all(place);
    return op;
}

static inline void run_ok(struct place *place, struct db_op *op)
{
    run(place, op);
    if (!op->ok)
        fail_msg("%s", op->err.text);
    db_op_free(op);
}

static inline void assert_failed(const struct db_op *op, enum err_kind kind, const char *part)
{
    assert_false(op->ok);
    assert_string_equal(err_kind_name(op->err.kind), err_kind_name(kind));
    if (strstr(op->err.text, part) == NULL)
        fail_msg("'%s' does not say '%s'", op->err.text, part);
}
