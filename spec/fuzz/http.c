/*
 * Raw bytes through libmicrohttpd's own parser to the host's checks: a real server and one
 * client on a Unix socket, in one thread.  A byte 0xFF in the input is not sent; what stands
 * behind it is sent when the server has nothing more to do, so that messages arrive in pieces.
 *
 *   /park   is answered when everything has been sent     /drop   is let go without an answer
 *   /asset  is answered with an asset                     others  at once
 *
 * Whatever is sent: a message that is served is one that no proxy reads differently, every
 * request that began also ends, and no connection stays when the client has left.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "base/str.h"
#include "http/daemon.h"
#include "http/server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    QUIET = 4,         /* turns without work: events pass through two epoll descriptors */
    MOST_TURNS = 1000, /* a connection that libmicrohttpd is never done with */
    PIECE_END = 0xFF,  /* between two writes */
    BODY = 1000,
    FIELDS = 100,
    PARKED = 16
};

static struct {
    struct loop *loop;
    struct http_server *server;
    struct loop_hook pace;
    struct sockaddr_un address;
    socklen_t address_len;
    int listening, client;
    int turns, quiet; /* since run() began, and without work */
    int began, ended;
    struct http_request *parked[PARKED];
    struct http_asset asset;
    struct buf answers;
} here;

/* ---- what is served ---- */

static size_t count_headers(const struct http_request *request, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < request->headers.count; i++)
        count += slice_is_nocase(request->headers.items[i].name, name);
    return count;
}

static void judge_pairs(const struct http_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        struct slice name = pairs->items[i].name, value = pairs->items[i].value;
        MUST(!name.len || !memchr(name.data, '\0', name.len));
        MUST(!value.len || !memchr(value.data, '\0', value.len));
    }
}

static void judge(const struct http_request *request)
{
    const struct slice *encoding = http_header(request, "Transfer-Encoding");

    MUST(request->target.len > 0);
    MUST(request->target.data[0] == '/' || slice_is(request->target, "*"));
    MUST(count_headers(request, "Host") <= 1);
    MUST(count_headers(request, "Content-Length") <= 1);
    MUST(count_headers(request, "Transfer-Encoding") <= 1);
    if (encoding)
        MUST(slice_is_nocase(*encoding, "chunked") && !http_header(request, "Content-Length"));
    for (size_t i = 0; i < request->headers.count; i++) {
        MUST(str_is_token(request->headers.items[i].name));
        MUST(str_is_field_value(request->headers.items[i].value));
    }
    MUST(str_is_utf8(request->path));
    MUST((request->refused == 0) == (request->refusal == NULL));
    MUST(request->body.len <= BODY);
    judge_pairs(&request->query);
    judge_pairs(&request->cookies); /* a field of a multipart form may hold a NUL */
}

static void answer(struct http_request *request)
{
    bool is_asset = slice_is(request->path, "/asset");
    struct http_reply reply = {.status = request->refused ? request->refused : 200,
                               .body = {"hello", 5},
                               .asset = is_asset ? &here.asset : NULL};

    http_respond(request, &reply);
    http_reply_done(&reply);
}

static bool park(struct http_request *request)
{
    for (int i = 0; i < PARKED; i++)
        if (!here.parked[i]) {
            here.parked[i] = request;
            return true;
        }
    return false;
}

static void *hook_pin(void *owner, struct http_request *request)
{
    (void)request;
    here.began++;
    return owner;
}

static void hook_judge(void *owner, struct http_request *request)
{
    (void)owner;
    if (slice_is(request->path, "/bare")) /* takes no body */
        request->keep = 0;
}

static void hook_unpin(void *owner, void *generation)
{
    MUST(owner == generation);
    here.ended++;
}

static void hook_handle(void *owner, struct http_request *request)
{
    (void)owner;
    judge(request);
    if (slice_is(request->path, "/drop"))
        http_drop(request);
    else if (!slice_is(request->path, "/park") || !park(request))
        answer(request);
}

