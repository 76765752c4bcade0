/* The request's fields and methods.  See bind/request.h and scripts/meta/request.lua. */
#include "bind/request.h"

#include "base/clock.h"
#include "bind/bind.h"
#include "bind/class.h"
#include "bind/state.h"

#include <lauxlib.h>
#include <string.h>

#define REQUEST "host.request"
#define BOX "host.request.box"
enum { USUAL_FIELDS = 16 }; /* with those that scripts set */

/* In a request's table, under this address. */
static char box_key;

struct request_box {
    struct http_request *request;
    const void *table; /* which lies on the stack for as long as the box is full */
};

/* Is the table at 1 the request that was looked at last?  It is asked for again and again. */
static bool is_asked(lua_State *L)
{
    const struct request_box *asked = bind_state_of(L)->asked;
    return asked && asked->table == lua_topointer(L, 1);
}

/* The box at the top, or NULL: a script may have put anything there. */
static struct request_box *test_box(lua_State *L)
{
    struct request_box *box = lua_touserdata(L, -1);
    if (!box || !lua_getmetatable(L, -1))
        return NULL;
    bool is_one = lua_topointer(L, -1) == bind_state_of(L)->request_box;
    lua_pop(L, 1);
    return is_one ? box : NULL;
}

static struct http_request *find_request(lua_State *L)
{
    struct request_box *box = NULL;
    if (lua_istable(L, 1)) {
        lua_rawgetp(L, 1, &box_key);
        box = test_box(L);
        lua_pop(L, 1);
    }
    if (!box)
        luaL_typeerror(L, 1, REQUEST);
    else if (!box->request)
        luaL_error(L, "this request has ended; keep what you need of it, not the request");
    else if (box->table == lua_topointer(L, 1))
        bind_state_of(L)->asked = box;
    return box->request;
}

/* The request of the table at 1; raises for what is none, or has ended. */
static struct http_request *check(lua_State *L)
{
    return is_asked(L) ? bind_state_of(L)->asked->request : find_request(L);
}

static void push_slice(lua_State *L, struct slice slice)
{
    lua_pushlstring(L, slice.data ? slice.data : "", slice.len);
}

/* name → value; the last one of a name stands. */
static void push_pairs(lua_State *L, const struct http_pairs *pairs)
{
    lua_createtable(L, 0, (int)pairs->count);
    for (size_t i = 0; i < pairs->count; i++) {
        push_slice(L, pairs->items[i].name);
        push_slice(L, pairs->items[i].value);
        lua_rawset(L, -3);
    }
}

static void push_method(lua_State *L, struct http_request *request)
{
    lua_pushstring(L, request->method);
}

static void push_path(lua_State *L, struct http_request *request)
{
    push_slice(L, request->path);
}

static void push_target(lua_State *L, struct http_request *request)
{
    push_slice(L, request->target);
}

/* Names in lower case; of several of one name the first stands, as for header(). */
static void push_headers(lua_State *L, struct http_request *request)
{
    const struct http_pairs *pairs = &request->headers;
    lua_createtable(L, 0, (int)pairs->count);
    for (size_t i = pairs->count; i-- > 0;) {
        luaL_Buffer name;
        luaL_buffinit(L, &name);
        for (size_t k = 0; k < pairs->items[i].name.len; k++) {
            char c = pairs->items[i].name.data[k];
            luaL_addchar(&name, (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c));
        }
        luaL_pushresult(&name);
        push_slice(L, pairs->items[i].value);
        lua_rawset(L, -3);
    }
}

static void push_query(lua_State *L, struct http_request *request)
{
    push_pairs(L, &request->query);
}

static void push_form(lua_State *L, struct http_request *request)
{
    push_pairs(L, &request->form);
}

static void push_file(lua_State *L, const struct http_file *file)
{
    lua_createtable(L, 0, 3);
    push_slice(L, file->filename);
    lua_setfield(L, -2, "filename");
    push_slice(L, file->type);
    lua_setfield(L, -2, "type");
    push_slice(L, file->data);
    lua_setfield(L, -2, "data");
}

static void push_files(lua_State *L, struct http_request *request)
{
    lua_createtable(L, 0, (int)request->files.count);
    for (size_t i = 0; i < request->files.count; i++) {
        push_slice(L, request->files.items[i].name);
        push_file(L, &request->files.items[i]);
        lua_rawset(L, -3);
    }
}

static void push_body(lua_State *L, struct http_request *request)
{
    push_slice(L, request->body);
}

static void push_ip(lua_State *L, struct http_request *request)
{
    char text[IP_TEXT] = "";
    if (request->has_ip)
        ip_print(&request->ip, text);
    lua_pushstring(L, text);
}

