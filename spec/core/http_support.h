/*
 * What the specs of the server share: a real server on a loopback port in a thread of its own,
 * handlers that answer at once, later or never, and clients that speak bytes.
 *
 *   /now       answers at once           /later    answers after 20 ms
 *   /never     does not answer; lets go when its client is gone
 *   /held      answers when the spec runs release() on the loop
 *   /write     answers 60 ms after its client has gone, or after 300 ms
 *   /asset     an asset; /asset/fixed is immutable
 *   /much      answers 16 MiB that are held for it
 *   /broken    streams a piece, then fails while it is being read, where no byte more fits
 *   /bare      takes no body; else as the next
 *   anything else is described: what was read of the request
 *
 * Counters are written on the server's thread and read by the spec's.
 */
#pragma once

#include "base/clock.h"
#include "base/gzip.h"
#include "base/limits.h"
#include "base/mem.h"
#include "http/exchange.h"
#include "http/server.h"
#include "http_dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    LIMIT_OF_CLIENT = 5,
    MUCH = 16 << 20 /* more than a system keeps for a socket */
};

struct place {
    struct loop *loop;
    struct http_server *server;
    struct http_settings settings;
    int listening, port;
    int admin_listening, admin_port;
    pthread_t thread;
    struct loop_call call;
    struct http_asset asset;
    struct buf asset_gzip;
    atomic_int pinned, unpinned, handled, gone, cancelled, done, refused, drained, unanswered;
    atomic_int last_refused;     /* its status */
    struct http_proxies proxies; /* a spec may add some before it dials */
    atomic_size_t connections;   /* kept by the server for other threads */
    atomic_bool large;           /* /asset has 8 MB */
    atomic_bool called;          /* the posted call has run */
    struct waiting *held;        /* the latest request for /held; of the server's thread */
};

/* ---- the handler's side ---- */

/* A request that waits for its timer. */
struct waiting {
    struct http_request *request;
    struct loop_timer timer;
};

static void give_text(struct http_request *request, int status, const char *text, size_t len)
{
    struct http_reply reply = {.status = status, .body = {text, len}};
    static const char *const headers[][2] = {
        {"Content-Type", "text/plain"}, {"Set-Cookie", "a=b"}, {"Set-Cookie", "c=d"}};

    for (size_t i = 0; i < 3; i++)
        http_headers_add(&reply.headers, slice_of(headers[i][0]), slice_of(headers[i][1]),
                         NULL);
    http_respond(request, &reply);
    http_reply_done(&reply);
}

static void describe_pairs(struct buf *out, const char *what, const struct http_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++)
        buf_addf(out, "%s %.*s=%.*s\n", what, (int)pairs->items[i].name.len,
                 pairs->items[i].name.data, (int)pairs->items[i].value.len,
                 pairs->items[i].value.data);
}

static void describe(struct http_request *request)
{
    CLEANUP(buf_done) struct buf out = {0};
    char ip[IP_TEXT] = "";

    if (request->has_ip)
        ip_print(&request->ip, ip);
    buf_addf(&out, "method %s\ntarget %.*s\npath %.*s\nip %s\nid %s\nadmin %d\nscheme %s\n",
             request->method, (int)request->target.len, request->target.data,
             (int)request->path.len, request->path.data ? request->path.data : "", ip,
             request->id, request->admin, request->scheme);
    if (request->refused)
        buf_addf(&out, "refused %d %s\n", request->refused, request->refusal);
    describe_pairs(&out, "header", &request->headers);
    describe_pairs(&out, "query", &request->query);
    describe_pairs(&out, "cookie", &request->cookies);
    describe_pairs(&out, "form", &request->form);
    for (size_t i = 0; i < request->files.count; i++)
        buf_addf(&out, "file %.*s\n", (int)request->files.items[i].data.len,
                 request->files.items[i].data.data);
    buf_addf(&out, "body %zu:", request->body.len);
    buf_add(&out, request->body.data, request->body.len);
    give_text(request, request->refused ? request->refused : 200, out.data, out.len);
}

static void time_has_come(struct loop_timer *timer)
{
    struct waiting *waiting = timer->owner;

    give_text(waiting->request, 200, "late", 4);
    free(waiting);
}

static void answer_in(struct place *place, struct http_request *request, unsigned ms)
{
    struct waiting *waiting = mem_new(1, sizeof *waiting);

    waiting->request = request;
    waiting->timer = (struct loop_timer){.fire = time_has_come, .owner = waiting};
    loop_timer_set(place->loop, &waiting->timer, loop_now(place->loop) + ms * NS_PER_MS);
    request->task = waiting;
}

