/*
 * hammer: clients that never let go, to see what a reload does to them.
 *
 *     hammer [-c CONNECTIONS] [-s SECONDS] [-r RATE] [-u PATH:BYTES]… HOST:PORT PATH…
 *
 * Keeps that many keep-alive connections busy for so long, asking for the paths in turn and
 * posting uploads, which are sent in pieces with pauses so that they stretch over a switch.
 * With -r the requests come at a constant rate (per second, all connections together) and
 * their time counts from when they were due; without it each follows the answer before it.
 *
 * Every answer must parse, be below 500 and say `version=NAME` in its head or body, at least
 * once and always the same name.  Prints one line of JSON; the exit status is 1 when anything
 * was wrong: an answer, a connection refused, reset, closed (announced: as the answer before
 * said it would be) or silent.
 *
 *   IDLE (until due) -> SENDING -> RECEIVING -> IDLE
 */
#include "hammer_answer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_TARGETS = 32,
    MAX_VERSIONS = 16,
    SLOTS = 1000000, /* of 20 microseconds each: 20 seconds */
    PIECES = 4,      /* of an upload */
    PIECE_PAUSE_MS = 15
};

static const int64_t MS = 1000000, SECOND = 1000000000, SILENCE = 20 * SECOND, SLOT = 20000;

struct target {
    char *request;
    size_t len, piece; /* piece: how much is sent at once */
};

enum state { IDLE, SENDING, RECEIVING };

struct conn {
    int fd;
    enum state state;
    const struct target *target;
    size_t sent, allowed; /* of the target's request */
    int64_t due;          /* when the request is, or was, to begin */
    int64_t wake;         /* when to look again, whatever the socket does */
    char *in;
    size_t len, cap;
};

struct count {
    char name[ANSWER_NAME];
    uint64_t count;
};

static struct {
    const char *host;
    uint16_t port;
    int connections;
    double seconds, rate;
    struct target targets[MAX_TARGETS];
    size_t ntargets, turn;
    int epoll;
    bool over;

    uint64_t requests;
    struct count versions[MAX_VERSIONS];
    uint64_t statuses[600];
    uint64_t mixed, unversioned, malformed, failed, refused, resets, closed, announced, silent,
        connects;
    char fault[400];       /* the first wrong thing */
    uint32_t times[SLOTS]; /* answers that took so many slots */
    uint64_t ntimes;
} hammer = {.connections = 16, .seconds = 3};

static int64_t now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * SECOND + at.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "hammer: %s\n", what);
    _exit(2);
}

static void *grow(void *data, size_t count, size_t size)
{
    void *grown = realloc(data, count * size);
    if (!grown)
        die("no memory");
    return grown;
}

static void wrong(uint64_t *counter, const struct conn *conn, const char *what)
{
    ++*counter;
    if (hammer.fault[0])
        return;
    int line = (int)strcspn(conn->target ? conn->target->request : "", "\r");
    int seen = conn->len < 200 ? (int)conn->len : 200;
    snprintf(hammer.fault, sizeof hammer.fault, "%s after %.*s: %.*s", what, line,
             conn->target ? conn->target->request : "", seen, conn->in ? conn->in : "");
}

/* ---- connections ---- */

static void open_conn(struct conn *conn)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(hammer.port)};
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = conn};
    int on = 1;
    inet_pton(AF_INET, hammer.host, &to.sin_addr);
    conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    hammer.connects++;
    if (conn->fd < 0 || connect(conn->fd, (struct sockaddr *)&to, sizeof to) != 0) {
        wrong(&hammer.refused, conn, strerror(errno));
        if (conn->fd >= 0)
            close(conn->fd);
        conn->fd = -1;
        return;
    }
    setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(conn->fd, F_SETFL, O_NONBLOCK);
    epoll_ctl(hammer.epoll, EPOLL_CTL_ADD, conn->fd, &event);
}

static int64_t interval(void)
{
    return hammer.rate > 0 ? (int64_t)(hammer.connections / hammer.rate * 1e9) : 0;
}

static void rest(struct conn *conn)
{
    int64_t next = conn->due + interval(), at = now();
    conn->state = IDLE;
    conn->due = hammer.rate > 0 ? next : at;
    conn->wake = conn->due;
    conn->len = 0;
}

static void drop(struct conn *conn)
{
    if (conn->fd >= 0)
        close(conn->fd);
    conn->fd = -1;
    rest(conn);
    conn->wake = now() + 5 * MS; /* a server that is gone is not asked in a tight circle */
}

/* ---- judging an answer ---- */

static void count_version(const char *name)
{
    for (int i = 0; i < MAX_VERSIONS; i++) {
        struct count *version = &hammer.versions[i];
        if (!version->name[0] || strcmp(version->name, name) == 0 || i == MAX_VERSIONS - 1) {
            if (!version->name[0])
                snprintf(version->name, sizeof version->name, "%s", name);
            version->count++;
            return;
        }
    }
}

