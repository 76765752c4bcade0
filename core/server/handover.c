/*
 * See handover.h.  The sockets keep their numbers; a variable of the environment names them:
 * a line "public|admin FD,FD URL PATH" for each listener, and "channel FD".
 */
#include "server/handover.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/str.h"
#include "server/deeds.h"
#include "server/manager.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_S = 600, TELL_S = 10 };
#define VARIABLE HANDOVER_VARIABLE "="

struct handover {
    struct handover_plan plan;
    struct loop_watch watch; /* the channel; fd is -1 where no upgrade is under way */
    struct loop_timer patience;
    pid_t pid; /* of the child; 0: none */
    bool serves;
    uint64_t client; /* of the control socket: who has asked */
};

/* ---- starting it ---- */

static void name_listener(struct buf *out, const char *kind, const struct listener *listener)
{
    buf_addf(out, "%s\t", kind);
    for (size_t i = 0; i < listener->count; i++)
        buf_addf(out, "%s%d", i ? "," : "", listener->fds[i]);
    buf_addf(out, "\t%s\t%s\n", listener->url, listener->unix_path ? listener->unix_path : "-");
}

static char *name_all(const struct listeners *listeners, int channel)
{
    struct buf out = {0};
    buf_addf(&out, VARIABLE "channel %d\n", channel);
    for (size_t i = 0; i < listeners->npublic; i++)
        name_listener(&out, "public", &listeners->public[i]);
    if (listeners->has_admin)
        name_listener(&out, "admin", &listeners->admin);
    return out.data;
}

/* Without what a service manager has said to this process alone. */
static bool is_ours(const char *variable)
{
    static const char *const names[] = {"WATCHDOG_PID=", "LISTEN_", VARIABLE};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* Borrowed but for the first, which is freed with it. */
static char **environment(char **env, char *first)
{
    size_t count = 0, n = 1;
    while (env && env[count])
        count++;
    char **all = mem_new(count + 2, sizeof *all);
    all[0] = first;
    for (size_t i = 0; i < count; i++)
        if (!is_ours(env[i]))
            all[n++] = env[i];
    return all;
}

/* A descriptor onto itself: it stays open in the child. */
static void keep(posix_spawn_file_actions_t *actions, const struct listener *listener)
{
    for (size_t i = 0; i < listener->count; i++)
        posix_spawn_file_actions_adddup2(actions, listener->fds[i], listener->fds[i]);
}

static int spawn(const struct handover_plan *plan, int channel, pid_t *ret_pid)
{
    const struct listeners *listeners = plan->listeners;
    char **env = environment(plan->env, name_all(listeners, channel));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, channel, channel);
    for (size_t i = 0; i < listeners->npublic; i++)
        keep(&actions, &listeners->public[i]);
    if (listeners->has_admin)
        keep(&actions, &listeners->admin);
    int failed = child_spawn(ret_pid, plan->program, &actions, plan->argv, env);
    posix_spawn_file_actions_destroy(&actions);
    free(env[0]);
    free(env);
    return failed;
}

/* ---- its way ---- */

/* From now on nothing more is heard of it. */
static void part(struct handover *handover)
{
    loop_timer_clear(handover->plan.loop, &handover->patience);
    if (handover->watch.fd >= 0) {
        loop_remove(handover->plan.loop, &handover->watch);
        close(handover->watch.fd);
    }
    handover->watch.fd = -1;
}

static void bury(struct handover *handover)
{
    part(handover);
    if (handover->pid > 0 && !handover->serves) {
        kill(handover->pid, SIGKILL);
        waitpid(handover->pid, NULL, 0);
    }
    handover->pid = 0;
}

static void fail(struct handover *handover, const char *why)
{
    struct control *control = handover->plan.control;
    struct err err;
    bury(handover);
    log_line(LOG_ERROR, "the upgrade failed, and nothing has changed: %s", why);
    if (!control_return(control, &err))
        log_line(LOG_ERROR, "%s", err.text);
    handover->plan.ended(handover->plan.asker, handover->client, false, slice_of(why));
}

static void waited_enough(struct loop_timer *timer)
{
    fail(timer->owner, "the new program was not ready in time");
}

/* It may have control.sock, and goes on with our counters: how many bytes, and those. */
static void make_room(struct handover *handover)
{
    CLEANUP(buf_done) struct buf counters = {0};
    control_leave(handover->plan.control);
    metrics_give(&counters);
    uint64_t len = counters.len;
    if (!file_write_all(handover->watch.fd, (struct slice){(const char *)&len, sizeof len}) ||
        !file_write_all(handover->watch.fd, (struct slice){counters.data, counters.len}))
        fail(handover, "the new program does not listen");
}

