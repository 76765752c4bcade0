/*
 * host.http: fetching from the web.  See scripts/meta/http.lua.
 *
 * A call is one fetch in a wait box that lies on the call's stack while the task is parked.
 * What may come is charged to the task before anything is asked, so that it is there when it
 * comes.
 */
#include "bind/bind.h"

#include "base/clock.h"
#include "base/cut.h"
#include "base/limits.h"
#include "base/mem.h"
#include "bind/box.h"
#include "bind/fields.h"
#include "bind/state.h"
#include "net/fetch.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { TIMEOUT_S = 10, MAX = 1024 * 1024, REDIRECTS = 3, METHOD = 16 };

static const char FETCH[] = "host.http.fetch";

/* ---- the box ---- */

static void cancel(struct bind_wait *wait, void *fetch)
{
    (void)wait;
    fetcher_cancel(fetch);
}

static void free_fetch(void *fetch)
{
    fetch_free(fetch);
}

static void done(struct fetch *fetch)
{
    bind_wait_over(fetch->owner);
}

static struct bind_wait *new_box(lua_State *L, const struct task *task)
{
    struct bind_wait *box = bind_wait_box(L, sizeof *box, FETCH, cancel, free_fetch);
    struct fetch *fetch = box->operation = fetch_new();
    fetch->timeout = TIMEOUT_S * NS_PER_S;
    fetch->max = MAX;
    fetch->redirects = REDIRECTS;
    fetch->account = task->root;
    fetch->done = done;
    fetch->owner = box;
    return box;
}

/* ---- what to ask ---- */

static void read_url(lua_State *L, struct fetch *fetch)
{
    const char *url = fields_word(L, "url");
    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
        bind_arg_error(L, 1, "url begins neither with https:// nor with http://");
    fetch->url = mem_text(url);
}

static void read_method(lua_State *L, struct fetch *fetch)
{
    static const char *const methods[] = {"GET",   "HEAD",   "POST",    "PUT",
                                          "PATCH", "DELETE", "OPTIONS", NULL};
    const char *method = fields_word(L, "method");
    size_t i = 0;
    while (methods[i] && strcmp(methods[i], method) != 0)
        i++;
    if (!methods[i])
        bind_arg_error(L, 1,
                       "method is none of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS");
    fetch->method = mem_text(method);
}

static void read_headers(lua_State *L, struct fetch *fetch)
{
    int count = 0;
    fields_table(L, "headers");
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        const char *name = fields_key(L, "headers");
        struct slice value = fields_text(L, name);
        if (++count > LIMIT_FETCH_HEADERS)
            bind_arg_error(L, 1, "headers holds more than %d", LIMIT_FETCH_HEADERS);
        if (value.len + lua_rawlen(L, -2) > LIMIT_FETCH_HEADER)
            bind_arg_error(L, 1, "header '%.40s' is longer than %d bytes", name,
                           LIMIT_FETCH_HEADER);
        if (!fetch_header(fetch, name, value))
            bind_arg_error(L, 1,
                           "headers cannot hold '%.40s': the host writes it, it is no name, or "
                           "its value has a control character",
                           name);
    }
}

static void read_body(lua_State *L, struct bind_wait *box)
{
    struct slice body = fields_text(L, "body");
    struct fetch *fetch = box->operation;
    bind_wait_charge(L, box, body.len);
    buf_add(&fetch->body, body.data, body.len);
}

/* The number on top. */
static double number_of(lua_State *L, const char *what, double min, double max)
{
    double number = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : min - 1;
    if (!(number >= min && number <= max))
        bind_arg_error(L, 1, "%s is no number from %g to %g", what, min, max);
    return number;
}