static void keep_time(const struct conn *conn)
{
    int64_t slot = (now() - conn->due) / SLOT;
    hammer.times[slot < SLOTS ? slot : SLOTS - 1]++;
    hammer.ntimes++;
}

static void judge_version(const struct conn *conn)
{
    char name[ANSWER_NAME];
    switch (answer_version(conn->in, conn->len, name)) {
    case 0:
        wrong(&hammer.unversioned, conn, "no version");
        break;
    case 1:
        count_version(name);
        break;
    default:
        wrong(&hammer.mixed, conn, "two versions");
    }
}

static void judge(struct conn *conn)
{
    struct answer answer;
    ssize_t len = answer_read(conn->in, conn->len, &answer);
    if (len == 0)
        return;
    if (len < 0) {
        wrong(&hammer.malformed, conn, "no answer that can be read");
        drop(conn);
        return;
    }
    hammer.requests++;
    hammer.statuses[answer.status]++;
    if (answer.status >= 500)
        wrong(&hammer.failed, conn, "a failure");
    judge_version(conn);
    keep_time(conn);
    if (answer.closes) {
        wrong(&hammer.announced, conn, "closed by the server");
        drop(conn);
    } else {
        rest(conn);
    }
}

/* ---- moving on ---- */

static void send_more(struct conn *conn)
{
    const struct target *target = conn->target;
    while (conn->sent < conn->allowed) {
        ssize_t n = send(conn->fd, target->request + conn->sent, conn->allowed - conn->sent,
                         MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            conn->wake = now() + MS;
            return;
        }
        if (n < 0) {
            wrong(&hammer.resets, conn, "not sent");
            drop(conn);
            return;
        }
        conn->sent += (size_t)n;
    }
    conn->allowed += target->piece;
    if (conn->allowed > target->len)
        conn->allowed = target->len;
    conn->state = conn->sent == target->len ? RECEIVING : SENDING;
    conn->wake = now() + (conn->state == RECEIVING ? SILENCE : PIECE_PAUSE_MS * MS);
}

static void begin(struct conn *conn)
{
    if (hammer.over) {
        conn->wake = INT64_MAX;
        return;
    }
    if (conn->fd < 0)
        open_conn(conn);
    if (conn->fd < 0) {
        conn->wake = now() + 5 * MS;
        return;
    }
    conn->target = &hammer.targets[hammer.turn++ % hammer.ntargets];
    conn->sent = 0;
    conn->allowed = conn->target->piece;
    conn->state = SENDING;
    send_more(conn);
}

static void receive(struct conn *conn)
{
    char part[16384];
    ssize_t n = recv(conn->fd, part, sizeof part, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        if (conn->state == IDLE)
            wrong(&hammer.closed, conn, "closed between two requests");
        else
            wrong(&hammer.resets, conn, n < 0 ? strerror(errno) : "closed without an answer");
        drop(conn);
        return;
    }
    if (conn->len + (size_t)n + 1 > conn->cap) {
        conn->cap = 2 * (conn->len + (size_t)n + 1);
        conn->in = grow(conn->in, conn->cap, 1);
    }
    memcpy(conn->in + conn->len, part, (size_t)n);
    conn->len += (size_t)n;
    conn->in[conn->len] = '\0';
    judge(conn);
}

static void woken(struct conn *conn)
{
    if (conn->state == IDLE) {
        begin(conn);
    } else if (conn->state == SENDING) {
        send_more(conn);
    } else {
        wrong(&hammer.silent, conn, "no answer in time");
        drop(conn);
    }
}

static void run(struct conn *conns)
{
    struct epoll_event events[64];
    int64_t end = now() + (int64_t)(hammer.seconds * 1e9);
    for (;;) {
        int64_t at = now(), wake = INT64_MAX;
        bool busy = false;
        hammer.over = at >= end;
        for (int i = 0; i < hammer.connections; i++) {
            if (conns[i].wake <= at)
                woken(&conns[i]);
            wake = conns[i].wake < wake ? conns[i].wake : wake;
            busy = busy || conns[i].state != IDLE;
        }
        if (hammer.over && !busy)
            return;
        int64_t until = wake < end || hammer.over ? wake : end;
        int64_t pause = until > at ? (until - at + MS - 1) / MS : 0;
        int n = epoll_wait(hammer.epoll, events, 64, pause < 1000 ? (int)pause : 1000);
        for (int i = 0; i < n; i++)
            receive(events[i].data.ptr);
    }
}

/* ---- the report ---- */

static double percentile(double part)
{
    uint64_t before = (uint64_t)(part * (double)hammer.ntimes), seen = 0;
    for (int slot = 0; slot < SLOTS; slot++)
        if ((seen += hammer.times[slot]) > before || seen == hammer.ntimes)
            return (double)(slot + 1) * (double)SLOT / (double)MS;
    return 0;
}

