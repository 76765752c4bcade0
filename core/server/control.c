/*
 * The control socket's two sides.
 *
 * A client of the server is READING its line, then WRITING the answer, then freed; a deadline
 * ends one that does neither.  All of it is on the main thread's loop and never blocks it.
 */
#include "server/control.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "server/deeds.h"
#include "server/unix_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    MAX_LINE = 4096,
    MAX_CLIENTS = 16,            /* it is one admin's own socket */
    CLIENT_S = 10,               /* from connecting to the last byte of the answer */
    LATER_S = 600,               /* … for an answer that takes its time */
    MAX_ANSWER = 8 * 1024 * 1024 /* what a client reads */
};

struct client {
    struct loop_watch watch;
    struct loop_timer deadline;
    struct control *control;
    uint64_t number;
    bool waits;           /* for control_answer() */
    const char *argument; /* behind the command in `in`; NULL: none is carried out */
    LIST_ENTRY(client) entry;
    struct buf in, out;
    size_t sent;
};

struct control {
    struct loop *loop;
    struct loop_watch watch;
    LIST_HEAD(, client) clients;
    size_t nclients;
    uint64_t last_number;
    char *path;
    control_handler *handler;
    void *owner;
};

static void client_free(struct client *client)
{
    struct control *control = client->control;
    LIST_REMOVE(client, entry);
    control->nclients--;
    loop_timer_clear(control->loop, &client->deadline);
    loop_remove(control->loop, &client->watch);
    close(client->watch.fd);
    buf_done(&client->in);
    buf_done(&client->out);
    free(client);
}

/* Writes what the socket takes; frees the client when there is no more to do. */
static void client_write(struct client *client)
{
    while (client->sent < client->out.len) {
        ssize_t n = send(client->watch.fd, client->out.data + client->sent,
                         client->out.len - client->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (loop_change(client->control->loop, &client->watch, EPOLLOUT, NULL))
                return;
            break;
        }
        if (n < 0)
            break;
        client->sent += (size_t)n;
    }
    client_free(client);
}

#ifdef TC_TEST_CLOCK
static enum control_reply set_clock(void (*set)(int64_t unix_seconds), const char *argument,
                                    struct buf *out)
{
    int64_t unix_seconds = 0;
    if (!str_to_int64(slice_of(argument), 0, INT64_C(253402300799), &unix_seconds)) {
        buf_adds(out, "clock takes unix seconds\n");
        return CONTROL_NO;
    }
    set(unix_seconds);
    return CONTROL_YES;
}
#endif

static enum control_reply carry_out(const struct client *client, const char *command,
                                    const char *argument, struct buf *out)
{
    const struct control *control = client->control;
#ifdef TC_TEST_CLOCK
    if (strcmp(command, "clock") == 0)
        return set_clock(clock_set, argument, out);
    if (strcmp(command, "clock-stop") == 0)
        return set_clock(clock_stop, argument, out);
#endif
    return control->handler(control->owner, client->number, command, argument, out);
}

static void client_finish(struct client *client, bool yes, struct slice text)
{
    client->waits = false;
    if (client->argument)
        deed_by_socket(client->watch.fd, client->in.data, client->argument, yes, text);
    buf_adds(&client->out, yes ? "ok\n" : "error\n");
    buf_add(&client->out, text.data, text.len);
    client_write(client);
}

/* The line is complete: its first word is the command, the rest the argument. */
static void client_answer(struct client *client, size_t len)
{
    struct buf out = {NULL, 0, 0};
    enum control_reply reply = CONTROL_NO;
    if (len > 0 && client->in.data[len - 1] == '\r')
        len--;
    client->in.data[len] = '\0';
    if (memchr(client->in.data, '\0', len)) {
        buf_adds(&out, "a command is text\n");
    } else {
        char *argument = client->in.data + strcspn(client->in.data, " ");
        if (*argument)
            *argument++ = '\0';
        client->argument = argument;
        client->waits = true;
        loop_timer_set(client->control->loop, &client->deadline,
                       clock_monotonic() + LATER_S * NS_PER_S);
        reply = carry_out(client, client->in.data, argument, &out);
    }
    if (reply != CONTROL_LATER)
        client_finish(client, reply == CONTROL_YES, (struct slice){out.data, out.len});
    buf_done(&out);
}

