/*
 * Shared spaces: a hash table of entries, a heap of those that end, and a list of all in the
 * order of writing.
 *
 * Every entry is in the table and in the list; one with a time to live is also in the heap,
 * soonest end first.  So the entry to evict is at hand: the heap's first, else the list's.
 * Keys come from strangers (addresses), so that the hash is keyed (SipHash): nobody can choose
 * keys that fall into one chain.
 *
 * Owner:  a space owns its entries; spaces live as long as the process.
 * Thread: any; one lock a space, and one for the list of spaces.
 */
#include "base/shared.h"

#include "base/clock.h"
#include "base/heap.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"

#include <pthread.h>
#include <sodium/crypto_shorthash.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum { FIRST_CHAINS = 16, SWEEP = 2 };

struct entry {
    LIST_ENTRY(entry) chain;
    TAILQ_ENTRY(entry) link;
    uint64_t hash;
    struct heap_node end; /* clock_monotonic(); in no heap where it has none */
    struct shared_value value;
    size_t key_len;
    char key[];
};

LIST_HEAD(chain, entry);

struct shared_space {
    char *name;
    pthread_mutex_t lock;
    size_t max, count;
    struct chain *chains;
    size_t nchains;              /* a power of two, or 0 */
    TAILQ_HEAD(, entry) entries; /* the one written last at the end */
    struct heap ends;
};

static pthread_mutex_t spaces_lock = PTHREAD_MUTEX_INITIALIZER;
static struct shared_space *spaces[LIMIT_SHARED_SPACES];
static size_t space_count;
static unsigned char hash_key[crypto_shorthash_KEYBYTES]; /* made with the first space */

/* ---- ends ---- */

/* The entry that ends first; NULL where none does. */
static struct entry *first_to_end(const struct shared_space *space)
{
    struct heap_node *first = heap_first(&space->ends);

    return first ? CONTAINER(first, struct entry, end) : NULL;
}

/* Ends the entry after ttl_s, or never where that is 0. */
static void set_end(struct shared_space *space, struct entry *entry, double ttl_s)
{
    heap_remove(&space->ends, &entry->end);
    if (!(ttl_s > 0))
        return;
    if (ttl_s > LIMIT_SHARED_TTL_S)
        ttl_s = LIMIT_SHARED_TTL_S;
    heap_set(&space->ends, &entry->end,
             clock_monotonic() + (uint64_t)(ttl_s * (double)NS_PER_S));
}

/* ---- the table ---- */

static uint64_t hash_of(struct slice key)
{
    unsigned char out[crypto_shorthash_BYTES];
    uint64_t hash;

    _Static_assert(sizeof out == sizeof hash, "SipHash-2-4 has 64 bits");
    crypto_shorthash(out, (const unsigned char *)key.data, key.len, hash_key);
    memcpy(&hash, out, sizeof hash);
    return hash;
}

static struct chain *chain_of(const struct shared_space *space, uint64_t hash)
{
    return &space->chains[hash & (space->nchains - 1)];
}

static void grow(struct shared_space *space)
{
    struct entry *entry;

    free(space->chains);
    space->nchains = space->nchains ? space->nchains * 2 : FIRST_CHAINS;
    space->chains = mem_new(space->nchains, sizeof *space->chains); /* zeroed: empty lists */
    TAILQ_FOREACH(entry, &space->entries, link)
        LIST_INSERT_HEAD(chain_of(space, entry->hash), entry, chain);
}

static void drop(struct shared_space *space, struct entry *entry)
{
    LIST_REMOVE(entry, chain);
    TAILQ_REMOVE(&space->entries, entry, link);
    heap_remove(&space->ends, &entry->end);
    space->count--;
    buf_done(&entry->value.bytes);
    free(entry);
}

/* The entry of that key; one that has ended is dropped on the way. */
static struct entry *find(struct shared_space *space, struct slice key)
{
    if (!space->count)
        return NULL;
    uint64_t hash = hash_of(key);
    struct entry *entry;
    LIST_FOREACH(entry, chain_of(space, hash), chain)
        if (entry->hash == hash && entry->key_len == key.len &&
            (key.len == 0 || memcmp(entry->key, key.data, key.len) == 0))
            break;
    if (!entry || !entry->end.place || entry->end.due > clock_monotonic())
        return entry;
    drop(space, entry);
    return NULL;
}

static void make_room(struct shared_space *space, size_t most)
{
    uint64_t now = clock_monotonic();
    struct entry *first;

    /* A few of those that have ended go with every new key, so that they do not pile up. */
    for (int i = 0; i < SWEEP && (first = first_to_end(space)) && first->end.due <= now; i++)
        drop(space, first);
    while (space->count > most)
        drop(space, (first = first_to_end(space)) ? first : TAILQ_FIRST(&space->entries));
}

static struct entry *make(struct shared_space *space, struct slice key)
{
    make_room(space, space->max - 1);
    if (space->count >= space->nchains)
        grow(space);
    struct entry *entry = mem_new(1, sizeof *entry + key.len);
    if (key.len)
        memcpy(entry->key, key.data, key.len);
    entry->key_len = key.len;
    entry->hash = hash_of(key);
    LIST_INSERT_HEAD(chain_of(space, entry->hash), entry, chain);
    TAILQ_INSERT_TAIL(&space->entries, entry, link);
    space->count++;
    return entry;
}

/* The entry of that key, as the one written last; *ret_fresh where it had to be made. */
static struct entry *find_to_write(struct shared_space *space, struct slice key,
                                   bool *ret_fresh)
{
    struct entry *entry = find(space, key);

    *ret_fresh = !entry;
    if (!entry)
        return make(space, key);
    TAILQ_REMOVE(&space->entries, entry, link);
    TAILQ_INSERT_TAIL(&space->entries, entry, link);
    return entry;
}