static void hook_gone(void *owner, struct http_request *request)
{
    (void)owner;
    for (int i = 0; i < PARKED; i++)
        if (here.parked[i] == request)
            here.parked[i] = NULL;
    http_drop(request);
}

static void hook_done(void *owner, const struct http_request *request)
{
    (void)owner;
    MUST(request->status == 0 || (request->status >= 200 && request->status < 600));
}

static void hook_refused(void *owner, int status, const char *why)
{
    (void)owner;
    MUST(status == 0 || (status >= 400 && status < 600));
    MUST(why[0] && !strchr(why, '\n'));
}

/* ---- the loop, as far as there is something to do ---- */

static int pace(struct loop_hook *hook)
{
    (void)hook;
    here.quiet = here.server->is_due ? 0 : here.quiet + 1;
    if (here.quiet > QUIET || ++here.turns > MOST_TURNS)
        loop_stop(here.loop);
    return 0;
}

static bool receive(void)
{
    char bytes[4096];
    ssize_t len = here.client < 0 ? -1 : recv(here.client, bytes, sizeof bytes, MSG_DONTWAIT);

    if (len > 0)
        buf_add(&here.answers, bytes, (size_t)len);
    return len > 0;
}

static void run(void)
{
    do {
        here.turns = here.quiet = 0;
        loop_run(here.loop);
    } while (receive());
}

static void send_piece(const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(here.client, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        run();
        if (sent < 0)
            return; /* it has been closed, or reads no more */
        data += sent;
        size -= (size_t)sent;
    }
}

static void connect_client(void)
{
    here.client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(connect(here.client, (struct sockaddr *)&here.address, here.address_len) == 0);
    run();
}

static void answer_parked(void)
{
    for (int i = 0; i < PARKED; i++)
        if (here.parked[i])
            answer(TAKE(here.parked[i]));
    run();
}

static void leave(void)
{
    close(here.client);
    here.client = -1;
    for (int i = 0; i < 3 && here.server->count > 0; i++)
        run();
    MUST(here.server->count == 0);
    MUST(here.began == here.ended);
    MUST(!here.answers.len || memcmp(here.answers.data, "HTTP/1.", 7) == 0);
    buf_clear(&here.answers);
}

/* ---- once, and for every input ---- */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char text[] = "body { color: black }";
    const struct http_hooks hooks = {.owner = &here,
                                     .pin = hook_pin,
                                     .unpin = hook_unpin,
                                     .judge = hook_judge,
                                     .handle = hook_handle,
                                     .gone = hook_gone,
                                     .cancel = hook_gone,
                                     .done = hook_done,
                                     .refused = hook_refused};
    static const struct http_proxies proxies = {.unix_sockets = true}; /* we are one */
    const struct http_settings settings = {
        .max_connections = 16, .body_limit = BODY, .field_limit = FIELDS, .proxies = &proxies};
    struct err err;

    (void)argc;
    (void)argv;
    here.address.sun_family = AF_UNIX;
    int len = snprintf(here.address.sun_path + 1, sizeof here.address.sun_path - 1,
                       "timecapsule-fuzz-%d", (int)getpid());
    here.address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
    here.listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    MUST(bind(here.listening, (struct sockaddr *)&here.address, here.address_len) == 0);
    MUST(listen(here.listening, 16) == 0);
    here.asset = (struct http_asset){.bytes = {text, sizeof text - 1},
                                     .etag = "\"0123456789abcdef\"",
                                     .type = "text/css; charset=utf-8"};
    here.pace.turn = pace;
    MUST(loop_new(&here.loop, &err));
    MUST(http_server_new(here.loop, &settings, &hooks, &here.server, &err));
    MUST(http_server_listen(here.server, here.listening, false, &err));
    loop_hook_add(here.loop, &here.pace);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    connect_client();
    while (size > 0) {
        const uint8_t *end = memchr(data, PIECE_END, size);
        size_t len = end ? (size_t)(end - data) : size;
        send_piece(data, len);
        data += len + (end != NULL);
        size -= len + (end != NULL);
    }
    answer_parked();
    leave();
    return 0;
}
