/* Connections of a worker; see the header. */
#include "db/mariadb/lend.h"

#include "base/clock.h"
#include "base/mem.h"
#include "db/mariadb/group.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CLEAN_S = 2,  /* for a rollback or a probe */
    PROBE_S = 10, /* a connection that was idle for so long is probed */
    STALE_S = 90  /* prepared statements, unused for so long, are closed */
};

bool pool_enter(struct pool *pool)
{
    bool first = !pool->inside;

    pool->inside = true;
    return first;
}

void pool_leave(struct pool *pool, bool first, bool callback)
{
    if (!first)
        return;
    pool->inside = false;
    if (callback)
        db_ends_return(&pool->ends);
    else
        db_ends_return_later(&pool->ends);
}

/* Tells who stands above. */
static void room(struct pool *pool)
{
    pool->refused = false;
    if (pool->base.room != NULL)
        pool->base.room(pool->base.above);
}

/* ---- lists ---- */

static void add(struct pool *pool, struct slot *slot, enum slot_use use)
{
    slot->use = use;
    slot->since = loop_now(pool->loop);
    pool->counts[use]++;
    TAILQ_INSERT_HEAD(&pool->slots[use], slot, link);
}

static void remove_slot(struct slot *slot)
{
    TAILQ_REMOVE(&slot->pool->slots[slot->use], slot, link);
    slot->pool->counts[slot->use]--;
}

void slot_move(struct slot *slot, enum slot_use use)
{
    remove_slot(slot);
    add(slot->pool, slot, use);
}

static size_t open_of(const struct pool *pool)
{
    size_t count = 0;

    for (int use = 0; use < SLOT_CLOSED; use++)
        count += pool->counts[use];
    return count;
}

struct slot *pool_find(const struct pool *pool, const struct db_op *op)
{
    struct slot *slot;

    for (int use = SLOT_RUN; use <= SLOT_HELD; use++)
        TAILQ_FOREACH(slot, &pool->slots[use], link)
            if (slot->op == op)
                return slot;
    return NULL;
}

/* ---- having connections ---- */

static size_t share_of(const struct pool *pool)
{
    const struct maria_db *db = pool_db(pool);
    int attached = __atomic_load_n(&db->attached, __ATOMIC_RELAXED);
    size_t workers = attached > 0 ? (size_t)attached : 1;
    size_t share = db->place.pool / workers + (pool->base.index < db->place.pool % workers);

    return share > 0 ? share : 1;
}

/* What stands on a host that is passed by is no connection that one may wait for. */
static size_t usable_of(const struct pool *pool)
{
    const struct maria_db *db = pool_db(pool);
    size_t count = open_of(pool);
    const struct slot *slot;

    for (int use = 0; db->place.nhosts > 1 && use < SLOT_CLOSED; use++)
        TAILQ_FOREACH(slot, &pool->slots[use], link)
            count -= maria_hosts_is_shunned(&db->hosts, slot->host);
    return count;
}

/* When what runs on hosts that are passed by, and may have to run elsewhere, began; now, if
 * nothing does. */
static uint64_t hung_since(const struct pool *pool)
{
    const struct maria_db *db = pool_db(pool);
    uint64_t since = clock_monotonic();
    const struct slot *slot;

    TAILQ_FOREACH(slot, &pool->slots[SLOT_RUN], link)
        if (slot->since < since && maria_hosts_is_shunned(&db->hosts, slot->host))
            since = slot->since;
    return since;
}

static void dial(struct pool *pool)
{
    size_t open = usable_of(pool);
    bool wanted = pool->refused || pool->again.count > 0;

    if (open == 0 || (wanted && pool->counts[SLOT_IDLE] == 0 && open < share_of(pool)))
        maria_dial(&pool->dialler, hung_since(pool));
}

bool pool_is_down(const struct pool *pool, struct err *err)
{
    if (!maria_dial_is_down(&pool->dialler) || usable_of(pool) > 0)
        return false;
    if (err != NULL)
        *err = pool->dialler.why;
    return true;
}

static void changed(struct maria_conn *conn)
{
    struct slot *slot = conn->owner;
    struct pool *pool = slot->pool;
    bool first = pool_enter(pool);

    if (slot->then != NULL)
        slot->then(slot);
    else if (slot->use == SLOT_IDLE)
        pool_replace(slot);
    else
        pool->hung_up(slot);
    pool_leave(pool, first, true);
}

static struct pool *pool_of(struct maria_dialler *dialler)
{
    return CONTAINER(dialler, struct pool, dialler);
}

