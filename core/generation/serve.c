/* See serve.h.  The owner of a task is its request, until that has been answered. */
#include "generation/serve.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "bind/bind.h"
#include "bind/request.h"
#include "bind/state.h"
#include "generation/application.h"
#include "generation/generation.h"
#include "generation/reply.h"
#include "generation/stream.h"
#include "http/server.h"
#include "vm/task.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

/* ---- the reply ---- */

static bool is_method(const struct http_request *request, const char *method)
{
    return strcmp(request->method, method) == 0;
}

/* The reply answers the task's request. */
static void respond(struct task *task, struct http_reply *reply)
{
    struct http_request *request = TAKE(task->owner);
    task->label = (struct task_label){0}; /* the request may go before the task */
    request->task = NULL;
    http_respond(request, reply);
}

/* ---- the task ---- */

enum { BOX = 2 }; /* the request's, behind the argument of the task */

/* The reply is on top. */
static int replied(lua_State *L, int status, lua_KContext context)
{
    struct task *task = vm_of(L)->tasks.current;
    struct http_reply reply; /* its headers' places need not be cleared */
    (void)status;
    (void)context;
    reply_read(L, &reply); /* the last that may raise: from here on it has to be freed */
    bool runs = reply.streams && !is_method(task->owner, "HEAD");
    if (!runs)
        respond(task, &reply);
    http_reply_done(&reply);
    return runs ? stream_run(L, BOX) : 0;
}

/* Pushes the application's function and its first argument: the request, whose box is closed
 * when the calling function ends in whatever way. */
static void begin(lua_State *L, const char *function, struct http_request *request)
{
    bind_request_push(L, request);
    lua_toclose(L, BOX);
    application_push(L, function);
    lua_pushvalue(L, BOX + 1);
}

/* What every answer asks of its request is told behind it: an argument costs less than a field.
 */
static int run_handle(lua_State *L)
{
    struct http_request *request = lua_touserdata(L, 1);
    begin(L, "handle", request);
    lua_pushboolean(L, request->admin);
    lua_pushboolean(L, request->preview);
    lua_pushboolean(L, !request->refused && !request->over);
    lua_callk(L, 4, 1, 0, replied);
    return replied(L, LUA_OK, 0);
}

/* Why a task failed.  Its texts are there while failed() begins, and no longer. */
struct failure {
    struct http_request *request;
    const char *kind, *message;
};

/* The status that a failed task is answered with lies in its request.  Why it failed is told to
 * nobody but a developer. */
static int run_failed(lua_State *L)
{
    const struct failure *failure = lua_touserdata(L, 1);
    begin(L, "failed", failure->request);
    lua_pushinteger(L, failure->request->status);
    lua_pushstring(L, failure->kind);
    lua_pushstring(L, bind_state_of(L)->host->watch ? failure->message : NULL);
    lua_callk(L, 4, 1, 0, replied);
    return replied(L, LUA_OK, 0);
}

static void add_header(struct http_reply *reply, const char *name, const char *value)
{
    struct err err; /* names and values are ours and good */
    http_headers_add(&reply->headers, slice_of(name), slice_of(value), &err);
}

/* Without Lua: the last resort. */
static void respond_plainly(const struct vm *vm, struct http_request *request, int status)
{
    char text[128];
    int len =
        snprintf(text, sizeof text, "%d %s\nRequest: %s\n", status,
                 status == 503 ? "Service Unavailable" : "Internal Server Error", request->id);
    struct http_reply reply = {
        .status = status, .standing = vm->plan.bound->headers, .body = {text, (size_t)len}};
    add_header(&reply, "Content-Type", "text/plain; charset=utf-8");
    add_header(&reply, "Cache-Control", "no-store");
    if (status == 503)
        add_header(&reply, "Retry-After", "5");
    request->task = NULL;
    http_respond(request, &reply);
    http_reply_done(&reply);
}

