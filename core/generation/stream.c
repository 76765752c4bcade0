/* See stream.h.  The owner of the task is its request until the answer has ended. */
#include "generation/stream.h"

#include "base/mem.h"
#include "bind/box.h"
#include "bind/request.h"
#include "generation/reply.h"
#include "http/server.h"
#include "vm/task.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <string.h>

static const char WRITER[] = "host.stream.writer";

enum { UP_BOX = 1, UP_REPLY }; /* of write() */

/* The head, of the reply at this index.  From now on a client that goes ends the task again:
 * what it has written to a database has been answered. */
static void begin(lua_State *L, int index, struct http_request *request)
{
    struct http_reply reply;
    lua_pushvalue(L, index);
    reply_read(L, &reply);
    if (!reply.streams) { /* its stream, which runs, may have changed it */
        http_reply_done(&reply);
        luaL_error(L, "the reply of a stream that has begun is none any more");
    }
    vm_of(L)->tasks.current->wrote = false;
    http_respond(request, &reply);
    http_reply_done(&reply);
    lua_pop(L, 1);
}

static void take_back(struct bind_wait *wait, void *operation)
{
    struct http_request *request = operation;
    (void)wait;
    request->writer = NULL;
    http_take_back(request);
}

void stream_taken(struct http_request *request)
{
    bind_wait_over(TAKE(request->writer));
}

/* write(text).  Yields. */
static int l_write(lua_State *L)
{
    struct slice text;
    text.data = luaL_checklstring(L, 1, &text.len);
    lua_settop(L, 1); /* which keeps it */
    struct task *task = task_check(L, "write");
    struct http_request *request = bind_request_in(L, lua_upvalueindex(UP_BOX));
    if (!request)
        return luaL_error(L, "this stream has ended");
    if (request->task != task)
        return luaL_error(L, "write is for the stream's own task, not for one of host.task");
    if (text.len == 0 || request->gone) /* who is gone is told nothing more */
        return 0;
    if (!request->streams)
        begin(L, lua_upvalueindex(UP_REPLY), request);
    struct bind_wait *wait = bind_wait_box(L, sizeof *wait, WRITER, take_back, NULL);
    wait->operation = request;
    request->writer = wait;
    http_write(request, text);
    return bind_wait_park(L, wait, task, task_return_nothing, 0);
}

/* The stream's function has returned; its reply is on top. */
static int streamed(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    struct task *task = vm_of(L)->tasks.current;
    struct http_request *request = task->owner;
    if (!request->streams && !request->gone)
        begin(L, lua_gettop(L), request);
    task->owner = NULL;
    task->label = (struct task_label){0}; /* the request may go before the task */
    request->task = NULL;
    if (request->gone)
        http_drop(request);
    else
        http_end(request);
    return 0;
}

int stream_run(lua_State *L, int box)
{
    lua_getfield(L, -1, "stream");
    lua_pushvalue(L, box);
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, l_write, 2);
    lua_callk(L, 1, 0, 0, streamed);
    return streamed(L, LUA_OK, 0);
}
