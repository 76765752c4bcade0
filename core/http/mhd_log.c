/*
 * Refusals that no callback tells of are learnt from libmicrohttpd's log, by the beginnings of
 * its lines: those of 0.9.75 and of 1.0.  Over a head its own answer has two heads, or is
 * missing; so we give one, and close the way for its.
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

/* The connection whose head libmicrohttpd refuses at this moment: the only one whose head has
 * come as a whole, without having been handed to us.  NULL: it refuses another part of a
 * message.  Anybody can cause it, so idle connections and bodies are not looked at. */
static struct conn *find_refused(const struct http_server *server)
{
    struct exchange *exchange;

    LIST_FOREACH(exchange, &server->heads, entry)
        if (MHD_get_connection_info(exchange->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE))
            return exchange->conn;
    return NULL;
}

static const char *why_refused(struct MHD_Connection *mhd, int status)
{
    if (status != 400)
        return status == 413 ? "a body far too large" : "a head too large";
    return MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Host")
               ? "a Content-Length that is no number"
               : "a request without a Host";
}

static void refused_by_itself(struct http_server *server, int status)
{
    struct conn *conn = find_refused(server);

    if (!conn) {
        /* 1.0 closes over an endless chunk extension when it is run again, and does not say so.
         */
        server->is_due = true;
        refusal_tell(server, status, "libmicrohttpd refused it by itself");
        return;
    }
    if (conn->is_cut)
        return; /* it complains of its second fault */
    const char *why = why_refused(conn->exchange->mhd, status);
    refusal_tell(server, status, why);
    refusal_answer(conn->fd, status, why);
    conn_cut(conn);
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
