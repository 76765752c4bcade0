/* See reply.h.  Nothing that has to be freed is held while something may still raise. */
#include "generation/reply.h"

#include "base/limits.h"
#include "base/nearest.h"
#include "bind/page.h"
#include "bind/state.h"
#include "generation/application.h"
#include "generation/assets.h"
#include "http/answer.h"
#include "http/page.h"
#include "http/request.h"
#include "vm/task.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <string.h>

static const struct http_request *request_of(lua_State *L)
{
    return vm_of(L)->tasks.current->owner;
}

/* Whoever wrote the route is told, since the stack is that of the host by now. */
static int bad_reply(lua_State *L, const char *format, ...)
{
    va_list args;
    application_push_place(L, request_of(L)->route);
    va_start(args, format);
    lua_pushvfstring(L, format, args);
    va_end(args);
    lua_concat(L, 2);
    return lua_error(L);
}

/* ---- headers ---- */

/* name at -2, value at -1; what holds them keeps them until the reply is sent.  They are not
 * checked yet. */
static void read_header(lua_State *L, struct http_headers *headers)
{
    struct http_reply_header *header = &headers->items[headers->count];
    if (lua_type(L, -2) != LUA_TSTRING || !lua_isstring(L, -1))
        bad_reply(L,
                  "a header is a string by its name, or an array of strings, not "
                  "a %s by a %s",
                  luaL_typename(L, -1), luaL_typename(L, -2));
    if (headers->count == LIMIT_REPLY_HEADERS)
        bad_reply(L, "a reply has more than %d headers", LIMIT_REPLY_HEADERS);
    header->name.data = lua_tolstring(L, -2, &header->name.len);
    header->value.data = lua_tolstring(L, -1, &header->value.len);
    headers->count++;
}

/* The same with an array of values. */
static void read_values(lua_State *L, struct http_headers *headers)
{
    int values = lua_gettop(L);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, values); i++) {
        lua_pushvalue(L, values - 1);
        lua_rawgeti(L, values, i);
        read_header(L, headers);
        lua_rawseti(L, values, i);
        lua_pop(L, 1);
    }
}

static void read_headers(lua_State *L, int table, struct http_headers *headers)
{
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (lua_istable(L, -1)) {
            read_values(L, headers);
        } else {
            bool is_number = lua_type(L, -1) == LUA_TNUMBER;
            read_header(L, headers);
            if (!is_number)
                continue;
            lua_pushvalue(L, -2); /* as the text that it is now */
            lua_pushvalue(L, -2);
            lua_rawset(L, table);
        }
    }
}

static void check_headers(lua_State *L, struct http_headers *headers)
{
    struct err err;
    size_t given = headers->count;
    headers->count = 0;
    for (size_t i = 0; i < given; i++)
        if (!http_headers_add(headers, headers->items[i].name, headers->items[i].value, &err))
            bad_reply(L, "%s", err.text);
}

/* ---- the body ---- */

static const struct http_asset *check_file(lua_State *L, const char *path)
{
    static const char root[] = "static/";
    const struct asset *asset = NULL;
    if (strncmp(path, root, sizeof root - 1) == 0)
        asset = assets_find(bind_state_of(L)->assets, path + sizeof root - 1);
    if (!asset)
        bad_reply(L, "a reply's file is a path below static/ that exists, not '%s'", path);
    return &asset->http;
}

/* Where a part stands its text. */
static const struct gzip_text *text_at(const struct http_texts *texts, size_t i,
                                       struct slice bytes)
{
    if (!texts || i % 2 != 0 || i / 2 >= texts->count)
        return NULL;
    const struct gzip_text *text = &texts->items[i / 2];
    return text->bytes.data == bytes.data ? text : NULL;
}

static void list_part(struct http_page *page, size_t i, struct slice bytes,
                      const struct http_texts *texts)
{
    const struct gzip_text *text = text_at(texts, i, bytes);
    page->parts[i] = (struct http_part){bytes, text};
    page->standing += text ? bytes.len : 0;
}

/* All parts, which then are strings; the first ones are listed. */
static void read_parts(lua_State *L, int table, const struct http_texts *texts,
                       struct http_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        struct slice bytes = {0};
        int type = lua_rawgeti(L, table, (lua_Integer)i + 1);
        if (!(bytes.data = lua_tolstring(L, -1, &bytes.len)))
            bad_reply(L, "part %d of a reply's body is a %s, not a string or number",
                      (int)i + 1, luaL_typename(L, -1));
        if (type == LUA_TNUMBER)
            lua_rawseti(L, table, (lua_Integer)i + 1);
        else
            lua_pop(L, 1);
        if (i < PAGE_PARTS)
            list_part(page, i, bytes, texts);
        page->size += bytes.len;
        if (page->size > LIMIT_REPLY_BODY)
            bad_reply(L, "the body of a reply has more than %d bytes", LIMIT_REPLY_BODY);
    }
}

/* One that is not listed; the table keeps it. */
static struct slice part_at(lua_State *L, int table, size_t i)
{
    struct slice bytes;
    lua_rawgeti(L, table, (lua_Integer)i + 1);
    bytes.data = lua_tolstring(L, -1, &bytes.len);
    lua_pop(L, 1);
    return bytes;
}

/* A body in parts, such as a page, is put together right where it is sent from.  Behind
 * http_reply_join(), which allocates, nothing raises. */
