/* Operations that wait; see the header. */
#include "db/mariadb/wait.h"

#include "base/mem.h"
#include "db/mariadb/group.h"
#include "db/mariadb/shared.h"

#include <stdlib.h>

static void fail_one(struct db_ends *ends, struct db_op *op, const struct err *err)
{
    db_op_fail(op, err);
    maria_count("tc_db_failures_total", "kind", err_kind_name(err->kind));
    db_ends_add(ends, op);
}

void maria_fail(struct db_ends *ends, struct db_op *op, const struct err *err)
{
    struct db_group *group = TAKE(op->group);

    fail_one(ends, op, err);
    for (size_t i = 1; group != NULL && i < group->count; i++)
        fail_one(ends, group->ops[i], err);
    free(group);
}

static bool is_late(struct maria_wait *wait, struct db_op *op)
{
    if (!db_op_is_late(op))
        return false;
    maria_count("tc_db_failures_total", "kind", err_kind_name(op->err.kind));
    db_ends_add(wait->ends, op);
    return true;
}

static void expire_by(struct maria_wait *wait, uint64_t deadline)
{
    if (deadline < loop_timer_due(&wait->expiry))
        loop_timer_set(wait->loop, &wait->expiry, deadline);
}

static void expire(struct loop_timer *timer)
{
    struct maria_wait *wait = timer->owner;
    struct db_op *op, *next;

    for (op = TAILQ_FIRST(&wait->ops); op != NULL; op = next) {
        next = TAILQ_NEXT(op, link);
        if (loop_now(wait->loop) < op->deadline) {
            expire_by(wait, op->deadline);
            continue;
        }
        maria_wait_remove(wait, op);
        if (!is_late(wait, op))
            maria_wait_add(wait, op);
    }
    db_ends_return(wait->ends);
}

void maria_wait_init(struct maria_wait *wait, struct loop *loop, struct db_ends *ends)
{
    *wait = (struct maria_wait){.loop = loop, .ends = ends};
    wait->expiry = (struct loop_timer){.fire = expire, .owner = wait};
    TAILQ_INIT(&wait->ops);
}

void maria_wait_add(struct maria_wait *wait, struct db_op *op)
{
    TAILQ_INSERT_TAIL(&wait->ops, op, link);
    wait->count++;
    expire_by(wait, op->deadline);
}

void maria_wait_add_first(struct maria_wait *wait, struct db_op *op)
{
    TAILQ_INSERT_HEAD(&wait->ops, op, link);
    wait->count++;
    expire_by(wait, op->deadline);
}

struct db_op *maria_wait_take(struct maria_wait *wait)
{
    struct db_op *op;

    while ((op = TAILQ_FIRST(&wait->ops)) != NULL) {
        TAILQ_REMOVE(&wait->ops, op, link);
        wait->count--;
        if (!is_late(wait, op))
            return op;
    }
    return NULL;
}

bool maria_wait_remove(struct maria_wait *wait, struct db_op *op)
{
    struct db_op *each;

    TAILQ_FOREACH(each, &wait->ops, link)
        if (each == op) {
            TAILQ_REMOVE(&wait->ops, op, link);
            wait->count--;
            return true;
        }
    return false;
}

void maria_wait_fail(struct maria_wait *wait, const struct err *err)
{
    struct db_op *op;

    loop_timer_clear(wait->loop, &wait->expiry);
    while ((op = TAILQ_FIRST(&wait->ops)) != NULL) {
        TAILQ_REMOVE(&wait->ops, op, link);
        wait->count--;
        maria_fail(wait->ends, op, err);
    }
}
