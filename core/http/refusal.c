/* See refusal.h. */
#include "http/refusal.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

void refusal_tell(struct http_server *server, int status, const char *why)
{
    server->hooks.refused(server->hooks.owner, status, why);
}

/* What lies unread when a socket is closed makes its end a reset, which overtakes the answer.
 */
static void drain(int fd)
{
    char bytes[4096];

    for (int i = 0; i < 16; i++)
        if (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) <= 0)
            return;
}

void refusal_answer(int fd, int status, const char *why)
{
    char text[512];

    drain(fd);
    int len = snprintf(text, sizeof text,
                       "HTTP/1.1 %d %s\r\n"
                       "Connection: close\r\n"
                       "Content-Type: text/plain; charset=utf-8\r\n"
                       "X-Content-Type-Options: nosniff\r\n"
                       "%s"
                       "Content-Length: %zu\r\n\r\n"
                       "%s\n",
                       status, MHD_get_reason_phrase_for((unsigned)status),
                       status == 429 ? "Retry-After: 5\r\n" : "", strlen(why) + 1, why);

    (void)send(fd, text, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
}
