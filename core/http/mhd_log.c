/*
 * Refusals that no callback tells of are learnt from libmicrohttpd's log, by the beginnings of
 * its lines: those of 0.9.75 and of 1.0.  Its own answer is a page of its own, over some heads
 * with two heads or missing; so we give one, and close the way for its.
 *
 * The log does not say whom a line is about.  Where that cannot be told at once, all who may be
 * meant are suspended, which keeps its answer from being sent, and looked at when it has done
 * its turn: the one with an answer that nobody gave is the one.
 */
#include "http/mhd_log.h"

#include "http/conn.h"
#include "http/exchange.h"
#include "http/refusal.h"

#include <stdio.h>
#include <string.h>

/* Is the message the beginning of a refusal that a second one tells of, about a client that
 * left, or about an option of TCP that a Unix socket has not? */
static bool is_noise(const char *text)
{
    static const char *const beginnings[] = {
        "Received HTTP/1.1 request without",
        "Too large value of",
        "Failed to parse `Content-Length'",
        "Failed to parse 'Content-Length'",
        "Not enough memory in",
        "Failed to allocate memory in the connection memory pool",
        "The request line is malformed",
        "The NUL character is in the request line",
        "Connection was closed by remote",
        "Socket has been disconnected",
        "Connection socket is closed",
        "Failed to send",
        "Setting TCP_",
        "Failed to push the data",
    };

    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (strncmp(text, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}

/* The request whose head libmicrohttpd refuses at this moment: the only one whose head has come
 * as a whole, without having been handed to us.  NULL: it refuses another part of a message. */
static struct exchange *find_refused(const struct http_server *server)
{
    struct exchange *exchange;

    LIST_FOREACH(exchange, &server->heads, entry)
        if (MHD_get_connection_info(exchange->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE))
            return exchange;
    return NULL;
}

static const char *why_refused(const struct exchange *exchange, int status)
{
    if (status != 400)
        return status == 413 ? "a body far too large" : "a head too large";
    return MHD_lookup_connection_value(exchange->mhd, MHD_HEADER_KIND, "Host")
               ? "a Content-Length that is no number"
               : "a request without a Host";
}

static void refuse(struct conn *conn, int status, const char *why)
{
    refusal_tell(conn->server, status, why);
    refusal_answer(conn->fd, status, why);
    conn_cut(conn);
}

/* ---- suspects ---- */

/* One that it has closed in this turn lies in a list of its own, and must not be suspended.
 * Anybody can cause it, so no more are suspended than that: those in the middle of a
 * request, then of the others those that came last. */
enum { SUSPECTS = 32 };

static const char *why_suspect_refused(const struct conn *conn, int status)
{
    if (!conn->exchange)
        return status == 414 ? "a target too long" : "a request line that is none";
    if (conn->phase == CONN_BODY)
        return status == 400 ? "a chunk or a trailer that is none" : "a chunk far too large";
    return status == 400 ? "a line of the head that is no header" : "a head too large";
}

static void suspend(struct conn *conn, unsigned *left)
{
    if (!*left || conn->is_suspect || !conn_is_open(conn))
        return;
    --*left;
    conn->is_suspect = true;
    LIST_INSERT_HEAD(&conn->server->suspects, conn, suspect);
    MHD_suspend_connection(conn->mhd);
}

static void suspend_all(struct http_server *server)
{
    unsigned left = SUSPECTS;
    struct exchange *exchange;
    struct conn *conn;

    LIST_FOREACH(exchange, &server->heads, entry)
        suspend(exchange->conn, &left);
    LIST_FOREACH(conn, &server->uploads, upload)
        if (http_header(&conn->exchange->request, "Transfer-Encoding"))
            suspend(conn, &left);
    for (conn = LIST_FIRST(&server->conns); conn && left; conn = LIST_NEXT(conn, entry))
        if (conn->mhd && !conn->exchange)
            suspend(conn, &left);
}

/* Says whether it was the one. */
static bool release(struct conn *conn)
{
    const union MHD_ConnectionInfo *answer =
        MHD_get_connection_info(conn->mhd, MHD_CONNECTION_INFO_HTTP_STATUS);

    if (answer) {
        int status = (int)answer->http_status;
        refuse(conn, status, why_suspect_refused(conn, status));
    }
    LIST_REMOVE(conn, suspect);
    conn->is_suspect = false;
    MHD_resume_connection(conn->mhd);
    return answer;
}

void mhd_log_settle(struct http_server *server)
{
    bool found = false;

    if (!server->untold)
        return;
    while (!LIST_EMPTY(&server->suspects))
        found |= release(LIST_FIRST(&server->suspects));
    if (!found)
        refusal_tell(server, server->untold, "libmicrohttpd refused it by itself");
    server->untold = 0;
    /* For those that go on.  And 1.0 closes over an endless chunk extension when it is run
     * again, and does not say so. */
    server->is_due = true;
}

/* ---- its log ---- */

static void refused_by_itself(struct http_server *server, int status)
{
    struct exchange *exchange = find_refused(server);

    if (!exchange) {
        server->untold = status;
        suspend_all(server);
    } else if (!exchange->conn->is_cut) { /* it may complain of a second fault */
        refuse(exchange->conn, status, why_refused(exchange, status));
    }
}

void mhd_log(void *cls, const char *format, va_list arguments)
{
    static const char refusing[] = "Error processing request";
    struct http_server *server = cls;
    char text[256];

    if (server->is_quiet) {
        server->is_quiet = false;
        return;
    }
    if (strncmp(format, refusing, sizeof refusing - 1) == 0) {
        refused_by_itself(server, (int)va_arg(arguments, unsigned));
        return;
    }
    vsnprintf(text, sizeof text, format, arguments); /* which may be "%s" */
    if (is_noise(text))
        return;
    text[strcspn(text, "\r\n")] = '\0';
    refusal_tell(server, 0, text);
}
