/*
 * hold_idle: many clients that ask once and then keep their connection for later.
 *
 *     hold_idle CONNECTIONS PORT
 *
 * Connects to 127.0.0.1, asks each connection for /healthz, says "ready" when all are answered,
 * and holds them until its input ends.  The exit status is 1 when one was not answered, or
 * closed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 25000 /* one address has so many ports for one listener */ };

static int complain(const char *what)
{
    fprintf(stderr, "hold_idle: %s: %s\n", what, errno ? strerror(errno) : "the server closed");
    return 1;
}

static int dial(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Its answer is short and comes in one piece. */
static bool ask(int fd)
{
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char answer[4096];

    return send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1 &&
           recv(fd, answer, sizeof answer, 0) > 0 && strncmp(answer, "HTTP/1.1 200 ", 13) == 0;
}

static bool is_open(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

/* All of them dialled and answered, or false. */
static bool open_all(int *fds, int count, uint16_t port)
{
    for (int i = 0; i < count; i++) {
        fds[i] = dial(port);
        if (fds[i] < 0 || !ask(fds[i]))
            return false;
    }
    return true;
}

static bool are_open(const int *fds, int count)
{
    for (int i = 0; i < count; i++)
        if (!is_open(fds[i]))
            return false;
    return true;
}

int main(int argc, char **argv)
{
    static int fds[MAX_CONNECTIONS];
    struct rlimit limit;
    int count = argc == 3 ? (int)strtol(argv[1], NULL, 10) : 0;

    if (count < 1 || count > MAX_CONNECTIONS) {
        fprintf(stderr, "usage: hold_idle CONNECTIONS PORT\n");
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    errno = 0;
    if (!open_all(fds, count, (uint16_t)strtoul(argv[2], NULL, 10)))
        return complain("asking");
    printf("ready\n");
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    errno = 0;
    return are_open(fds, count) ? 0 : complain("holding");
}