/* A JSON string. */
static void print_text(const char *text)
{
    putchar('"');
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        printf(*c < 32 || *c > 126 || *c == '"' || *c == '\\' ? "\\u%04x" : "%c", *c);
    putchar('"');
}

static uint64_t report(double seconds)
{
    const struct {
        const char *name;
        uint64_t count;
    } errors[] = {{"mixed", hammer.mixed},     {"unversioned", hammer.unversioned},
                  {"failed", hammer.failed},   {"malformed", hammer.malformed},
                  {"refused", hammer.refused}, {"resets", hammer.resets},
                  {"closed", hammer.closed},   {"announced", hammer.announced},
                  {"silent", hammer.silent}};
    uint64_t sum = 0;
    printf("{\"requests\":%lu,\"versions\":{", hammer.requests);
    for (int i = 0; i < MAX_VERSIONS && hammer.versions[i].name[0]; i++)
        printf("%s\"%s\":%lu", i ? "," : "", hammer.versions[i].name, hammer.versions[i].count);
    printf("},\"statuses\":{");
    for (int i = 0, n = 0; i < 600; i++)
        if (hammer.statuses[i])
            printf("%s\"%d\":%lu", n++ ? "," : "", i, hammer.statuses[i]);
    printf("}");
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        printf(",\"%s\":%lu", errors[i].name, errors[i].count);
        sum += errors[i].count;
    }
    printf(",\"errors\":%lu,\"reconnects\":%lu,\"seconds\":%.2f,\"rate\":%.0f", sum,
           hammer.connects - (uint64_t)hammer.connections, seconds,
           (double)hammer.requests / seconds);
    printf(",\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f", percentile(0.5),
           percentile(0.99), percentile(1));
    printf(",\"fault\":");
    print_text(hammer.fault);
    printf("}\n");
    return sum;
}

/* ---- what to do ---- */

static void add_target(const char *path, size_t upload)
{
    if (hammer.ntargets == MAX_TARGETS)
        die("too many paths");
    struct target *target = &hammer.targets[hammer.ntargets++];
    size_t room = strlen(path) + 200;
    target->request = grow(NULL, room + upload, 1);
    int head = snprintf(target->request, room, "%s %s HTTP/1.1\r\nHost: hammer\r\n",
                        upload ? "POST" : "GET", path);
    if (upload)
        head += snprintf(target->request + head, room - (size_t)head, "Content-Length: %zu\r\n",
                         upload);
    head += snprintf(target->request + head, room - (size_t)head, "\r\n");
    memset(target->request + head, 'x', upload);
    target->len = (size_t)head + upload;
    target->piece = upload ? target->len / PIECES + 1 : target->len;
}

static void add_upload(char *text)
{
    char *colon = strrchr(text, ':');
    if (!colon)
        die("an upload is PATH:BYTES");
    *colon = '\0';
    add_target(text, strtoul(colon + 1, NULL, 10));
}

static void read_options(int argc, char **argv)
{
    for (int option; (option = getopt(argc, argv, "c:s:r:u:")) != -1;) {
        if (option == 'c')
            hammer.connections = (int)strtol(optarg, NULL, 10);
        else if (option == 's')
            hammer.seconds = strtod(optarg, NULL);
        else if (option == 'r')
            hammer.rate = strtod(optarg, NULL);
        else if (option == 'u')
            add_upload(optarg);
        else
            _exit(2);
    }
    char *colon = optind < argc ? strrchr(argv[optind], ':') : NULL;
    if (!colon || hammer.connections < 1 || hammer.seconds <= 0)
        die("usage: hammer [-c CONNECTIONS] [-s SECONDS] [-r RATE] [-u PATH:BYTES]... "
            "HOST:PORT PATH...");
    *colon = '\0';
    hammer.host = argv[optind];
    hammer.port = (uint16_t)strtoul(colon + 1, NULL, 10);
    for (int i = optind + 1; i < argc; i++)
        add_target(argv[i], 0);
    if (hammer.ntargets == 0)
        die("which paths?");
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    hammer.epoll = epoll_create1(EPOLL_CLOEXEC);
    struct conn *conns = grow(NULL, (size_t)hammer.connections, sizeof *conns);
    int64_t began = now();
    for (int i = 0; i < hammer.connections; i++) {
        conns[i] = (struct conn){.fd = -1};
        open_conn(&conns[i]);
        conns[i].due = began + i * interval() / hammer.connections;
        conns[i].wake = conns[i].due;
    }
    run(conns);
    uint64_t errors = report((double)(now() - began) / 1e9);
    for (int i = 0; i < hammer.connections; i++) {
        if (conns[i].fd >= 0)
            close(conns[i].fd);
        free(conns[i].in);
    }
    free(conns);
    for (size_t i = 0; i < hammer.ntargets; i++)
        free(hammer.targets[i].request);
    return errors > 0;
}
