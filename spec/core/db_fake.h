/*
 * What the specs of the MariaDB driver's strata share: statements, operations on a loop, and
 * whether they came back.  Each such spec defines the functions of the stratum below itself, so
 * that they are linked in place of the driver's; so it uses no driver of the program.
 */
#pragma once

#include "base/clock.h"
#include "base/mem.h"
#include "db/db.h"
#include "db/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHECK(call)                                                                            \
    do {                                                                                       \
        struct err err_ = {0};                                                                 \
        struct err *err = &err_;                                                               \
        if (!(call))                                                                           \
            fail_msg("%s: %s", #call, err->text);                                              \
    } while (0)

static const struct sql_dialect fake_dialect = {.name = "fake"};
static const char fake_statements[] = "-- name: add\nINSERT INTO t (n) VALUES (:n);\n"
                                      "-- name: find\nSELECT n FROM t WHERE n = :n;\n"
                                      "-- name: read\nSELECT n FROM t;\n";

static struct loop *loop;
static struct statement_set *set;
static int came_back;

static inline void no_fault(void *owner, const char *file, int line, const char *message)
{
    (void)owner;
    fail_msg("%s:%d: %s", file, line, message);
}

static inline void fake_open(void)
{
    struct statement_source source = {"spec.sql", slice_of(fake_statements)};

    CHECK(loop_new(&loop, err));
    set = statement_set_new(&source, 1, &fake_dialect, NULL, no_fault, NULL);
    came_back = 0;
}

static inline void fake_close(void)
{
    loop_free(loop);
    statement_set_unref(set);
}

static inline void op_came(struct db_op *op)
{
    (void)op;
    came_back++;
}

static inline struct db_op *op_of(enum db_verb verb, const char *name)
{
    struct db_op *op = db_op_new(verb, name ? set : NULL, name ? 1 : 0);

    op->done = op_came;
    if (name != NULL)
        db_op_call(op, 0, statement_find(set, name));
    return op;
}

static inline void fire_stop(struct loop_timer *timer)
{
    loop_stop(timer->owner);
}

/* Lets the loop run for so long. */
static inline void turn(uint64_t ms)
{
    struct loop_timer timer = {.fire = fire_stop, .owner = loop};

    loop_timer_set(loop, &timer, clock_monotonic() + ms * NS_PER_MS);
    loop_run(loop);
}

static inline void assert_ok(const struct db_op *op)
{
    if (!op->ok)
        fail_msg("%s", op->err.text);
}

static inline void assert_failed(const struct db_op *op, enum err_kind kind, const char *part)
{
    assert_false(op->ok);
    assert_string_equal(err_kind_name(op->err.kind), err_kind_name(kind));
    if (strstr(op->err.text, part) == NULL)
        fail_msg("'%s' does not say '%s'", op->err.text, part);
}