static void made(struct maria_dialler *dialler, MYSQL *my, size_t host)
{
    struct pool *pool = pool_of(dialler);
    struct slot *slot = mem_new(1, sizeof *slot);
    bool first = pool_enter(pool);
    struct err err;

    slot->pool = pool;
    slot->host = host;
    maria_hosts_count(&pool_db(pool)->hosts, host, 1);
    if (maria_conn_open(pool->loop, my, changed, slot, &slot->conn, &err)) {
        add(pool, slot, SLOT_IDLE);
        pool_release(slot);
        dial(pool);
    } else {
        maria_hosts_count(&pool_db(pool)->hosts, host, -1);
        free(slot);
        mysql_close(my);
        maria_dial_failed(dialler, &err);
    }
    pool_leave(pool, first, true);
}

static void failed(struct maria_dialler *dialler)
{
    struct pool *pool = pool_of(dialler);
    bool first = pool_enter(pool);
    struct err why;

    if (pool_is_down(pool, &why)) {
        maria_wait_fail(&pool->again, &why);
        room(pool); /* all that wait are refused */
    }
    pool_leave(pool, first, true);
}

static void dial_again(struct maria_dialler *dialler)
{
    dial(pool_of(dialler));
}

/* ---- lending ---- */

/* A write that is sent to one that the server has closed would be lost with its outcome
 * unknown; what has been busy until now needs no look.  Nor is one lent whose host another
 * worker has found to be of no use. */
static bool may_lend(const struct slot *slot)
{
    const struct pool *pool = slot->pool;

    return (slot == pool->fresh || maria_conn_is_quiet(slot->conn)) &&
           !maria_hosts_is_left(&pool_db(pool)->hosts, slot->host);
}

struct slot *pool_lend(struct pool *pool)
{
    struct slot *slot;

    while ((slot = TAILQ_FIRST(&pool->slots[SLOT_IDLE])) != NULL) {
        if (may_lend(slot))
            return slot;
        pool_replace(slot);
    }
    return NULL;
}

void pool_refuse(struct pool *pool)
{
    pool->refused = true;
    dial(pool);
}

/* What was taken already; false: there is nothing. */
static bool go_on(struct slot *slot)
{
    struct maria_wait *again = &slot->pool->again;
    struct db_op *op = maria_wait_take(again);

    if (op == NULL)
        return false;
    again->count -= maria_gather(op, &again->ops);
    slot->pool->start(slot, op);
    return true;
}

/* Another operation, or it is idle. */
static void use_again(struct slot *slot)
{
    struct pool *pool = slot->pool;

    slot->then = NULL;
    slot_move(slot, SLOT_IDLE);
    if (go_on(slot))
        return;
    pool->fresh = slot;
    room(pool);
    pool->fresh = NULL;
}

void pool_resume(struct pool *pool)
{
    struct slot *slot;

    while (pool->again.count > 0 && (slot = pool_lend(pool)) != NULL)
        go_on(slot);
}

static uint64_t clean_until(struct slot *slot)
{
    slot->then = pool_release;
    slot_move(slot, SLOT_CLEAN);
    return clock_monotonic() + CLEAN_S * NS_PER_S;
}

/* More than the worker's share: beside those that hang on a host that is passed by it has a
 * full one on others. */
static bool is_surplus(const struct slot *slot)
{
    const struct pool *pool = slot->pool;

    return open_of(pool) >
               share_of(pool) && /* seldom: the look at each of them comes after it */
           (maria_hosts_is_shunned(&pool_db(pool)->hosts, slot->host) ||
            usable_of(pool) > share_of(pool));
}

void pool_release(struct slot *slot)
{
    struct pool *pool = slot->pool;
    struct maria_conn *conn = slot->conn;
    uint64_t now = loop_now(pool->loop), stale = STALE_S * NS_PER_S;
    bool bad = conn->state == CONN_CLOSED || is_surplus(slot);

    if (slot->use == SLOT_CLEAN) {
        bad |= !conn->answer.ok;
        conn->dirty = false;
    }
    if (!bad && now > stale)
        bad = !db_prepared_drop_stale(&conn->prepared, now - stale);
    if (bad)
        pool_replace(slot);
    else if (conn->dirty)
        maria_conn_say(conn, "ROLLBACK", clean_until(slot));
    else
        use_again(slot);
}

