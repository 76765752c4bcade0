/* Operations that wait for the driver below; see the header. */
#include "db/mariadb/queue.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "db/mariadb/group.h"
#include "db/mariadb/wait.h"

#include <stdio.h>
#include <stdlib.h>

struct queue {
    struct db_worker base;
    const struct db_driver *driver; /* below, and its worker */
    struct db_worker *below;
    struct loop *loop;
    size_t limit;
    struct maria_wait waiting;
    struct db_ends ends;
    struct loop_timer tick;
};

static struct queue *queue_of(struct db_worker *worker)
{
    return (struct queue *)(void *)worker;
}

/* Those that were to go with it wait again, in order. */
static void put_back(struct queue *queue, struct db_op *op)
{
    struct db_group *group = TAKE(op->group);

    for (size_t i = group ? group->count : 0; i-- > 1;)
        maria_wait_add_first(&queue->waiting, group->ops[i]);
    maria_wait_add_first(&queue->waiting, op);
    free(group);
}

/* There is room below. */
static void room(void *above)
{
    struct queue *queue = above;
    struct db_op *op;
    struct err err;

    while ((op = maria_wait_take(&queue->waiting)) != NULL) {
        queue->waiting.count -= maria_gather(op, &queue->waiting.ops);
        if (queue->driver->submit(queue->below, op, &err))
            continue;
        if (err.kind == ERR_LIMIT) {
            put_back(queue, op);
            break;
        }
        maria_fail(&queue->ends, op, &err);
    }
    db_ends_return_later(&queue->ends);
}

static void tick(struct loop_timer *timer)
{
    struct queue *queue = timer->owner;

    char number[12];
    struct metric_label label = {"worker", number};

    snprintf(number, sizeof number, "%zu", queue->below->index);
    loop_timer_set(queue->loop, timer, loop_now(queue->loop) + NS_PER_S);
    metric_record(METRIC_GAUGE, "tc_db_waiting", &label, 1, (double)queue->waiting.count);
}

bool maria_queue_attach(const struct db_driver *below, struct db *db, struct loop *loop,
                        size_t limit, struct db_worker **ret_worker, struct err *err)
{
    struct queue *queue = mem_new(1, sizeof *queue);

    queue->base.db = db;
    queue->driver = below;
    queue->loop = loop;
    queue->limit = limit;
    db_ends_init(&queue->ends, loop);
    maria_wait_init(&queue->waiting, loop, &queue->ends);
    if (!below->attach(db, loop, &queue->below, err)) {
        free(queue);
        return false;
    }
    queue->base.index = queue->below->index;
    queue->below->room = room;
    queue->below->above = queue;
    queue->tick = (struct loop_timer){.fire = tick, .owner = queue};
    loop_timer_set(loop, &queue->tick, clock_monotonic());
    *ret_worker = &queue->base;
    return true;
}

void maria_queue_detach(struct db_worker *worker)
{
    struct queue *queue = queue_of(worker);
    struct err err;

    err_set(&err, ERR_IO, "the server is stopping; whether a write took effect is unknown");
    maria_wait_fail(&queue->waiting, &err);
    queue->below->room = NULL;
    queue->driver->detach(queue->below);
    loop_timer_clear(queue->loop, &queue->tick);
    db_ends_post(&queue->ends);
    free(queue);
}

bool maria_queue_submit(struct db_worker *worker, struct db_op *op, struct err *err)
{
    struct queue *queue = queue_of(worker);
    struct err why;

    if (queue->driver->submit(queue->below, op, &why))
        return true;
    if (why.kind != ERR_LIMIT) {
        if (err != NULL)
            *err = why;
        return false;
    }
    if (queue->waiting.count < queue->limit) {
        maria_wait_add(&queue->waiting, op);
        return true;
    }
    metric_record(METRIC_COUNTER, "tc_db_refused_total", NULL, 0, 1);
    return err_set(err, ERR_LIMIT,
                   "%zu operations are waiting for the database already (`queue` in its URL): "
                   "try again later",
                   queue->waiting.count);
}

void maria_queue_cancel(struct db_worker *worker, struct db_op *op)
{
    struct queue *queue = queue_of(worker);

    if (!maria_wait_remove(&queue->waiting, op)) {
        queue->driver->cancel(queue->below, op);
        return;
    }
    op->cancelled = 1;
    db_ends_add(&queue->ends, op);
    db_ends_return_later(&queue->ends);
}

void maria_queue_abandon(struct db_worker *worker, struct db_tx *tx)
{
    struct queue *queue = queue_of(worker);

    queue->driver->abandon(queue->below, tx);
}