static void join_parts(lua_State *L, int table, const struct http_page *page,
                       struct http_reply *reply)
{
    if (page->count <= PAGE_PARTS) {
        http_page_write(page, http_reply_join(reply, http_page_bytes(page)), false);
        return;
    }
    char *at = http_reply_join(reply, page->size);
    for (size_t i = 0; i < page->count; i++) {
        struct slice bytes = part_at(L, table, i);
        memcpy(at, bytes.data, bytes.len);
        at += bytes.len;
    }
}

/* The page was much the same before, or may be again. */
static void read_page(lua_State *L, int table, struct http_reply *reply)
{
    struct http_answers **kept = &bind_state_of(L)->answers;
    struct http_page page; /* its parts' places need not be cleared */
    page.count = lua_rawlen(L, table);
    page.size = page.standing = 0;
    page.gzip = false;
    struct http_texts *texts = bind_page_texts(L, table);
    read_parts(L, table, page.count <= PAGE_PARTS ? texts : NULL, &page);
    if (page.standing)
        http_page_negotiate(&page, texts, request_of(L));
    bool suits = http_answer_suits(reply, &page);
    if (suits && http_answers_find(*kept, reply, &page))
        return;
    check_headers(L, &reply->headers);
    int anchor = suits ? luaL_ref(L, LUA_REGISTRYINDEX) : LUA_NOREF; /* what holds the texts */
    http_page_settle(&page, reply);
    join_parts(L, table, &page, reply);
    if (suits)
        http_answers_keep(kept, reply, &page, &anchor);
    luaL_unref(L, LUA_REGISTRYINDEX, anchor);
}

/* What writes it, on top, is called by generation/stream.c. */
static void check_stream(lua_State *L, struct http_reply *reply)
{
    if (!lua_isfunction(L, -1))
        bad_reply(L, "a reply's stream is a function that is given write, not a %s",
                  luaL_typename(L, -1));
    if (reply->status == 204 || reply->status == 205 || reply->status == 304)
        bad_reply(L, "a reply of status %d has no body to be written", reply->status);
    reply->streams = true;
    check_headers(L, &reply->headers);
}

/* ---- all ---- */

static const char *const PARTS[] = {"status", "headers", "body", "file", "stream", NULL};

static bool is_part(const char *name)
{
    for (size_t i = 0; PARTS[i]; i++)
        if (strcmp(name, PARTS[i]) == 0)
            return true;
    return false;
}

static void refuse_part(lua_State *L, const char *name)
{
    struct nearest nearest = nearest_to(slice_of(name));
    for (size_t i = 0; PARTS[i]; i++)
        nearest_offer(&nearest, PARTS[i]);
    if (nearest.word)
        bad_reply(L, "a reply has no '%s'; did you mean '%s'?", name, nearest.word);
    bad_reply(L, "a reply has no '%s'; it has status, headers, body, file and stream", name);
}

/* A misspelt one would pass for one that is not there. */
static void check_parts(lua_State *L, int table)
{
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        if (lua_type(L, -2) != LUA_TSTRING)
            bad_reply(L, "a reply has its parts by name, not by a %s", luaL_typename(L, -2));
        else if (!is_part(lua_tostring(L, -2)))
            refuse_part(L, lua_tostring(L, -2));
}

static void read_body(lua_State *L, int table, struct http_reply *reply)
{
    if (lua_getfield(L, table, "file") == LUA_TSTRING) {
        reply->asset = check_file(L, lua_tostring(L, -1));
        check_headers(L, &reply->headers);
        return;
    }
    if (lua_getfield(L, table, "stream") != LUA_TNIL) {
        check_stream(L, reply);
        return;
    }
    int type = lua_getfield(L, table, "body");
    if (type == LUA_TTABLE) {
        read_page(L, lua_gettop(L), reply);
        return;
    }
    if (type == LUA_TSTRING) /* the table keeps it */
        reply->body.data = lua_tolstring(L, -1, &reply->body.len);
    else if (type != LUA_TNIL)
        bad_reply(L, "a reply's body is a string or an array of them, not a %s",
                  lua_typename(L, type));
    check_headers(L, &reply->headers);
}

static void read_status(lua_State *L, int table, struct http_reply *reply)
{
    int whole = 1;
    lua_Integer status = reply->status;
    if (lua_getfield(L, table, "status") != LUA_TNIL)
        status = lua_tointegerx(L, -1, &whole);
    if (!whole || status < 200 || status > 599)
        bad_reply(L, "a reply's status is a number from 200 to 599");
    reply->status = (int)status;
    lua_pop(L, 1);
}

static void start_reply(struct http_reply *reply, const struct vm *vm)
{
    reply->status = 200;
    reply->standing = vm->plan.bound->headers;
    reply->body = (struct slice){0};
    reply->joined = NULL;
    reply->asset = NULL;
    reply->varies = reply->gzip = false;
    reply->streams = false;
    reply->immutable = false;
    reply->answer = NULL;
    reply->headers.count = 0;
    reply->headers.bytes =
        reply->standing ? reply->standing->bytes : 0; /* one limit for both */
}

void reply_read(lua_State *L, struct http_reply *ret_reply)
{
    int table = lua_gettop(L);
    if (!lua_istable(L, table))
        bad_reply(L, "a handler returns a reply {status, headers, body}, not a %s",
                  luaL_typename(L, table));
    check_parts(L, table);
    start_reply(ret_reply, vm_of(L));
    read_status(L, table, ret_reply);
    int type = lua_getfield(L, table, "headers");
    if (type == LUA_TTABLE)
        read_headers(L, lua_gettop(L), &ret_reply->headers);
    else if (type != LUA_TNIL)
        bad_reply(L, "a reply's headers are a table, not a %s", lua_typename(L, type));
    read_body(L, table, ret_reply);
    lua_settop(L, table);
}