void control_answer(struct control *control, uint64_t number, bool yes, struct slice text)
{
    struct client *client;
    LIST_FOREACH(client, &control->clients, entry)
        if (client->number == number && client->waits) {
            client_finish(client, yes, text);
            return;
        }
}

static void client_refuse(struct client *client, const char *why)
{
    buf_addf(&client->out, "error\n%s\n", why);
    client_write(client);
}

/* A client that waits for its answer sends nothing more; what comes is its end. */
static void client_read(struct client *client)
{
    char part[1024];
    ssize_t n = recv(client->watch.fd, part, sizeof part, 0);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (n <= 0 || client->waits) {
        client_free(client);
        return;
    }
    buf_add(&client->in, part, (size_t)n);
    const char *end = memchr(client->in.data, '\n', client->in.len);
    if (end)
        client_answer(client, (size_t)(end - client->in.data));
    else if (client->in.len > MAX_LINE)
        client_refuse(client, "the line is too long");
}

static void client_ready(struct loop_watch *watch, uint32_t events)
{
    struct client *client = watch->owner;
    if (client->out.len > 0)
        client_write(client);
    else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        client_read(client);
}

static void client_late(struct loop_timer *timer)
{
    client_free(timer->owner);
}

static void client_new(struct control *control, int fd)
{
    struct client *client = mem_new(1, sizeof *client);
    client->control = control;
    client->number = ++control->last_number;
    client->watch = (struct loop_watch){.fd = fd, .ready = client_ready, .owner = client};
    client->deadline = (struct loop_timer){.fire = client_late, .owner = client};
    if (control->nclients >= MAX_CLIENTS ||
        !loop_add(control->loop, &client->watch, EPOLLIN, NULL)) {
        close(fd);
        free(client);
        return;
    }
    LIST_INSERT_HEAD(&control->clients, client, entry);
    control->nclients++;
    loop_timer_set(control->loop, &client->deadline, clock_monotonic() + CLIENT_S * NS_PER_S);
}

static void control_ready(struct loop_watch *watch, uint32_t events)
{
    struct control *control = watch->owner;
    (void)events;
    int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        client_new(control, fd);
}

static bool is_taken(const char *path, struct err *err)
{
    return err_set(
        err, ERR_STATE,
        "another server runs on this data folder (it answers on '%s'): stop that one, "
        "or give this one a folder of its own by --data",
        path);
}

bool control_is_free(const char *path, struct err *err)
{
    int fd;
    if (!unix_socket_connect(path, &fd, NULL))
        return true; /* what else is wrong there is told when it is opened */
    close(fd);
    return is_taken(path, err);
}

static bool listen_there(struct control *control, struct err *err)
{
    struct err failure;
    int fd = -1;
    if (!unix_socket_listen(control->path, 0600, &fd, &failure))
        return failure.kind == ERR_STATE ? is_taken(control->path, err)
                                         : err_set(err, failure.kind, "%s", failure.text);
    control->watch.fd = fd;
    if (loop_add(control->loop, &control->watch, EPOLLIN, err))
        return true;
    unlink(control->path);
    close(fd);
    control->watch.fd = -1;
    return false;
}

bool control_open(struct loop *loop, const char *path, control_handler *handler, void *owner,
                  struct control **ret_control, struct err *err)
{
    struct control *control = mem_new(1, sizeof *control);
    control->loop = loop;
    control->handler = handler;
    control->owner = owner;
    control->path = mem_text(path);
    control->watch = (struct loop_watch){.fd = -1, .ready = control_ready, .owner = control};
    if (!listen_there(control, err)) {
        free(control->path);
        free(control);
        return false;
    }
    *ret_control = control;
    return true;
}

