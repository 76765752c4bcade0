/* See watchdog.h.  lua_sethook() is the one function of Lua that a signal's handler may call.
 */
#include "vm/watchdog.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "vm/label.h"
#include "vm/raised.h"
#include "vm/trace.h"
#include "vm/vm.h"

#include <errno.h>
#include <lauxlib.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id /* glibc names it from 2.36 on */
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define TICK (10 * NS_PER_MS)

enum {
    TICKS_TO_PAUSE = 2, /* the first may come right after the begin */
    NAME = 64           /* bytes of a route's or timer's that are told */
};

struct watchdog {
    timer_t timer;
    bool started;
    struct task *volatile task;
    volatile bool asked; /* to log where the task is */
    _Atomic(const char *) entered;
    char name[NAME]; /* of what the task is, written by who is asked, once for each asking … */
    _Atomic enum watchdog_task at; /* … and complete when this says what */
};

static _Thread_local struct watchdog mine;

static void look(lua_State *L, lua_Debug *at);

/* ---- hooks ---- */

static void arm(struct task *task)
{
    for (int i = 0; i < task->depth; i++)
        lua_sethook(task->chain[i], look, LUA_MASKCOUNT, 1);
}

static void disarm(struct task *task)
{
    for (int i = 0; i < task->depth; i++)
        lua_sethook(task->chain[i], NULL, 0, 0);
}

static int raise_again(lua_State *L)
{
    static char key; /* needs no memory; what is wrong is in the task */
    lua_pushlightuserdata(L, &key);
    return lua_error(L);
}

static bool can_pause(lua_State *L, const struct task *task)
{
    if (task->ending || task->chain[task->depth - 1] != L)
        return false;
    for (int i = 0; i < task->depth; i++)
        if (!lua_isyieldable(task->chain[i]))
            return false;
    return true;
}

void watchdog_set_paused(struct task *task, lua_State *coroutine)
{
    task->vm->tasks.npaused += (coroutine != NULL) - (task->paused != NULL);
    task->paused = coroutine;
}

static void pause_task(lua_State *L, struct task *task)
{
    if (!task->exceeded)
        metric_record(METRIC_COUNTER, "tc_task_pauses_total", NULL, 0, 1);
    watchdog_set_paused(task, L);
    lua_yield(L, 0); /* returns: a hook yields when it has returned itself */
}

static void tell(lua_State *L, const struct task *task)
{
    struct log_field fields[8];
    int count = label_fields(L, fields, 7);
    mine.asked = false;
    trace_push(L, task->chain, task->depth, 0, 0);
    fields[count++] = (struct log_field){"stack", lua_tostring(L, -1), LOG_WORDS};
    log_event(LOG_ERROR, "this is where the worker is that does not turn", fields, count);
    lua_pop(L, 1);
}

static bool has_held(const struct task *task)
{
    return task->ticks_held * TICK >= task->vm->plan.limits->hold;
}

static bool has_used_up(const struct task *task)
{
    return task->root->ticks * TICK >= task->vm->plan.limits->cpu;
}

static void judge(struct task *task, bool can_be_paused)
{
    if (task->exceeded)
        return;
    if (has_used_up(task))
        watchdog_exceed(task, TASK_CPU);
    else if (!can_be_paused && has_held(task))
        watchdog_exceed(task, TASK_HOLD);
}

/* A paused task that is over a limit does not go on: that is better than raising, which a pcall
 * may catch.  While it is ended, each piece of it may take as long as where it cannot be
 * paused. */
static void look(lua_State *L, lua_Debug *at)
{
    (void)at;
    struct task *task = mine.task;
    if (task && mine.asked)
        tell(L, task);
    if (!task || !task->vm->limited ||
        (!task->exceeded && task->ticks_held < TICKS_TO_PAUSE && !has_used_up(task))) {
        lua_sethook(L, NULL, 0, 0); /* of a coroutine that was made while there was one */
        return;
    }
    bool can_be_paused = can_pause(L, task);
    judge(task, can_be_paused);
    disarm(task);
    if (can_be_paused) {
        pause_task(L, task);
    } else if (task->ending ? has_held(task) : task->exceeded) {
        arm(task);
        raise_again(L);
    }
}