static void bury_all(struct pool *pool)
{
    struct slot *slot;

    while ((slot = TAILQ_FIRST(&pool->slots[SLOT_CLOSED])) != NULL) {
        /* The one before is off the list. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        remove_slot(slot);
        maria_hosts_count(&pool_db(pool)->hosts, slot->host, -1);
        maria_conn_free(slot->conn);
        free(slot);
    }
}

static void bury(struct loop_timer *timer)
{
    bury_all(timer->owner);
}

void pool_replace(struct slot *slot)
{
    struct pool *pool = slot->pool;

    maria_conn_close(slot->conn);
    loop_timer_clear(pool->loop, &slot->timer);
    slot_move(slot, SLOT_CLOSED);
    if (!loop_timer_is_set(&pool->burial))
        loop_timer_set(pool->loop, &pool->burial, 0);
    dial(pool);
}

static void drop_idle(struct pool *pool, size_t host)
{
    struct slot *slot = TAILQ_FIRST(&pool->slots[SLOT_IDLE]), *next;

    for (; slot != NULL; slot = next) {
        next = TAILQ_NEXT(slot, link);
        if (slot->host == host)
            pool_replace(slot);
    }
}

void pool_shun(struct pool *pool, size_t host, enum maria_use why, const char *text)
{
    struct maria_db *db = pool_db(pool);

    if (db->place.nhosts == 1)
        return;
    if (maria_hosts_shun(&db->hosts, host, why, text)) {
        const struct maria_host *shunned = &db->place.hosts[host];
        CLEANUP(mem_freep)
        char *news = mem_format("the database host %s:%u is passed by: %s", shunned->name,
                                shunned->port, text);
        maria_tell(db, false, news);
    }
    if (maria_hosts_is_left(&db->hosts, host))
        drop_idle(pool, host);
}

void slot_pass_by(struct slot *slot)
{
    const struct maria_answer *answer = &slot->conn->answer;

    if (answer->effect == EFFECT_READ_ONLY)
        pool_shun(slot->pool, slot->host, MARIA_READ_ONLY, answer->err.text);
    else if (answer->effect == EFFECT_ASIDE || answer->effect == EFFECT_CUT)
        pool_shun(slot->pool, slot->host, MARIA_CUT_OFF, answer->err.text);
}

/* ---- every second ---- */

/* How each host is: one that is used by any worker of the process; told by the first. */
static void gauge_hosts(const struct pool *pool)
{
    static const char *const words[MARIA_USES] = {MARIA_USE_WORDS};
    struct maria_db *db = pool_db(pool);

    for (size_t i = 0; pool->base.index == 0 && i < db->place.nhosts; i++) {
        const struct maria_host *host = &db->place.hosts[i];
        enum maria_use now = maria_hosts_use(&db->hosts, i);
        CLEANUP(mem_freep)
        char *name = host->name ? mem_format("%s:%u", host->name, host->port)
                                : mem_text(db->place.socket);
        for (int use = 0; use < MARIA_USES; use++) {
            struct metric_label labels[] = {{"host", name}, {"state", words[use]}};
            metric_record(METRIC_GAUGE, "tc_db_host", labels, 2, use == (int)now);
        }
    }
}

static void gauge(const struct pool *pool, const char *name, size_t value)
{
    char number[12];
    struct metric_label label = {"worker", number};

    snprintf(number, sizeof number, "%zu", pool->base.index);
    metric_record(METRIC_GAUGE, name, &label, 1, (double)value);
}

/* The one that nobody has needed for longest. */
static void probe(struct pool *pool)
{
    struct slot *oldest = TAILQ_LAST(&pool->slots[SLOT_IDLE], slot_list);

    if (oldest != NULL && loop_now(pool->loop) - oldest->since >= PROBE_S * NS_PER_S)
        maria_conn_ping(oldest->conn, clean_until(oldest));
}

static void tick(struct loop_timer *timer)
{
    struct pool *pool = timer->owner;
    bool first = pool_enter(pool);

    loop_timer_set(pool->loop, timer, loop_now(pool->loop) + NS_PER_S);
    probe(pool);
    dial(pool);
    gauge(pool, "tc_db_connections", open_of(pool));
    gauge(pool, "tc_db_idle", pool->counts[SLOT_IDLE]);
    gauge_hosts(pool);
    pool_leave(pool, first, true);
}

/* ---- life ---- */

void pool_open(struct pool *pool, struct db *db, struct loop *loop)
{
    int before = __atomic_fetch_add(&maria_of(db)->attached, 1, __ATOMIC_RELAXED);

    pool->base.db = db;
    pool->loop = loop;
    pool->base.index = (size_t)before;
    for (int use = 0; use < SLOT_USES; use++)
        TAILQ_INIT(&pool->slots[use]);
    db_ends_init(&pool->ends, loop);
    maria_wait_init(&pool->again, loop, &pool->ends);
    pool->burial = (struct loop_timer){.fire = bury, .owner = pool};
    pool->tick = (struct loop_timer){.fire = tick, .owner = pool};
    loop_timer_set(loop, &pool->tick, clock_monotonic());
    pool->dialler.made = made;
    pool->dialler.failed = failed;
    pool->dialler.over = dial_again;
    maria_dialler_init(&pool->dialler, maria_of(db), loop);
    dial(pool);
}

void pool_close(struct pool *pool)
{
    maria_dialler_stop(&pool->dialler);
    loop_timer_clear(pool->loop, &pool->burial);
    loop_timer_clear(pool->loop, &pool->tick);
    bury_all(pool);
    db_ends_post(&pool->ends);
    __atomic_fetch_sub(&pool_db(pool)->attached, 1, __ATOMIC_RELAXED);
}
