/*
 * A mail server that takes every letter and forgets it: what letters are measured against.
 *
 *     sink_smtp [DELAY_MS]      says `listening on smtp://127.0.0.1:PORT`
 *
 * On SIGTERM it prints one line and ends:
 *     letters N seconds S first-to-last
 *
 * One thread, epoll, no pipelining: like the servers out there it answers a line at a time.
 * With a delay it answers the end of each letter that much later, as a server far away would.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN = 64 * 1024, CLIENTS = 1024, NONE = -1, EVENTS = 64 };

struct client {
    int fd;      /* 0: a free place */
    int in_data; /* the letter is coming */
    size_t len;
    double answer_at; /* 0: nothing is owed */
    char in[IN];
};

static struct client *clients[CLIENTS];
static double delay;
static long letters;
static double first, last;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    fprintf(stderr, "sink_smtp: %s: %s\n", what, strerror(errno));
    _exit(1);
}

static void say(struct client *client, const char *text)
{
    ssize_t sent = write(client->fd, text, strlen(text));
    (void)sent; /* who is gone is found out by reading */
}

static void drop(struct client *client)
{
    clients[client->fd % CLIENTS] = NULL;
    close(client->fd);
    free(client);
}

static void taken(struct client *client)
{
    last = now();
    first = letters++ == 0 ? last : first;
    client->answer_at = 0;
    say(client, "250 2.0.0 taken\r\n");
}

static int starts(const char *line, const char *word)
{
    return strncasecmp(line, word, strlen(word)) == 0;
}

/* false: it said good-bye. */
static int command(struct client *client, const char *line)
{
    if (starts(line, "EHLO")) {
        say(client, "250-sink\r\n250-SIZE 10000000\r\n250 8BITMIME\r\n");
    } else if (starts(line, "DATA")) {
        client->in_data = 1;
        say(client, "354 go ahead\r\n");
    } else if (starts(line, "QUIT")) {
        say(client, "221 bye\r\n");
        return 0;
    } else {
        say(client, "250 fine\r\n");
    }
    return 1;
}

/* Everything up to the dot that stands alone; 0 when it has not come yet. */
static size_t letter_end(const struct client *client)
{
    const char *end = memmem(client->in, client->len, "\r\n.\r\n", 5);
    return end ? (size_t)(end - client->in) + 5 : 0;
}

static size_t line_end(const struct client *client)
{
    const char *end = memchr(client->in, '\n', client->len);
    return end ? (size_t)(end - client->in) + 1 : 0;
}

/* One line or letter from what has come; 0: more is needed, NONE: it is over. */
static int step(struct client *client)
{
    size_t used = client->in_data ? letter_end(client) : line_end(client);
    if (used == 0 || client->answer_at > 0)
        return 0;
    if (client->in_data) {
        client->in_data = 0;
        client->answer_at = now() + delay;
        if (delay <= 0)
            taken(client);
    } else {
        client->in[used - 1] = '\0';
        if (!command(client, client->in))
            return NONE;
    }
    memmove(client->in, client->in + used, client->len - used);
    client->len -= used;
    return 1;
}

static void serve(struct client *client)
{
    ssize_t got = read(client->fd, client->in + client->len, IN - client->len);
    if (got <= 0) {
        drop(client);
        return;
    }
    client->len += (size_t)got;
    int more;
    while ((more = step(client)) > 0)
        ;
    if (more == NONE || client->len == IN)
        drop(client);
}

static void welcome(int epoll, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    struct client *client = fd < 0 ? NULL : calloc(1, sizeof *client);
    if (!client || clients[fd % CLIENTS])
        fail("accept");
    client->fd = fd;
    clients[fd % CLIENTS] = client;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        fail("epoll_ctl");
    say(client, "220 sink\r\n");
}

static void pay_debts(void)
{
    double moment = now();
    for (int i = 0; i < CLIENTS; i++)
        if (clients[i] && clients[i]->answer_at > 0 && clients[i]->answer_at <= moment)
            taken(clients[i]);
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 128) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        fail("listen");
    printf("listening on smtp://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static int watch_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
    delay = argc > 1 ? strtod(argv[1], NULL) / 1e3 : 0;
    int signals = watch_signals(), listener = listen_somewhere(), epoll = epoll_create1(0);
    struct epoll_event events[EVENTS], a = {.events = EPOLLIN, .data.fd = signals},
                                       b = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, signals, &a);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &b);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, delay > 0 ? 1 : -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == signals) {
                printf("letters %ld seconds %.3f\n", letters, last - first);
                return 0;
            }
            if (fd == listener)
                welcome(epoll, listener);
            else
                serve(clients[fd % CLIENTS]);
        }
        if (delay > 0)
            pay_debts();
    }
}
