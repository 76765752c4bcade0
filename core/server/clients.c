/* See clients.h. */
#include "server/clients.h"

#include "base/limits.h"

#include <sys/resource.h>

static unsigned connections_each(unsigned workers)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 256;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    rlim_t usable = limit.rlim_cur > 2 * LIMIT_DESCRIPTORS_SPARE
                        ? limit.rlim_cur - LIMIT_DESCRIPTORS_SPARE
                        : limit.rlim_cur / 2;
    rlim_t each = usable / (rlim_t)workers;
    return each < LIMIT_CONNECTIONS ? (unsigned)each : LIMIT_CONNECTIONS;
}

/* No client has more than half of all connections, whatever it was allowed. */
static struct http_tally *tally_of(const struct options *options, unsigned all)
{
    unsigned limit = (unsigned)options->client_connections;
    return limit > 0 ? http_tally_new(limit < all / 2 ? limit : all / 2) : NULL;
}

void clients_open(struct clients *clients, const struct options *options, unsigned workers)
{
    struct err err; /* each was read before, with the options */
    for (size_t i = 0; i < options->trusted_proxy.count; i++)
        http_proxies_add(&clients->proxies, options->trusted_proxy.items[i], &err);
    clients->proxies.header = options->client_header;
    clients->each = connections_each(workers);
    clients->tally = tally_of(options, clients->each * workers);
    clients->budget = http_budget_new(options->limit_buffered, workers);
}

void clients_close(struct clients *clients)
{
    http_budget_free(clients->budget);
    http_tally_free(clients->tally);
    http_proxies_done(&clients->proxies);
}