/* The service manager does not know it as its child. */
static void ended(struct loop_watch *watch, uint32_t events)
{
    struct handover *handover = watch->owner;
    (void)events;
    log_line(LOG_ERROR, "the process that took over has ended; so does this one");
    waitpid(handover->pid, NULL, 0);
    handover->pid = 0;
    part(handover);
    handover->plan.alone(handover->plan.owner);
}

static void look_after(struct handover *handover)
{
    int fd = (int)syscall(SYS_pidfd_open, handover->pid, 0);
    handover->serves = true;
    if (fd < 0)
        return;
    handover->watch.fd = fd;
    handover->watch.ready = ended;
    if (!loop_add(handover->plan.loop, &handover->watch, EPOLLIN, NULL)) {
        close(fd);
        handover->watch.fd = -1;
    }
}

/* The channel is closed behind what was done here and is not recorded yet, the upgrade too:
 * then the new one tells the manager that it is ready. */
static void let_go(struct handover *handover)
{
    long pid = handover->pid;
    CLEANUP(mem_freep) char *text = mem_format("process %ld serves\n", pid);
    CLEANUP(buf_done) struct buf deeds = {0};
    manager_replaced((pid_t)pid);
    log_line(LOG_INFO, "process %ld serves; this one ends with its last connection", pid);
    handover->plan.ended(handover->plan.asker, handover->client, true, slice_of(text));
    deeds_give(&deeds);
    if (!file_write_all(handover->watch.fd, (struct slice){deeds.data, deeds.len}))
        log_line(LOG_ERROR, "what admins did last is not in the audit");
    part(handover);
    look_after(handover);
    listeners_leave(handover->plan.listeners);
    handover->plan.replaced(handover->plan.owner);
}

static void heard(struct loop_watch *watch, uint32_t events)
{
    struct handover *handover = watch->owner;
    char words[ERR_TEXT + 1];
    (void)events;
    ssize_t n = recv(watch->fd, words, sizeof words - 1, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    words[n > 0 ? n : 0] = '\0';
    if (words[0] == HANDOVER_READY)
        make_room(handover);
    else if (words[0] == HANDOVER_SERVES)
        let_go(handover);
    else
        fail(handover, words[0] == HANDOVER_FAILS
                           ? words + 1
                           : "the new program has ended; the log says why");
}

static bool start(struct handover *handover, struct err *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return err_set(err, ERR_IO, "cannot make a pair of sockets: %s", strerror(errno));
    struct timeval patience = {.tv_sec = TELL_S};
    setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    handover->watch.fd = pair[0];
    handover->watch.ready = heard;
    if (!loop_add(handover->plan.loop, &handover->watch, EPOLLIN, err)) {
        close(pair[0]);
        close(pair[1]);
        handover->watch.fd = -1;
        return false;
    }
    int failed = spawn(&handover->plan, pair[1], &handover->pid);
    close(pair[1]);
    if (!failed)
        return true;
    handover->pid = 0;
    part(handover);
    return err_set(err, ERR_IO, "cannot start %s: %s", handover->plan.program,
                   strerror(failed));
}

/* ---- what the host calls ---- */

struct handover *handover_new(const struct handover_plan *plan)
{
    struct handover *handover = mem_new(1, sizeof *handover);
    handover->plan = *plan;
    handover->watch = (struct loop_watch){.fd = -1, .owner = handover};
    handover->patience = (struct loop_timer){.fire = waited_enough, .owner = handover};
    return handover;
}

bool handover_is_busy(const struct handover *handover)
{
    return handover->watch.fd >= 0 || handover->serves;
}

enum control_reply handover_ask(struct handover *handover, uint64_t client, struct buf *out)
{
    struct err err;
    if (getpid() == 1)
        err_set(&err, ERR_STATE, "a container ends with its process 1: start another one");
    else if (handover_is_busy(handover))
        err_set(&err, ERR_STATE, "an upgrade is under way");
    else if (!handover->plan.program)
        err_set(&err, ERR_STATE, "nobody knows where the program lies");
    else if (start(handover, &err)) {
        handover->client = client;
        loop_timer_set(handover->plan.loop, &handover->patience,
                       clock_monotonic() + READY_S * NS_PER_S);
        return CONTROL_LATER;
    }
    buf_addf(out, "%s\n", err.text);
    return CONTROL_NO;
}

void handover_free(struct handover *handover)
{
    if (!handover)
        return;
    if (handover->watch.fd >= 0 && !handover->serves)
        fail(handover, "the server is stopping");
    bury(handover);
    free(handover);
}