static void hold(struct place *place, struct http_request *request)
{
    answer_in(place, request, 3600 * 1000);
    place->held = request->task;
}

static void give_asset(struct place *place, struct http_request *request)
{
    static char eight_megabytes[8 << 20];
    static const struct http_asset large = {.bytes = {eight_megabytes, sizeof eight_megabytes},
                                            .etag = "\"large\"",
                                            .type = "image/png"};
    struct http_reply reply = {.status = 200,
                               .asset = place->large ? &large : &place->asset,
                               .immutable = slice_is(request->path, "/asset/fixed")};

    http_headers_add(&reply.headers, slice_of("X-Content-Type-Options"), slice_of("nosniff"),
                     NULL);
    http_respond(request, &reply);
    http_reply_done(&reply);
}

static void give_much(struct http_request *request)
{
    struct http_reply reply = {.status = 200};

    memset(http_reply_join(&reply, MUCH), 'x', MUCH);
    http_respond(request, &reply);
    http_reply_done(&reply);
}

static void begin_stream(struct http_request *request)
{
    static const char piece[4000];
    struct http_reply reply = {.status = 200, .streams = true};

    http_respond(request, &reply);
    http_write(request, (struct slice){piece, sizeof piece});
}

/* Until the client's machine, which acknowledges late, has taken all that it takes. */
static void fill_socket(int fd)
{
    static const char junk[1000];
    ssize_t sent;

    do {
        usleep(100000);
        for (sent = 0; send(fd, junk, sizeof junk, MSG_DONTWAIT) > 0; sent++)
            ;
    } while (sent);
}

static void hook_taken(void *owner, struct http_request *request)
{
    (void)owner;
    fill_socket(CONTAINER(request, struct exchange, request)->conn->fd);
    http_drop(request);
}

static void *hook_pin(void *owner, struct http_request *request)
{
    (void)request;
    ((struct place *)owner)->pinned++;
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
    if (generation != owner)
        abort();
    ((struct place *)owner)->unpinned++;
}

static void hook_handle(void *owner, struct http_request *request)
{
    struct place *place = owner;

    place->handled++;
    if (slice_is(request->path, "/now"))
        give_text(request, 200, "hello", 5);
    else if (slice_is(request->path, "/later"))
        answer_in(place, request, 20);
    else if (slice_is(request->path, "/held"))
        hold(place, request);
    else if (slice_is(request->path, "/write"))
        answer_in(place, request, 300);
    else if (slice_is(request->path, "/drop"))
        http_drop(request);
    else if (slice_is(request->path, "/asset") || slice_is(request->path, "/asset/fixed"))
        give_asset(place, request);
    else if (slice_is(request->path, "/much"))
        give_much(request);
    else if (slice_is(request->path, "/broken"))
        begin_stream(request);
    else if (!slice_is(request->path, "/never"))
        describe(request);
}

static void let_request_go(struct place *place, struct http_request *request)
{
    struct waiting *waiting = request->task;

    if (waiting) {
        loop_timer_clear(place->loop, &waiting->timer);
        free(waiting);
    }
    http_drop(request);
}

static void hook_gone(void *owner, struct http_request *request)
{
    struct place *place = owner;
    struct waiting *waiting = request->task;

    place->gone++;
    if (slice_is(request->path, "/write")) { /* it is too late to stop it */
        loop_timer_set(place->loop, &waiting->timer, loop_now(place->loop) + 60 * NS_PER_MS);
        return;
    }
    let_request_go(place, request);
}

static void hook_cancel(void *owner, struct http_request *request)
{
    struct place *place = owner;

    place->cancelled++;
    let_request_go(place, request);
}

static void hook_done(void *owner, const struct http_request *request)
{
    struct place *place = owner;

    if (!request->status)
        place->unanswered++;
    place->done++;
}

static void hook_refused(void *owner, int status, const char *why)
{
    ((struct place *)owner)->last_refused = status;
    if (!why[0] || strchr(why, '\n'))
        abort();
    ((struct place *)owner)->refused++;
}

/* ---- the server's life ---- */

