/* The client's side of the server's specs: connections that speak bytes and hear answers. */
#pragma once

#include "base/buf.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 5000 };

struct client {
    int fd;
    struct buf in;
};

/* Through a socket that takes little by itself. */
static inline struct client dial_narrowly(int port)
{
    struct client client = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port)};
    int small = 4096;

    setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof address), 0);
    return client;
}

static struct client dial(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port)};
    struct client client = {.fd = socket(AF_INET, SOCK_STREAM, 0)};

    assert_true(client.fd >= 0);
    assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof address), 0);
    return client;
}

static void hang_up_client(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    buf_done(&client->in);
}

/* Sends all of it, or as much as the server takes. */
static void say_bytes(struct client *client, const char *data, size_t len)
{
    while (len) {
        ssize_t sent = send(client->fd, data, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        data += sent;
        len -= (size_t)sent;
    }
}

static void say(struct client *client, const char *text)
{
    say_bytes(client, text, strlen(text));
}

/* One more read; false at the end, on a reset, and when patience ends. */
static bool hear(struct client *client)
{
    struct pollfd poll_fd = {.fd = client->fd, .events = POLLIN};
    char data[4096];

    if (poll(&poll_fd, 1, PATIENCE_MS) <= 0)
        fail_msg("the server neither answers nor closes");
    ssize_t got = recv(client->fd, data, sizeof data, 0);
    if (got > 0)
        buf_add(&client->in, data, (size_t)got);
    return got > 0;
}

/* The next answer, head and body in one text to be freed; NULL if the connection ended. */
static char *answer_to(struct client *client, bool head)
{
    char *blank;

    while (!client->in.data || !(blank = strstr(client->in.data, "\r\n\r\n")))
        if (!hear(client))
            return NULL;
    size_t len = (size_t)(blank + 4 - client->in.data);
    const char *length = strstr(client->in.data, "Content-Length: ");
    head = head || strncmp(client->in.data, "HTTP/1.1 304 ", 13) == 0;
    if (length && length < blank && !head)
        len += strtoul(length + 16, NULL, 10);
    while (client->in.len < len)
        if (!hear(client))
            return NULL;
    char *answer = mem_copy(client->in.data, len);
    memmove(client->in.data, client->in.data + len, client->in.len - len + 1);
    client->in.len -= len;
    return answer;
}

static inline void expect_closed(struct client *client)
{
    while (hear(client))
        ;
    hang_up_client(client);
}

/* The next answer begins with that and holds the other (NULL: anything). */
static inline void expect(struct client *client, const char *begins, const char *holds)
{
    CLEANUP(mem_freep) char *answer = answer_to(client, false);

    assert_non_null(answer);
    if (strncmp(answer, begins, strlen(begins)) != 0 || (holds && !strstr(answer, holds)))
        fail_msg("expected '%s … %s', got:\n%s", begins, holds ? holds : "", answer);
}