/* ---- spaces ---- */

static struct shared_space *find_space(const char *name)
{
    for (size_t i = 0; i < space_count; i++)
        if (strcmp(spaces[i]->name, name) == 0)
            return spaces[i];
    return NULL;
}

static struct shared_space *add_space(const char *name, size_t max_keys)
{
    struct shared_space *space = mem_new(1, sizeof *space);

    if (space_count == 0)
        random_bytes(hash_key, sizeof hash_key);
    space->name = mem_text(name);
    space->max = max_keys;
    TAILQ_INIT(&space->entries);
    pthread_mutex_init(&space->lock, NULL);
    spaces[space_count++] = space;
    return space;
}

bool shared_space(const char *name, size_t max_keys, struct shared_space **ret, struct err *err)
{
    if (max_keys == 0)
        return err_set(err, ERR_INPUT, "the shared space '%s' must hold at least one key",
                       name);
    pthread_mutex_lock(&spaces_lock);
    struct shared_space *space = find_space(name);
    if (!space && space_count < LIMIT_SHARED_SPACES)
        space = add_space(name, max_keys);
    pthread_mutex_unlock(&spaces_lock);
    if (!space)
        return err_set(err, ERR_LIMIT, "no shared space '%s': there are %d already", name,
                       LIMIT_SHARED_SPACES);
    *ret = space;
    return true;
}

void shared_bound(struct shared_space *space, size_t max_keys)
{
    pthread_mutex_lock(&space->lock);
    space->max = max_keys;
    make_room(space, max_keys);
    pthread_mutex_unlock(&space->lock);
}

/* ---- values ---- */

static struct shared_value copy_of(const struct shared_value *value)
{
    struct shared_value copy = *value;

    copy.bytes = (struct buf){0};
    if (value->type == SHARED_BYTES)
        buf_add(&copy.bytes, value->bytes.data, value->bytes.len);
    return copy;
}

static bool check(struct slice key, size_t bytes, double ttl_s, struct err *err)
{
    if (key.len > LIMIT_SHARED_KEY)
        return err_set(err, ERR_LIMIT, "a shared key has at most %d bytes, not %zu",
                       LIMIT_SHARED_KEY, key.len);
    if (bytes > LIMIT_SHARED_VALUE)
        return err_set(err, ERR_LIMIT, "a shared value has at most %d bytes, not %zu",
                       LIMIT_SHARED_VALUE, bytes);
    if (!(ttl_s >= 0))
        return err_set(err, ERR_INPUT, "a time to live is 0 or more seconds");
    return true;
}

void shared_get(struct shared_space *space, struct slice key, struct shared_value *ret)
{
    struct buf bytes = ret->bytes;

    buf_clear(&bytes);
    pthread_mutex_lock(&space->lock);
    const struct entry *entry = find(space, key);
    *ret = entry ? entry->value : (struct shared_value){.type = SHARED_NONE};
    ret->bytes = bytes;
    if (ret->type == SHARED_BYTES)
        buf_add(&ret->bytes, entry->value.bytes.data, entry->value.bytes.len);
    pthread_mutex_unlock(&space->lock);
}

bool shared_set(struct shared_space *space, struct slice key, const struct shared_value *value,
                double ttl_s, struct err *err)
{
    bool fresh;

    if (!check(key, value->type == SHARED_BYTES ? value->bytes.len : 0, ttl_s, err))
        return false;
    if (value->type == SHARED_NONE) {
        shared_delete(space, key);
        return true;
    }
    struct shared_value copy = copy_of(value); /* not under the lock */
    pthread_mutex_lock(&space->lock);
    struct entry *entry = find_to_write(space, key, &fresh);
    buf_done(&entry->value.bytes);
    entry->value = copy;
    set_end(space, entry, ttl_s);
    pthread_mutex_unlock(&space->lock);
    return true;
}

/* Under the lock. */
static bool add(struct shared_space *space, struct slice key, int64_t by, double ttl_s,
                int64_t *ret, struct err *err)
{
    bool fresh;
    int64_t sum;
    const struct entry *there = find(space, key);

    if (there && there->value.type != SHARED_INTEGER)
        return err_set(err, ERR_STATE, "only an integer can be added to");
    if (__builtin_add_overflow(there ? there->value.integer : 0, by, &sum))
        return err_set(err, ERR_LIMIT, "the sum is too large for an integer");
    struct entry *entry = find_to_write(space, key, &fresh);
    entry->value = (struct shared_value){.type = SHARED_INTEGER, .integer = sum};
    if (fresh)
        set_end(space, entry, ttl_s);
    *ret = sum;
    return true;
}

bool shared_incr(struct shared_space *space, struct slice key, int64_t by, double ttl_s,
                 int64_t *ret, struct err *err)
{
    if (!check(key, 0, ttl_s, err))
        return false;
    pthread_mutex_lock(&space->lock);
    bool good = add(space, key, by, ttl_s, ret, err);
    pthread_mutex_unlock(&space->lock);
    return good;
}

void shared_delete(struct shared_space *space, struct slice key)
{
    pthread_mutex_lock(&space->lock);
    struct entry *entry = find(space, key);
    if (entry)
        drop(space, entry);
    pthread_mutex_unlock(&space->lock);
}

void shared_each(struct shared_space *space,
                 void (*tell)(void *owner, struct slice key, const struct shared_value *value),
                 void *owner)
{
    const struct entry *entry;
    uint64_t now = clock_monotonic();

    pthread_mutex_lock(&space->lock);
    TAILQ_FOREACH(entry, &space->entries, link)
        if (!entry->end.place || entry->end.due > now)
            tell(owner, (struct slice){entry->key, entry->key_len}, &entry->value);
    pthread_mutex_unlock(&space->lock);
}