/* ---- signals ---- */

static void tick(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    struct task *task = mine.task;
    if (!task || !task->vm->limited)
        return;
    unsigned ticks = 1 + (unsigned)info->si_overrun;
    task->root->ticks += ticks;
    task->ticks_held += ticks;
    if (task->ticks_held >= TICKS_TO_PAUSE || has_used_up(task))
        arm(task);
}

static void name_task(const struct task_label *label)
{
    const char *name = label->route ? label->route : label->timer;
    size_t len = 0;
    for (; name && name[len] && len < NAME - 1; len++)
        mine.name[len] = name[len];
    mine.name[len] = '\0';
    atomic_store(&mine.at, !len           ? WATCHDOG_NONE
                           : label->route ? WATCHDOG_ROUTE
                                          : WATCHDOG_TIMER);
}

/* From watchdog_ask(), on the thread that is asked. */
static void asked(int number)
{
    (void)number;
    struct task *task = mine.task;
    atomic_store(&mine.entered, task ? task->vm->entered : NULL);
    mine.asked = task != NULL;
    if (!task)
        return;
    name_task(&task->label);
    arm(task);
}

static void install_handlers(void)
{
    struct sigaction action = {.sa_sigaction = tick, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGRTMIN, &action, NULL);
    action = (struct sigaction){.sa_handler = asked, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGRTMIN + 1, &action, NULL);
}

bool watchdog_start(struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install_handlers);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};
    event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
    struct timespec every = {0, (long)TICK};
    struct itimerspec when = {every, every};
    if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &mine.timer) != 0)
        return err_set(err, ERR_IO, "cannot watch over scripts: %s", strerror(errno));
    mine.started = true;
    timer_settime(mine.timer, 0, &when, NULL);
    return true;
}

void watchdog_stop(void)
{
    if (mine.started)
        timer_delete(mine.timer);
    mine.started = false;
}

struct watchdog *watchdog_this(void)
{
    return &mine;
}

void watchdog_ask(struct watchdog *watchdog, pthread_t thread)
{
    atomic_store(&watchdog->at, WATCHDOG_NONE);
    pthread_kill(thread, SIGRTMIN + 1);
}

const char *watchdog_entered(struct watchdog *watchdog)
{
    return atomic_load(&watchdog->entered);
}

enum watchdog_task watchdog_at(struct watchdog *watchdog, const char **ret_name)
{
    *ret_name = watchdog->name;
    return atomic_load(&watchdog->at);
}

struct task *watchdog_watch(struct task *task)
{
    struct task *before = mine.task;
    if (task)
        task->ticks_held = 0;
    atomic_signal_fence(memory_order_seq_cst);
    mine.task = task;
    return before;
}

void watchdog_waits(const struct task *task)
{
    if (!task->root->counts_all)
        task->root->ticks = 0;
}

/* ---- over a limit ---- */

static void need_place(struct task *task)
{
    if (!task->place[0])
        snprintf(task->place, TASK_PLACE, "?");
}

void watchdog_place(struct task *task)
{
    for (int i = task->depth - 1; i >= 0; i--)
        if (raised_place(task->chain[i], 0, task->place, TASK_PLACE))
            return;
    need_place(task);
}

void watchdog_exceed(struct task *task, enum task_limit limit)
{
    if (!task->exceeded) {
        task->exceeded = limit;
        if (limit != TASK_MEMORY)
            watchdog_place(task);
        need_place(task);
    }
    arm(task);
}

int watchdog_raise(lua_State *L, enum task_limit limit, const char *message)
{
    struct task *task = mine.task;
    if (!task || !task->vm->limited)
        return luaL_error(L, "%s", message);
    watchdog_exceed(task, limit);
    return raise_again(L);
}
