/* See budget.h. */
#include "http/budget.h"

#include "base/mem.h"
#include "http/exchange.h"
#include "http/refusal.h"

#include <stdatomic.h>
#include <stdlib.h>

/* So much is made room for at once: to look for the slowest costs a call for each reader. */
enum { RELIEF = 8 /* of a share: one part in so many */ };

struct http_budget {
    atomic_size_t held;
    size_t limit, share;
};

struct http_budget *http_budget_new(size_t limit, unsigned shares)
{
    struct http_budget *budget = mem_new(1, sizeof *budget);

    budget->limit = limit;
    budget->share = limit / (shares ? shares : 1);
    return budget;
}

void http_budget_free(struct http_budget *budget)
{
    free(budget);
}

void budget_owe(struct exchange *exchange, size_t bytes)
{
    struct http_server *server = exchange->conn->server;
    size_t more = bytes - exchange->held; /* less, where it wraps around */

    if (more == 0)
        return; /* the workers share what follows */
    exchange->held = bytes;
    server->held += more;
    if (server->budget)
        server->budget->held += more;
}

bool budget_hold(struct exchange *exchange, size_t bytes)
{
    const struct http_budget *budget = exchange->conn->server->budget;

    if (budget && bytes > exchange->held &&
        budget->held + (bytes - exchange->held) > budget->limit)
        return false;
    budget_owe(exchange, bytes);
    return true;
}

/* ---- relief ---- */

struct reader {
    struct exchange *exchange;
    uint64_t pace;
};

static int by_pace(const void *a, const void *b)
{
    const struct reader *left = a, *right = b;

    return (left->pace > right->pace) - (left->pace < right->pace);
}

/* Those for whom anything is held and who are taking it, the slowest first. */
static struct reader *find_readers(struct http_server *server, size_t *ret_count)
{
    struct reader *readers = mem_new(server->count + 1, sizeof *readers);
    size_t found = 0;
    struct conn *conn;

    LIST_FOREACH(conn, &server->conns, entry)
        if (conn->phase == CONN_SENDING && !conn->is_cut && conn->exchange &&
            conn->exchange->held)
            readers[found++] = (struct reader){conn->exchange, conn_pace(conn)};
    qsort(readers, found, sizeof *readers, by_pace);
    *ret_count = found;
    return readers;
}

void budget_relieve(struct http_server *server)
{
    const struct http_budget *budget = server->budget;
    size_t readers_count;

    if (!budget || budget->held <= budget->limit || server->held <= budget->share)
        return;
    struct reader *readers = find_readers(server, &readers_count);
    for (size_t i = 0; i < readers_count; i++) {
        if (server->held <= budget->share - budget->share / RELIEF)
            break;
        refusal_tell(server, 0, "an answer taken slower than others while memory was short");
        conn_cut(readers[i].exchange->conn);
        budget_owe(readers[i].exchange, 0);
    }
    free(readers);
}
