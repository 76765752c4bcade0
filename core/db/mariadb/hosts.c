/*
 * The walk over the hosts; see the header.  The client's own list is not used: it does not go
 * on behind a host that hangs.
 */
#include "db/mariadb/hosts.h"

#include "base/clock.h"
#include "db/mariadb/connect.h"

#include <stdio.h>

void maria_hosts_init(struct maria_hosts *hosts, const struct maria_place *place)
{
    *hosts = (struct maria_hosts){.place = place};
    pthread_mutex_init(&hosts->lock, NULL);
}

void maria_hosts_done(struct maria_hosts *hosts)
{
    pthread_mutex_destroy(&hosts->lock);
}

/* The lock is held. */
static void note(struct maria_host_state *state, enum maria_use found, const char *why)
{
    __atomic_store_n(&state->found, found, __ATOMIC_RELAXED);
    snprintf(state->why, sizeof state->why, "%s", why);
}

bool maria_hosts_shun(struct maria_hosts *hosts, size_t host, enum maria_use why,
                      const char *text)
{
    struct maria_host_state *state = &hosts->states[host];
    uint64_t now = clock_monotonic();

    pthread_mutex_lock(&hosts->lock);
    bool fresh = state->until <= now;
    __atomic_store_n(&state->until, now + MARIA_SHUN_S * NS_PER_S, __ATOMIC_RELAXED);
    note(state, why, text);
    if (hosts->first == host)
        hosts->first = (host + 1) % hosts->place->nhosts;
    pthread_mutex_unlock(&hosts->lock);
    return fresh;
}

bool maria_hosts_is_shunned(const struct maria_hosts *hosts, size_t host)
{
    uint64_t until = __atomic_load_n(&hosts->states[host].until, __ATOMIC_RELAXED);

    return until != 0 && until > clock_monotonic();
}

bool maria_hosts_is_left(const struct maria_hosts *hosts, size_t host)
{
    return maria_hosts_is_shunned(hosts, host) &&
           __atomic_load_n(&hosts->states[host].found, __ATOMIC_RELAXED) != MARIA_READ_ONLY;
}

void maria_hosts_try(struct maria_hosts *hosts, size_t host)
{
    struct maria_found found;
    struct err why;
    MYSQL *my;

    if (!maria_connect(hosts->place, &hosts->place->hosts[host], (struct maria_wants){0}, &my,
                       &found, &why))
        return;
    mysql_close(my);
    __atomic_store_n(&hosts->states[host].heard, clock_monotonic(), __ATOMIC_RELAXED);
}

bool maria_hosts_are_clustered(const struct maria_hosts *hosts)
{
    return __atomic_load_n(&hosts->clustered, __ATOMIC_RELAXED);
}

uint64_t maria_hosts_heard(const struct maria_hosts *hosts, size_t host)
{
    return __atomic_load_n(&hosts->states[host].heard, __ATOMIC_RELAXED);
}

void maria_hosts_count(struct maria_hosts *hosts, size_t host, int more)
{
    __atomic_fetch_add(&hosts->states[host].open, more, __ATOMIC_RELAXED);
}

/* The lock is held. */
static enum maria_use use_of(const struct maria_host_state *state)
{
    bool open = __atomic_load_n(&state->open, __ATOMIC_RELAXED) > 0;

    return open && state->until <= clock_monotonic() ? MARIA_USED : state->found;
}

enum maria_use maria_hosts_use(struct maria_hosts *hosts, size_t host)
{
    pthread_mutex_lock(&hosts->lock);
    enum maria_use use = use_of(&hosts->states[host]);
    pthread_mutex_unlock(&hosts->lock);
    return use;
}

void maria_hosts_describe(struct maria_hosts *hosts, const char *prefix, struct buf *out)
{
    static const char *const words[MARIA_USES] = {MARIA_USE_WORDS};
    const struct maria_place *place = hosts->place;

    pthread_mutex_lock(&hosts->lock);
    for (size_t i = 0; i < place->nhosts; i++) {
        const struct maria_host_state *state = &hosts->states[i];
        enum maria_use use = use_of(state);
        buf_adds(out, prefix);
        if (place->hosts[i].name != NULL)
            buf_addf(out, "%s:%u %s", place->hosts[i].name, place->hosts[i].port, words[use]);
        else
            buf_addf(out, "%s %s", place->socket, words[use]);
        buf_addf(out, use > MARIA_USED ? ": %s\n" : "\n", state->why);
    }
    pthread_mutex_unlock(&hosts->lock);
}