/* A stream that takes too long does because its client does, as a rule. */
static void log_failure(const struct task *task, enum task_outcome outcome)
{
    const struct http_request *request = task->owner;
    bool is_slow = request->streams && outcome == TASK_TIMED_OUT;
    struct log_field fields[] = {{"request", request->id, LOG_WORDS},
                                 {"route", request->route, LOG_WORDS},
                                 {"generation", task->vm->plan.label, LOG_NUMBER},
                                 {"error", task->message, LOG_WORDS},
                                 {"limit", task_limit_name(task->exceeded), LOG_WORDS},
                                 {"at", task->place, LOG_WORDS}};
    const char *message = is_slow                     ? "a stream passed its deadline"
                          : outcome == TASK_TIMED_OUT ? "a request passed its deadline"
                          : outcome == TASK_EXCEEDED  ? "a request was over a limit"
                                                      : "a handler raised an error";
    log_event(is_slow ? LOG_WARN : LOG_ERROR, message, fields, outcome == TASK_FAILED ? 4 : 6);
}

/* A task for the request, or, where there is no room, a plain answer. */
static void start(struct vm *vm, struct http_request *request, lua_CFunction function,
                  void *argument, void (*ended)(struct task *, enum task_outcome), uint64_t due)
{
    struct task *task = NULL;
    if (vm->tasks.count < LIMIT_TASKS)
        task = task_new(vm, function, argument, ended, request);
    if (!task) {
        respond_plainly(vm, request, 503);
        return;
    }
    task->label = (struct task_label){.request = request->id, .route = request->route};
    task->counts_all = true;
    request->task = task;
    task_start(task, due);
}

/* Is the request of a task that has ended still to be answered?  Then the task has failed. */
static bool is_unanswered(const struct task *task, enum task_outcome outcome)
{
    struct http_request *request = task->owner;
    if (!request || outcome == TASK_FINISHED)
        return false;
    request->task = NULL;
    if (outcome == TASK_CANCELLED) {
        http_drop(request);
        return false;
    }
    log_failure(task, outcome);
    if (request->streams) {
        http_drop(request);
        return false;
    }
    request->status = outcome == TASK_FAILED ? 500 : 503;
    return true;
}

static void failed_ended(struct task *task, enum task_outcome outcome)
{
    struct http_request *request = task->owner;
    if (is_unanswered(task, outcome))
        respond_plainly(task->vm, request, request->status);
}

/* failed() begins at once, while the message of the task that it is about is still there. */
static void handle_ended(struct task *task, enum task_outcome outcome)
{
    struct http_request *request = task->owner;
    if (!is_unanswered(task, outcome))
        return;
    const char *kind = outcome == TASK_FAILED      ? "error"
                       : outcome == TASK_TIMED_OUT ? "timeout"
                                                   : "limit";
    struct failure failure = {request, kind, task->message};
    if (application_has(task->vm->L, "failed"))
        start(task->vm, request, run_failed, &failure, failed_ended,
              clock_monotonic() + NS_PER_S);
    else
        respond_plainly(task->vm, request, request->status);
}

/* GET and HEAD are answered with the file, OPTIONS and every other method with what is allowed.
 */
static void send_asset(struct http_request *request, const struct asset *asset, bool immutable)
{
    struct http_reply reply = {.status = 200, .immutable = immutable};
    memcpy(request->route, "static", sizeof "static");
    add_header(&reply, "X-Content-Type-Options", "nosniff");
    add_header(&reply, "Cross-Origin-Resource-Policy", "same-origin");
    if (is_method(request, "GET") || is_method(request, "HEAD")) {
        reply.asset = &asset->http;
    } else {
        reply.status = is_method(request, "OPTIONS") ? 204 : 405;
        add_header(&reply, "Allow", "GET, HEAD, OPTIONS");
    }
    http_respond(request, &reply);
    http_reply_done(&reply);
}

/* What exists below /static/ is answered here. */
static bool serve_asset(struct http_request *request)
{
    const struct generation *generation = request->generation;
    bool immutable = false;
    const struct asset *asset = assets_at(&generation->assets, request->path, &immutable);
    if (!asset || request->refused)
        return false;
    send_asset(request, asset, immutable);
    return true;
}

void serve_request(struct vm *vm, struct http_request *request)
{
    request->deadline = loop_now(vm->loop) + vm->plan.limits->time;
    if (!serve_asset(request))
        start(vm, request, run_handle, request, handle_ended, request->deadline);
}

void serve_gone(struct http_request *request)
{
    struct task *task = request->task;
    if (task && !task->wrote)
        task_cancel(task);
}

void serve_cancel(struct http_request *request)
{
    if (request->task)
        task_cancel(request->task);
}
