/* Which operations share an execution; see the header. */
#include "db/mariadb/group.h"

#include "base/clock.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

/* One that is near its deadline would take the others' connection with it. */
bool maria_may_share(const struct db_op *op)
{
    return op->verb == DB_RUN && op->tx == NULL && op->ncalls == 1 && !op->alone &&
           !op->cancelled && (maria_statement_of(op)->adds_to != NULL || maria_is_lookup(op)) &&
           (op->deadline == UINT64_MAX ||
            op->deadline > clock_monotonic() + MARIA_SHARE_S * NS_PER_S);
}

/* Statements do not change but for this. */
static struct statement *known_of(const struct db_op *op)
{
    return op->set->items[maria_statement_of(op)->index];
}

enum maria_sharing maria_sharing_of(const struct db_op *op)
{
    return (enum maria_sharing)__atomic_load_n(&known_of(op)->array, __ATOMIC_ACQUIRE);
}

const char *maria_array_sql(const struct db_op *op)
{
    return __atomic_load_n(&known_of(op)->array_sql, __ATOMIC_ACQUIRE);
}

void maria_set_sharing(const struct db_op *op, char *sql)
{
    struct statement *known = known_of(op);
    char *none = NULL;
    int unknown = SHARING_UNKNOWN;

    if (sql == NULL) {
        __atomic_store_n(&known->array, SHARING_NONE, __ATOMIC_RELEASE);
        return;
    }
    if (!__atomic_compare_exchange_n(&known->array_sql, &none, sql, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        free(sql);
    __atomic_compare_exchange_n(&known->array, &unknown, SHARING_KNOWN, false, __ATOMIC_ACQ_REL,
                                __ATOMIC_RELAXED);
}

/* A column of an array has one type, and MariaDB has no word for infinity: the one that brings
 * it hears that by itself. */
static bool is_like(const struct db_value *a, const struct db_value *b)
{
    if ((a->type == DB_REAL && !isfinite(a->real)) ||
        (b->type == DB_REAL && !isfinite(b->real)))
        return false;
    return a->type == b->type || a->type == DB_NULL || b->type == DB_NULL;
}

static size_t size_of(const struct db_op *op)
{
    size_t size = 0;

    for (size_t i = 0; i < maria_statement_of(op)->nparams; i++) {
        const struct db_value *value = &op->calls[0].args[i];
        size += value->type == DB_TEXT || value->type == DB_BYTES ? value->bytes.len : 0;
    }
    return size;
}

static bool fits(const struct db_group *group, const struct db_op *op)
{
    const struct statement *statement = maria_statement_of(group->ops[0]);

    if (op->verb != DB_RUN || op->ncalls != 1 || maria_statement_of(op) != statement ||
        !maria_may_share(op) || group->size + size_of(op) > MARIA_GROUP_BYTES)
        return false;
    for (size_t row = 0; row < group->count; row++)
        for (size_t i = 0; i < statement->nparams; i++)
            if (!is_like(&op->calls[0].args[i], &group->ops[row]->calls[0].args[i]))
                return false;
    return true;
}

static void add(struct db_group *group, struct db_op *op)
{
    group->ops[group->count++] = op;
    group->size += size_of(op);
}

static bool is_full(const struct db_group *group)
{
    size_t most =
        maria_is_lookup(group->ops[0]) ? (size_t)1 << MARIA_LOOKUPS_LOG2 : MARIA_GROUP_ROWS;

    return group->count == most;
}

/* So many lookups as there is a statement for; the rest waits again, in order. */
static void round_down(struct db_group *group, struct db_ops *waiting)
{
    while (maria_is_lookup(group->ops[0]) && (group->count & (group->count - 1)) != 0) {
        struct db_op *last = group->ops[--group->count];
        TAILQ_INSERT_HEAD(waiting, last, link);
    }
}

size_t maria_gather(struct db_op *first, struct db_ops *waiting)
{
    struct db_group *group = NULL;
    struct db_op *op, *next;

    if (TAILQ_EMPTY(waiting) || !maria_may_share(first) ||
        maria_sharing_of(first) != SHARING_KNOWN)
        return 0;
    group = mem_new(1, sizeof *group);
    add(group, first);
    for (op = TAILQ_FIRST(waiting); op != NULL && !is_full(group); op = next) {
        next = TAILQ_NEXT(op, link);
        if (!fits(group, op))
            continue;
        TAILQ_REMOVE(waiting, op, link);
        add(group, op);
    }
    round_down(group, waiting);
    if (group->count == 1) {
        free(group);
        return 0;
    }
    first->group = group;
    return group->count - 1;
}