/* The order of a walk. */
static void put_in_order(struct maria_hosts *hosts, size_t *order)
{
    size_t count = hosts->place->nhosts, n = 0;
    uint64_t now = clock_monotonic();

    pthread_mutex_lock(&hosts->lock);
    for (int shunned = 0; shunned < 2; shunned++)
        for (size_t i = 0; i < count; i++) {
            size_t host = (hosts->first + i) % count;
            if ((hosts->states[host].until > now) == (shunned == 1))
                order[n++] = host;
        }
    pthread_mutex_unlock(&hosts->lock);
}

static void answered(struct maria_hosts *hosts, size_t host)
{
    pthread_mutex_lock(&hosts->lock);
    hosts->first = host;
    __atomic_store_n(&hosts->states[host].until, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&hosts->states[host].heard, clock_monotonic(), __ATOMIC_RELAXED);
    note(&hosts->states[host], MARIA_SPARE, "");
    pthread_mutex_unlock(&hosts->lock);
}

/* Adds one host's failure to those before it. */
static void collect(struct err *all, const struct maria_place *place,
                    const struct maria_host *host, const struct err *one)
{
    struct err before = *all;
    bool first = before.text[0] == '\0';
    const char *between = first ? "" : "; ";
    /* One that may come back is the kind of all. */
    enum err_kind kind = first || one->kind == ERR_IO ? one->kind : before.kind;

    if (host->name != NULL)
        err_set(all, kind, "%s%s%s:%u: %s", before.text, between, host->name, host->port,
                one->text);
    else
        err_set(all, kind, "%s: %s", place->socket, one->text);
}

/* Why it is shunned says more than what a walk finds meanwhile. */
static void of_no_use(struct maria_hosts *hosts, size_t host, enum maria_use found,
                      const struct err *why)
{
    pthread_mutex_lock(&hosts->lock);
    if (!maria_hosts_is_shunned(hosts, host))
        note(&hosts->states[host], found, why->text);
    pthread_mutex_unlock(&hosts->lock);
}

struct walk {
    struct maria_wants wants;
    const int *stop;
    bool read_only;     /* one that only reads will do … */
    bool any_read_only; /* … and there is one */
    struct err why;
};

static bool walk(struct maria_hosts *hosts, struct walk *walk, MYSQL **ret_my, size_t *ret_host)
{
    const struct maria_place *place = hosts->place;
    size_t order[MARIA_MAX_HOSTS];

    put_in_order(hosts, order);
    walk->why = (struct err){.kind = ERR_IO};
    for (size_t i = 0; i < place->nhosts; i++) {
        const struct maria_host *host = &place->hosts[order[i]];
        struct maria_found found = {.use = MARIA_UNREACHED};
        struct err one;
        MYSQL *my;
        if (walk->stop != NULL && __atomic_load_n(walk->stop, __ATOMIC_RELAXED))
            break;
        if (maria_connect(place, host, walk->wants, &my, &found, &one)) {
            if (found.use != MARIA_READ_ONLY || walk->read_only) {
                __atomic_store_n(&hosts->clustered, found.clustered, __ATOMIC_RELAXED);
                *ret_my = my;
                *ret_host = order[i];
                return true;
            }
            mysql_close(my);
            walk->any_read_only = true;
            err_set(&one, ERR_IO, "is read-only");
        }
        of_no_use(hosts, order[i], found.use, &one);
        collect(&walk->why, place, host, &one);
    }
    return false;
}

bool maria_hosts_connect(struct maria_hosts *hosts, struct maria_wants wants, const int *stop,
                         MYSQL **ret_my, size_t *ret_host, struct err *err)
{
    struct walk how = {.wants = wants, .stop = stop, .read_only = hosts->place->nhosts == 1};

    bool ok = walk(hosts, &how, ret_my, ret_host);
    if (!ok && how.any_read_only) {
        how.read_only = true;
        ok = walk(hosts, &how, ret_my, ret_host);
    }
    if (ok)
        answered(hosts, *ret_host);
    else if (err != NULL)
        *err = how.why;
    return ok || err_prefix(err, "the database cannot be reached");
}
