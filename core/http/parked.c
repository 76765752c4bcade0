/* See parked.h. */
#include "http/parked.h"

#include <sys/epoll.h>

/* Tells the handler, if it is the one who waits. */
static void be_gone(struct exchange *exchange)
{
    const struct http_hooks *hooks = &exchange->conn->server->hooks;

    if (!exchange->is_parked || exchange->request.gone)
        return;
    exchange->request.gone = true;
    hooks->gone(hooks->owner, &exchange->request);
}

static void peer_has_gone(struct loop_watch *watch, uint32_t events)
{
    struct conn *conn = watch->owner;

    (void)events; /* EPOLLRDHUP, EPOLLHUP or EPOLLERR: the same to us */
    conn->is_gone = true;
    if (conn->exchange)
        be_gone(conn->exchange);
}

bool parked_enter(struct exchange *exchange)
{
    exchange->is_parked = true;
    /* If it fails (no memory in the kernel) the handler's deadline still ends the wait. */
    conn_watch(exchange->conn, EPOLLRDHUP | EPOLLET, peer_has_gone);
    if (exchange->conn->is_gone) /* a client that is known to be gone is gone now */
        be_gone(exchange);
    if (!exchange->is_parked)
        return false;
    exchange->is_suspended = true;
    MHD_suspend_connection(exchange->mhd);
    return true;
}

void parked_leave(struct exchange *exchange)
{
    exchange->is_parked = false;
    if (!exchange->is_suspended)
        return;
    exchange->is_suspended = false;
    MHD_resume_connection(exchange->mhd);
    exchange->conn->server->is_due = true;
}