/* Whom limits count: nil for those who have none; "unix:" for all in doubt on such a socket. */
static void push_client(lua_State *L, struct http_request *request)
{
    char text[IP_TEXT] = "unix:";
    if (request->has_ip) {
        struct ip site = ip_site(&request->ip);
        ip_print(&site, text);
    }
    lua_pushstring(L, request->is_limited ? text : NULL);
}

/* Whom wider limits count beside: nil but for clients on IPv6. */
static void push_customer(lua_State *L, struct http_request *request)
{
    char text[IP_TEXT];
    bool has_one = request->is_limited && request->has_ip && !ip_is_v4(&request->ip);
    if (has_one) {
        struct ip customer = ip_customer(&request->ip);
        ip_print(&customer, text);
    }
    lua_pushstring(L, has_one ? text : NULL);
}

static void push_scheme(lua_State *L, struct http_request *request)
{
    lua_pushstring(L, request->scheme);
}

static void push_id(lua_State *L, struct http_request *request)
{
    lua_pushstring(L, request->id);
}

static void push_generation(lua_State *L, struct http_request *request)
{
    (void)request;
    lua_pushinteger(L, bind_state_of(L)->generation);
}

static void push_deadline(lua_State *L, struct http_request *request)
{
    double left = ((double)request->deadline - (double)clock_monotonic()) / (double)NS_PER_S;
    lua_pushnumber(L, (double)clock_now() + left);
}

static void push_admin(lua_State *L, struct http_request *request)
{
    lua_pushboolean(L, request->admin);
}

static void push_preview(lua_State *L, struct http_request *request)
{
    lua_pushboolean(L, request->preview);
}

static void push_over(lua_State *L, struct http_request *request)
{
    if (request->over)
        lua_pushstring(L, request->over);
    else
        lua_pushboolean(L, false);
}

static void push_wait(lua_State *L, struct http_request *request)
{
    if (request->over)
        lua_pushinteger(L, request->wait);
    else
        lua_pushnil(L);
}

static void push_refused(lua_State *L, struct http_request *request)
{
    if (request->refused)
        lua_pushinteger(L, request->refused);
    else
        lua_pushboolean(L, false);
}

static void push_refusal(lua_State *L, struct http_request *request)
{
    lua_pushstring(L, request->refusal); /* nil for NULL */
}

static void push_route(lua_State *L, struct http_request *request)
{
    if (request->route[0])
        lua_pushstring(L, request->route);
    else
        lua_pushnil(L);
}

static const struct {
    const char *name;
    void (*push)(lua_State *L, struct http_request *request);
} fields[] = {
    {"method", push_method},     {"path", push_path},   {"target", push_target},
    {"headers", push_headers},   {"query", push_query}, {"form", push_form},
    {"files", push_files},       {"body", push_body},   {"ip", push_ip},
    {"scheme", push_scheme},     {"id", push_id},       {"generation", push_generation},
    {"deadline", push_deadline}, {"admin", push_admin}, {"refused", push_refused},
    {"refusal", push_refusal},   {"route", push_route}, {"client", push_client},
    {"customer", push_customer}, {"over", push_over},   {"wait", push_wait},
    {"preview", push_preview},
};

/* Nearly every request is asked for these: fields, and methods. */
static const char *const usual[] = {"method", "path", "target", "header", "cookie"};
enum { USUAL = sizeof usual / sizeof usual[0] };

/* Upvalue of __index: name → place in `fields`, or method; of __newindex: "route". */
enum { UP_CLASS = 1, UP_ROUTE = 1 };

static void keep(lua_State *L)
{
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
}

/* req[name], which its table lacks: a field or method, kept from now on, else nil. */
static int request_index(lua_State *L)
{
    lua_pushvalue(L, 2);
    int type = lua_rawget(L, lua_upvalueindex(UP_CLASS));
    if (type == LUA_TNUMBER) {
        size_t which = (size_t)lua_tointeger(L, -1);
        fields[which].push(L, check(L));
        if (fields[which].push == push_route) /* each setting of it is to be seen */
            return 1;
    } else if (!lua_istable(L, 1)) {
        check(L);
    }
    if (!lua_isnil(L, -1))
        keep(L);
    return 1;
}

/* Only `route` is the host's, too. */
static int request_newindex(lua_State *L)
{
    if (!is_asked(L)) {
        if (!lua_getmetatable(L, 1) || lua_topointer(L, -1) != bind_state_of(L)->request)
            return luaL_typeerror(L, 1, REQUEST);
        lua_pop(L, 1);
    }
    if (lua_rawequal(L, 2, lua_upvalueindex(UP_ROUTE))) {
        struct http_request *request = check(L);
        const char *route = luaL_checkstring(L, 3);
        size_t len = strnlen(route, sizeof request->route - 1);
        memcpy(request->route, route, len);
        request->route[len] = '\0';
    } else {
        lua_rawset(L, 1);
    }
    return 0;
}

