/* Operations that wait for others to go with; see the header. */
#include "db/mariadb/gather.h"

#include "db/mariadb/group.h"

static void turn_ends(struct loop_timer *timer)
{
    struct maria_gathering *gathering = timer->owner;
    bool first = pool_enter(gathering->pool);

    pool_resume(gathering->pool);
    pool_leave(gathering->pool, first, true);
}

void maria_gathering_start(struct maria_gathering *gathering, struct pool *pool)
{
    *gathering = (struct maria_gathering){
        .pool = pool,
        .end_of_turn = {.fire = turn_ends, .owner = gathering},
    };
}

void maria_gathering_stop(struct maria_gathering *gathering)
{
    loop_timer_clear(gathering->pool->loop, &gathering->end_of_turn);
}

static bool would_share(const struct db_op *op)
{
    return op->group == NULL && maria_may_share(op) && maria_sharing_of(op) == SHARING_KNOWN;
}

bool maria_gathering_takes(struct maria_gathering *gathering, struct db_op *op)
{
    struct pool *pool = gathering->pool;
    uint64_t turn = loop_now(pool->loop);

    if (pool->counts[SLOT_IDLE] == 0 || !would_share(op))
        return false;
    if (pool->counts[SLOT_RUN] == 0 && gathering->turn != turn) {
        gathering->turn = turn;
        return false;
    }
    maria_wait_add(&pool->again, op);
    if (!loop_timer_is_set(&gathering->end_of_turn))
        loop_timer_set(pool->loop, &gathering->end_of_turn, 0);
    return true;
}