bool control_return(struct control *control, struct err *err)
{
    return control->watch.fd >= 0 || listen_there(control, err);
}

static void leave(struct control *control)
{
    if (control->watch.fd < 0)
        return;
    loop_remove(control->loop, &control->watch);
    unlink(control->path);
    close(control->watch.fd);
    control->watch.fd = -1;
}

void control_leave(struct control *control)
{
    leave(control);
}

void control_close(struct control *control)
{
    if (!control)
        return;
    while (!LIST_EMPTY(&control->clients))
        /* The one before is off the list. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        client_free(LIST_FIRST(&control->clients));
    leave(control);
    free(control->path);
    free(control);
}

/* --- the client's side ----------------------------------------------------------------- */

/* Waits until the socket is ready or the deadline has passed. */
static bool wait_for(int fd, short events, uint64_t deadline, struct err *err)
{
    for (;;) {
        uint64_t now = clock_monotonic();
        struct pollfd ready = {.fd = fd, .events = events};
        int n = now < deadline ? poll(&ready, 1, (int)((deadline - now) / NS_PER_MS) + 1) : 0;
        if (n > 0)
            return true;
        if (n == 0)
            return err_set(err, ERR_TIMEOUT, "the server has not answered in time");
        if (errno != EINTR)
            return err_set(err, ERR_IO, "cannot wait for the server: %s", strerror(errno));
    }
}

static bool send_line(int fd, const char *line, uint64_t deadline, struct err *err)
{
    CLEANUP(mem_freep) char *text = mem_format("%s\n", line);
    size_t len = strlen(text), sent = 0;
    while (sent < len) {
        if (!wait_for(fd, POLLOUT, deadline, err))
            return false;
        ssize_t n = send(fd, text + sent, len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return err_set(err, ERR_IO, "cannot ask the server: %s", strerror(errno));
        sent += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool read_answer(int fd, uint64_t deadline, struct buf *answer, struct err *err)
{
    char part[4096];
    while (answer->len <= MAX_ANSWER) {
        if (!wait_for(fd, POLLIN, deadline, err))
            return false;
        ssize_t n = recv(fd, part, sizeof part, MSG_DONTWAIT);
        if (n == 0)
            return true;
        if (n > 0)
            buf_add(answer, part, (size_t)n);
        else if (errno != EINTR && errno != EAGAIN)
            return err_set(err, ERR_IO, "cannot read the server's answer: %s", strerror(errno));
    }
    return err_set(err, ERR_LIMIT, "the server's answer is too long");
}

static bool ask(int fd, const char *line, uint64_t deadline, bool *ret_ok, struct buf *out,
                struct err *err)
{
    CLEANUP(buf_done) struct buf answer = {NULL, 0, 0};
    if (!send_line(fd, line, deadline, err) || !read_answer(fd, deadline, &answer, err))
        return false;
    const char *end = answer.len > 0 ? memchr(answer.data, '\n', answer.len) : NULL;
    struct slice word = {answer.data, end ? (size_t)(end - answer.data) : 0};
    bool yes = slice_is(word, "ok");
    if (!yes && !slice_is(word, "error"))
        return err_set(err, ERR_IO,
                       "the server has closed the control socket without an "
                       "answer; its log says why");
    buf_add(out, end + 1, answer.len - word.len - 1);
    *ret_ok = yes;
    return true;
}

bool control_ask(const char *path, const char *line, int timeout_s, bool *ret_ok,
                 struct buf *out, struct err *err)
{
    int fd = -1;
    if (strchr(line, '\n'))
        return err_set(err, ERR_INPUT, "a command is one line");
    if (!unix_socket_connect(path, &fd, err))
        return false;
    uint64_t deadline = clock_monotonic() + (uint64_t)timeout_s * NS_PER_S;
    bool ok = ask(fd, line, deadline, ret_ok, out, err);
    close(fd);
    return ok;
}
