/* A table of chains.  See tally.h. */
#include "http/tally.h"

#include "base/mem.h"
#include "base/random.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHAINS = 4096 /* as many as a full server has addresses: short chains */ };

struct count {
    struct count *next;
    struct ip ip;
    unsigned open;
};

struct http_tally {
    pthread_mutex_t lock;
    unsigned limit;
    uint64_t seed; /* nobody can choose addresses that meet in one chain */
    struct count *chains[CHAINS];
};

struct http_tally *http_tally_new(unsigned limit)
{
    struct http_tally *tally = mem_new(1, sizeof *tally);

    tally->limit = limit ? limit : 1;
    random_bytes(&tally->seed, sizeof tally->seed);
    pthread_mutex_init(&tally->lock, NULL);
    return tally;
}

void http_tally_free(struct http_tally *tally)
{
    if (!tally)
        return;
    for (size_t i = 0; i < CHAINS; i++)
        while (tally->chains[i]) {
            struct count *count = tally->chains[i];
            tally->chains[i] = count->next;
            free(count);
        }
    pthread_mutex_destroy(&tally->lock);
    free(tally);
}

static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ value >> 27) * UINT64_C(0x94D049BB133111EB);
    return value ^ value >> 31;
}

/* The link that points to the count of that address, or to the NULL at its chain's end. */
static struct count **find(struct http_tally *tally, const struct ip *ip)
{
    uint64_t halves[2];

    memcpy(halves, ip->bytes, sizeof halves);
    uint64_t hash = mix(mix(tally->seed ^ halves[0]) ^ halves[1]);
    struct count **link = &tally->chains[hash % CHAINS];
    while (*link && memcmp(&(*link)->ip, ip, sizeof *ip) != 0)
        link = &(*link)->next;
    return link;
}

bool http_tally_take(struct http_tally *tally, const struct ip *ip)
{
    struct ip site = ip_site(ip);

    pthread_mutex_lock(&tally->lock);
    struct count **link = find(tally, &site);
    if (!*link) {
        *link = mem_new(1, sizeof **link);
        (*link)->ip = site;
    }
    bool has_room = (*link)->open < tally->limit;
    (*link)->open += has_room;
    pthread_mutex_unlock(&tally->lock);
    return has_room;
}

void http_tally_give(struct http_tally *tally, const struct ip *ip)
{
    struct ip site = ip_site(ip);

    pthread_mutex_lock(&tally->lock);
    struct count **link = find(tally, &site), *count = *link;
    assert(count); /* what is given back was taken */
    if (--count->open == 0) {
        *link = count->next;
        free(count);
    }
    pthread_mutex_unlock(&tally->lock);
}