static void read_field(lua_State *L, const char *key, struct bind_wait *box)
{
    static const char *const names[] = {"url",     "method", "headers",   "body",
                                        "timeout", "max",    "redirects", NULL};
    struct fetch *fetch = box->operation;
    if (strcmp(key, "url") == 0)
        read_url(L, fetch);
    else if (strcmp(key, "method") == 0)
        read_method(L, fetch);
    else if (strcmp(key, "headers") == 0)
        read_headers(L, fetch);
    else if (strcmp(key, "body") == 0)
        read_body(L, box);
    else if (strcmp(key, "timeout") == 0)
        fetch->timeout = (uint64_t)(number_of(L, key, 0.001, LIMIT_FETCH_S) * (double)NS_PER_S);
    else if (strcmp(key, "max") == 0)
        fetch->max = (size_t)number_of(L, key, 1, LIMIT_FETCH_BODY);
    else if (strcmp(key, "redirects") == 0)
        fetch->redirects = (int)number_of(L, key, 0, LIMIT_FETCH_REDIRECTS);
    else
        fields_unknown(L, 1, "a fetch", key, names);
}

/* The table at 1. */
static void read_fetch(lua_State *L, struct bind_wait *box)
{
    struct fetch *fetch = box->operation;
    lua_pushvalue(L, 1);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        read_field(L, fields_key(L, "a fetch"), box);
    lua_pop(L, 1);
    if (!fetch->url)
        bind_arg_error(L, 1, "a fetch needs url");
    if (!fetch->method)
        fetch->method = mem_text("GET");
    if (fetch->body.len > 0 && strcmp(fetch->method, "HEAD") == 0)
        bind_arg_error(L, 1, "HEAD has no body");
    bind_wait_charge(L, box, fetch->max);
}

static bool only_reads(const struct fetch *fetch)
{
    return strcmp(fetch->method, "GET") == 0 || strcmp(fetch->method, "HEAD") == 0;
}

/* ---- what came ---- */

/* Pushes a table of headers; those of one name are one, joined as RFC 9110 §5.3 does. */
static void push_headers(lua_State *L, const struct fetch *fetch)
{
    struct slice rest = {fetch->head.data, fetch->head.len};
    lua_newtable(L);
    while (rest.len > 0) {
        struct slice value = cut_until(&rest, '\n'), name = cut_until(&value, ':');
        lua_pushlstring(L, name.data, name.len);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) == LUA_TSTRING) {
            lua_pushliteral(L, ", ");
            lua_pushlstring(L, value.data, value.len);
            lua_concat(L, 3);
        } else {
            lua_pop(L, 1);
            lua_pushlstring(L, value.data, value.len);
        }
        lua_rawset(L, -3);
    }
}

/* The box is at 2. */
static int answer(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    struct bind_wait *box = lua_touserdata(L, 2);
    struct fetch *fetch = box->operation;
    if (!fetch->ok)
        return bind_fail(L, &fetch->err);
    bind_wait_credit(box);
    lua_createtable(L, 0, 4); /* raises before the fetch is freed, or not at all */
    lua_pushinteger(L, fetch->status);
    lua_setfield(L, -2, "status");
    push_headers(L, fetch);
    lua_setfield(L, -2, "headers");
    bind_push_buffer(L, &fetch->content);
    lua_setfield(L, -2, "body");
    lua_pushstring(L, fetch->place);
    lua_setfield(L, -2, "url");
    box->operation = NULL;
    fetch_free(fetch);
    return 1;
}

/* http.fetch(what) -> {status=, headers=, body=, url=} | nil, message, kind.  Yields. */
static int l_fetch(lua_State *L)
{
    bind_check_table(L, 1);
    struct task *task = task_check(L, "host.http.fetch");
    struct bind_wait *box = new_box(L, task);
    struct fetcher *fetcher = bind_state_of(L)->fetcher;
    struct err err;
    if (!fetcher)
        return luaL_error(L, "nothing can be fetched in this command");
    read_fetch(L, box);
    if (!fetcher_submit(fetcher, box->operation, &err))
        return bind_fail(L, &err);
    if (!only_reads(box->operation))
        task->wrote = true; /* a client that goes does not end it half-way */
    return bind_wait_park(L, box, task, answer, 0);
}

static const struct binding module[] = {{"fetch", l_fetch, 1, 1, "table?,string?,string?"},
                                        {NULL, NULL, 0, 0, NULL}};

int bind_http_open(lua_State *L)
{
    bind_module(L, "host.http", module);
    return 1;
}