static inline int listen_on(struct sockaddr *address, socklen_t len)
{
    int one = 1, fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, address, len) < 0 || listen(fd, 128) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int listen_on_loopback(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = listen_on((struct sockaddr *)&address, len);

    assert_true(fd >= 0);
    getsockname(fd, (struct sockaddr *)&address, &len);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void *serve(void *arg)
{
    struct place *place = arg;

    loop_run(place->loop);
    return NULL;
}

static void make_asset(struct place *place)
{
    static char text[2000];

    memset(text, 'x', sizeof text);
    gzip_compress((struct slice){text, sizeof text}, &place->asset_gzip);
    place->asset = (struct http_asset){.bytes = {text, sizeof text},
                                       .gzip = {place->asset_gzip.data, place->asset_gzip.len},
                                       .etag = "\"0123456789abcdef\"",
                                       .type = "text/css; charset=utf-8"};
}

/* Bodies have at most 1000 bytes where there is no budget, which is then the only bound. */
static inline struct place *open_place_within(struct http_budget *budget, unsigned connections,
                                              const struct http_limits *limits)
{
    static char name[] = "a", *const admin_hosts[] = {name};
    struct place *place = mem_new(1, sizeof *place);
    const struct http_hooks hooks = {.owner = place,
                                     .pin = hook_pin,
                                     .unpin = hook_unpin,
                                     .judge = hook_judge,
                                     .handle = hook_handle,
                                     .gone = hook_gone,
                                     .cancel = hook_cancel,
                                     .taken = hook_taken,
                                     .done = hook_done,
                                     .refused = hook_refused};
    struct err err;

    signal(SIGPIPE, SIG_IGN);
    place->settings = (struct http_settings){.max_connections = connections,
                                             .body_limit = budget ? SIZE_MAX : 1000,
                                             .budget = budget,
                                             .field_limit = LIMIT_FORM_FIELDS,
                                             .limits = limits,
                                             .connections = &place->connections,
                                             .proxies = &place->proxies,
                                             .admin_hosts = admin_hosts,
                                             .nadmin_hosts = 1,
                                             .tally = http_tally_new(LIMIT_OF_CLIENT)};
    make_asset(place);
    place->listening = listen_on_loopback(&place->port);
    place->admin_listening = listen_on_loopback(&place->admin_port);
    assert_true(loop_new(&place->loop, &err));
    if (!http_server_new(place->loop, &place->settings, &hooks, &place->server, &err) ||
        !http_server_listen(place->server, place->listening, false, &err) ||
        !http_server_listen(place->server, place->admin_listening, true, &err))
        fail_msg("%s", err.text);
    assert_int_equal(pthread_create(&place->thread, NULL, serve, place), 0);
    return place;
}

static struct place *open_place(unsigned connections, const struct http_limits *limits)
{
    return open_place_within(NULL, connections, limits);
}

/* Runs it on the server's thread, and waits. */
static void on_loop(struct place *place, void (*run)(struct loop_call *call))
{
    place->called = false;
    place->call.run = run;
    loop_post(place->loop, &place->call);
    while (!place->called)
        usleep(200);
}

#define PLACE_OF(call_) CONTAINER(call_, struct place, call)

static void stop(struct loop_call *call)
{
    loop_stop(PLACE_OF(call)->loop);
    PLACE_OF(call)->called = true;
}

/* Every pinned request is unpinned and was told of, whatever happened to it. */
static void close_place(struct place *place)
{
    on_loop(place, stop);
    pthread_join(place->thread, NULL);
    http_server_free(place->server);
    loop_free(place->loop);
    close(place->listening);
    close(place->admin_listening);
    buf_done(&place->asset_gzip);
    http_tally_free(place->settings.tally);
    http_budget_free(place->settings.budget);
    http_proxies_done(&place->proxies);
    assert_int_equal(place->pinned, place->unpinned);
    assert_int_equal(place->pinned, place->done);
    free(place);
}

/* Waits until the counter has that value. */
static inline void await(atomic_int *counter, int value)
{
    for (int ms = 0; *counter < value && ms < PATIENCE_MS; ms++)
        usleep(1000);
    assert_int_equal(*counter, value);
}

static inline void await_connections(struct place *place, size_t value)
{
    for (int ms = 0; ms < PATIENCE_MS; ms++) {
        if (place->connections == value)
            return;
        usleep(1000);
    }
    assert_int_equal(place->connections, value);
}

/* Asks on a new connection, which the server may keep; the answer is to be freed. */
static inline char *ask(struct place *place, const char *request)
{
    struct client client = dial(place->port);
    say(&client, request);
    char *answer = answer_to(&client, strncmp(request, "HEAD", 4) == 0);
    hang_up_client(&client);
    return answer;
}
