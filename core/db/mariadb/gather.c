/* Operations that wait for others to go with; see the header. */
#include "db/mariadb/gather.h"

#include "base/clock.h"
#include "db/mariadb/group.h"

enum {
    ABREAST = 4,  /* executions of one statement; 2 and 16 were slower, with 16 puts in flight
                     and with 64 */
    GATHER_MS = 5 /* no longer, or a slow disk's commits would not overlap */
};

static void later(struct loop_timer *timer)
{
    struct maria_gathering *gathering = timer->owner;
    bool first = pool_enter(gathering->pool);

    gathering->is_over = true;
    pool_room(gathering->pool);
    gathering->is_over = false;
    pool_leave(gathering->pool, first, true);
}

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
        .later = {.fire = later, .owner = gathering},
        .end_of_turn = {.fire = turn_ends, .owner = gathering},
    };
}

void maria_gathering_stop(struct maria_gathering *gathering)
{
    loop_timer_clear(gathering->pool->loop, &gathering->later);
    loop_timer_clear(gathering->pool->loop, &gathering->end_of_turn);
}

static bool would_share(const struct db_op *op)
{
    return op->group == NULL && maria_may_share(op) && maria_sharing_of(op) == SHARING_KNOWN;
}

/* How many run the statement by itself, and began later than that. */
static size_t running(const struct pool *pool, const struct statement *statement,
                      uint64_t since)
{
    const struct slot *slot;
    size_t count = 0;

    TAILQ_FOREACH(slot, &pool->slots[SLOT_RUN], link)
        count += slot->since > since && slot->op->ncalls == 1 &&
                 maria_statement_of(slot->op) == statement;
    return count;
}

bool maria_gathering_refuses(struct maria_gathering *gathering, const struct db_op *op)
{
    struct pool *pool = gathering->pool;
    uint64_t now = loop_now(pool->loop), most = GATHER_MS * NS_PER_MS;

    if (gathering->is_over || !would_share(op) || maria_is_lookup(op) ||
        running(pool, maria_statement_of(op), now > most ? now - most : 0) < ABREAST)
        return false;
    if (!loop_timer_is_set(&gathering->later))
        loop_timer_set(pool->loop, &gathering->later, clock_monotonic() + most);
    return true;
}

bool maria_gathering_takes(struct maria_gathering *gathering, struct db_op *op)
{
    struct pool *pool = gathering->pool;
    uint64_t turn = loop_now(pool->loop);

    if (pool->counts[SLOT_IDLE] == 0 || !would_share(op) || !maria_is_lookup(op))
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
