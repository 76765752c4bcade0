/*
 * host.control: asks the running server what admins ask by the control socket.  In a command
 * the server is another process.
 */
#include "bind/ask.h"

#include "base/mem.h"
#include "bind/bind.h"
#include "bind/box.h"
#include "bind/state.h"

#include <string.h>

static const char ASKER[] = "host.control.asker";

enum { MOST = 1000 /* bytes of a line */ };

struct asker {
    struct bind_wait wait;
};

/* The box is at 2. */
static int answer(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    const struct asker *asker = lua_touserdata(L, 2);
    const struct bind_ask *ask = asker->wait.operation;
    if (!ask->good)
        lua_pushnil(L);
    lua_pushlstring(L, ask->text.data ? ask->text.data : "", ask->text.len);
    if (!ask->good)
        lua_pushstring(L, err_kind_name(ask->kind));
    return ask->good ? 1 : 3;
}

static void done(struct loop_call *call)
{
    struct bind_ask *ask = CONTAINER(call, struct bind_ask, done);
    if (ask->owner) {
        bind_wait_over(ask->owner);
        return;
    }
    if (ask->missed)
        ask->missed(ask);
    bind_ask_free(ask);
}

static void cancel(struct bind_wait *wait, void *operation)
{
    struct bind_ask *ask = operation;
    (void)wait;
    ask->owner = NULL;
}

static void free_ask(void *operation)
{
    bind_ask_free(operation);
}

/* control.ask(line) -> text | nil, message, kind.  Yields. */
static int l_ask(lua_State *L)
{
    const char *line = bind_text(L, 1);
    const struct bind_host *host = bind_state_of(L)->host;
    struct task *task = task_check(L, "host.control.ask");
    if (strlen(line) > MOST || strchr(line, '\n'))
        bind_arg_error(L, 1, "one line of %d bytes at most is expected", MOST);
    if (!host->control) {
        struct err err;
        err_set(&err, ERR_STATE, "there is no server to ask");
        return bind_fail(L, &err);
    }
    struct asker *asker = bind_wait_box(L, sizeof *asker, ASKER, cancel, free_ask);
    struct bind_ask *ask = asker->wait.operation = bind_ask_new(line, task->vm->loop);
    ask->done.run = done;
    ask->missed = host->missed;
    ask->owner = &asker->wait;
    task->wrote = true; /* what was asked for is done in any case */
    host->control(host->owner, ask);
    return bind_wait_park(L, &asker->wait, task, answer, 0);
}

static const struct binding module[] = {{"ask", l_ask, 1, 1, "string?,string?,string?"},
                                        {NULL, NULL, 0, 0, NULL}};

int bind_control_open(lua_State *L)
{
    bind_module(L, "host.control", module);
    return 1;
}