/* The end of the box's life in the task that has it as a to-be-closed value. */
static int box_close(lua_State *L)
{
    struct request_box *box = lua_touserdata(L, 1);
    box->request = NULL;
    if (bind_state_of(L)->asked == box)
        bind_state_of(L)->asked = NULL;
    return 0;
}

static int find(lua_State *L, const struct slice *value)
{
    if (value)
        push_slice(L, *value);
    else
        lua_pushnil(L);
    return 1;
}

/* req:header(name) -> string? */
static int header(lua_State *L)
{
    struct http_request *request = check(L);
    return find(L, http_header(request, luaL_checkstring(L, 2)));
}

/* req:cookie(name) -> string? */
static int cookie(lua_State *L)
{
    struct http_request *request = check(L);
    return find(L, http_find(&request->cookies, luaL_checkstring(L, 2)));
}

/* Appends the values of that name to the array on top. */
static void append_pairs(lua_State *L, const struct http_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (!slice_is(pairs->items[i].name, name))
            continue;
        push_slice(L, pairs->items[i].value);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
}

/* req:all(name) -> array */
static int all(lua_State *L)
{
    struct http_request *request = check(L);
    const char *name = luaL_checkstring(L, 2);
    lua_newtable(L);
    append_pairs(L, &request->form, name);
    append_pairs(L, &request->query, name);
    for (size_t i = 0; i < request->files.count; i++) {
        if (!slice_is(request->files.items[i].name, name))
            continue;
        push_file(L, &request->files.items[i]);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
    return 1;
}

static const struct binding methods[] = {{"all", all, 2, 2, "table"},
                                         {"header", header, 2, 2, "string?"},
                                         {"cookie", cookie, 2, 2, "string?"},
                                         {NULL, NULL, 0, 0, NULL}};

/* Keeps the two metatables and the names and methods in `usual`, of which the class lies at
 * that index, in one array: looked up by name they would cost more than all the rest. */
static void keep_usual(lua_State *L, int box, int request, int class)
{
    lua_createtable(L, 2 + USUAL * 2, 0);
    lua_pushvalue(L, box);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, request);
    lua_rawseti(L, -2, 2);
    for (int i = 0; i < USUAL; i++) {
        lua_pushstring(L, usual[i]);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, 3 + i * 2);
        lua_rawget(L, class); /* a method, or a place in `fields` */
        lua_rawseti(L, -2, 4 + i * 2);
    }
    bind_state_of(L)->request_usual = luaL_ref(L, LUA_REGISTRYINDEX);
}

void bind_request_open(lua_State *L)
{
    class_open(L, BOX);
    int box = lua_gettop(L);
    bind_state_of(L)->request_box = lua_topointer(L, -1);
    class_event(L, "__close", box_close, 0);
    class_open(L, REQUEST);
    bind_state_of(L)->request = lua_topointer(L, -1);
    lua_newtable(L);
    bind_methods(L, "request", methods);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        lua_pushinteger(L, (lua_Integer)i);
        lua_setfield(L, -2, fields[i].name);
    }
    keep_usual(L, box, box + 1, box + 2);
    lua_pushcclosure(L, request_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "route");
    lua_pushcclosure(L, request_newindex, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pop(L, 2);
}

void bind_request_push(lua_State *L, struct http_request *request)
{
    struct request_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    box->request = request;
    lua_createtable(L, 0, USUAL_FIELDS);
    box->table = lua_topointer(L, -1);
    int table = lua_gettop(L);
    lua_pushvalue(L, table - 1);
    lua_rawsetp(L, table, &box_key);
    lua_rawgeti(L, LUA_REGISTRYINDEX, bind_state_of(L)->request_usual);
    for (int i = 0; i < USUAL; i++) {
        lua_rawgeti(L, table + 1, 3 + i * 2);
        if (lua_rawgeti(L, table + 1, 4 + i * 2) == LUA_TNUMBER) {
            size_t which = (size_t)lua_tointeger(L, -1);
            lua_pop(L, 1);
            fields[which].push(L, request);
        }
        lua_rawset(L, table);
    }
    lua_rawgeti(L, table + 1, 2);
    lua_setmetatable(L, table);
    lua_rawgeti(L, table + 1, 1);
    lua_setmetatable(L, table - 1);
    lua_settop(L, table);
    bind_state_of(L)->asked = box;
}

struct http_request *bind_request_in(lua_State *L, int box)
{
    const struct request_box *held = lua_touserdata(L, box);
    return held->request;
}
