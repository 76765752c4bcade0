/* See routes.h. */
#include "generation/routes.h"

#include "base/clock.h"
#include "base/cut.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/shared.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATES = 4, /* of a route */
    MINUTE = 60,
    CLIENTS = 100000, /* remembered at once: whoever has more addresses pushes out counts */
    /* Who has many networks of IPv6, of which each counts as a client, asks as often as so
     * many of them. */
    WIDER = 8
};

struct rate {
    char *name;
    int64_t minute;
};

struct route {
    char *method, *path, *name; /* name is NULL where the list has none */
    size_t path_len;
    bool admin, has_pattern;
    size_t keep;
    struct rate rates[RATES];
    size_t nrates;
};

/* ---- reading ---- */

static bool takes_body(const char *method)
{
    static const char *const with[] = {"POST", "PUT", "PATCH", "DELETE"};

    for (size_t i = 0; i < sizeof with / sizeof *with; i++)
        if (strcmp(method, with[i]) == 0)
            return true;
    return false;
}

/* The text of a field of the table on top; borrowed while the table is there. */
static const char *text_field(lua_State *L, const char *name)
{
    if (lua_getfield(L, -1, name) != LUA_TSTRING)
        luaL_error(L, "a route in the list of main's 'routes' has no %s", name);
    const char *text = lua_tostring(L, -1);
    lua_pop(L, 1);
    return text;
}

/* A whole number of at least `least`; `absent` where there is none.  `route`: where it was
 * declared, for a message. */
static lua_Integer number_field(lua_State *L, const char *name, lua_Integer least,
                                lua_Integer absent, const char *route)
{
    int whole = 1;
    lua_Integer number = absent;
    if (lua_getfield(L, -1, name) != LUA_TNIL)
        number = lua_tointegerx(L, -1, &whole);
    if (!whole || number < least)
        luaL_error(L, "%s: '%s' is not a whole number of at least %d", route, name, (int)least);
    lua_pop(L, 1);
    return number;
}

/* The rates in the list on top. */
static void read_rates(lua_State *L, struct route *route, const char *named)
{
    for (size_t i = 1; i <= lua_rawlen(L, -1); i++) {
        if (lua_rawgeti(L, -1, (lua_Integer)i) != LUA_TTABLE || route->nrates == RATES)
            luaL_error(L, "%s: 'rates' is a list of at most %d tables", named, (int)RATES);
        struct rate *rate = &route->rates[route->nrates++];
        if (lua_getfield(L, -1, "name") != LUA_TSTRING)
            luaL_error(L, "%s: a rate has no name", named);
        rate->name = mem_text(lua_tostring(L, -1));
        lua_pop(L, 1);
        rate->minute = number_field(L, "minute", 1, 0, named);
        lua_pop(L, 1);
    }
}

/* Pushes "FILE:LINE: the route PATH", of the table on top, without the place where it names
 * none. */
static const char *push_name(lua_State *L, const char *path)
{
    lua_getfield(L, -1, "file");
    lua_getfield(L, -2, "line");
    if (lua_isstring(L, -1) && lua_isstring(L, -2))
        lua_pushfstring(L, "%s:%s: ", lua_tostring(L, -2), lua_tostring(L, -1));
    else
        lua_pushliteral(L, "");
    lua_pushfstring(L, "%sthe route %s", lua_tostring(L, -1), path);
    lua_replace(L, -4);
    lua_pop(L, 2);
    return lua_tostring(L, -1);
}

static void read_limits(lua_State *L, struct route *route)
{
    lua_Integer usual = takes_body(route->method) ? LUA_MAXINTEGER : 0;
    const char *named = push_name(L, route->path);
    lua_insert(L, -2);
    route->keep = (size_t)number_field(L, "body", 0, usual, named);
    if (lua_getfield(L, -1, "rates") == LUA_TTABLE)
        read_rates(L, route, named);
    lua_pop(L, 1);
    lua_remove(L, -2);
}

static void read_route(lua_State *L, struct route *route)
{
    if (!lua_istable(L, -1))
        luaL_error(L, "main's 'routes' lists a %s, not a table", luaL_typename(L, -1));
    route->method = mem_text(text_field(L, "method"));
    route->path = mem_text(text_field(L, "path"));
    route->path_len = strlen(route->path);
    route->has_pattern = strpbrk(route->path, ":*") != NULL;
    if (lua_getfield(L, -1, "name") == LUA_TSTRING)
        route->name = mem_text(lua_tostring(L, -1));
    lua_pop(L, 1);
    lua_getfield(L, -1, "admin");
    route->admin = lua_toboolean(L, -1);
    lua_pop(L, 1);
    read_limits(L, route);
}

/* Fixed before :param before *rest, segment by segment. */
static int rank(const char *segment)
{
    return *segment == '*' ? 2 : *segment == ':' ? 1 : 0;
}

static int by_precedence(const void *a, const void *b)
{
    const struct route *left = a, *right = b;
    const char *l = left->path, *r = right->path;

    if (left->has_pattern != right->has_pattern)
        return left->has_pattern - right->has_pattern;
    while (l && r) {
        l += *l == '/';
        r += *r == '/';
        if (rank(l) != rank(r))
            return rank(l) - rank(r);
        l = strchr(l, '/');
        r = strchr(r, '/');
    }
    return 0;
}

void routes_read(lua_State *L, struct routes *routes)
{
    luaL_checktype(L, -1, LUA_TTABLE);
    size_t count = lua_rawlen(L, -1);
    routes->items = mem_new(count + 1, sizeof *routes->items);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        read_route(L, &routes->items[routes->count++]);
        lua_pop(L, 1);
    }
    qsort(routes->items, routes->count, sizeof *routes->items, by_precedence);
}

void routes_done(struct routes *routes)
{
    for (size_t i = 0; i < routes->count; i++) {
        struct route *route = &routes->items[i];
        for (size_t k = 0; k < route->nrates; k++)
            free(route->rates[k].name);
        free(route->name);
        free(route->method);
        free(route->path);
    }
    free(routes->items);
    *routes = (struct routes){0};
}

/* ---- their metrics ---- */

static void begin_answers(const char *name)
{
    static const char *const classes[] = {"2xx", "3xx", "4xx", "5xx"};

    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        struct metric_label labels[] = {{"route", name}, {"status", classes[i]}};
        metric_begin(METRIC_COUNTER, "tc_requests_total", labels, 2);
    }
}

void routes_begin_metrics(const struct routes *routes)
{
    begin_answers("none");
    begin_answers("static");
    for (size_t i = 0; i < routes->count; i++) {
        const struct route *route = &routes->items[i];
        if (route->name)
            begin_answers(route->name);
        for (size_t k = 0; k < route->nrates; k++)
            metric_begin(METRIC_COUNTER, "tc_rate_limited_total",
                         (struct metric_label[]){{"limit", route->rates[k].name}}, 1);
    }
}

/* ---- finding ---- */

/* Is that one segment what the pattern's says? */
static bool segment_fits(struct slice pattern, struct slice segment)
{
    if (pattern.len && pattern.data[0] == ':')
        return segment.len > 0;
    return pattern.len == segment.len && memcmp(pattern.data, segment.data, pattern.len) == 0;
}

static bool pattern_fits(struct slice pattern, struct slice path)
{
    for (pattern = cut_from(pattern, 1), path = cut_from(path, 1);;) {
        bool last_wanted = !cut_has(pattern, '/'), last = !cut_has(path, '/');
        struct slice wanted = cut_until(&pattern, '/'), segment = cut_until(&path, '/');
        if (wanted.len && wanted.data[0] == '*')
            return true;
        if (!segment_fits(wanted, segment))
            return false;
        if (last_wanted || last)
            return last_wanted && last;
    }
}

static bool fits(const struct route *route, struct slice path)
{
    struct slice own = {route->path, route->path_len};

    if (!route->has_pattern)
        return own.len == path.len && memcmp(own.data, path.data, own.len) == 0;
    return path.len && path.data[0] == '/' && pattern_fits(own, path);
}

/* Is a slash in the path one of its segment's?  Then the decoded path does not tell them. */
static bool has_escaped_slash(struct slice target)
{
    struct slice path = cut_until(&target, '?');

    while (cut_has(path, '%')) {
        cut_until(&path, '%');
        if (path.len >= 2 && path.data[0] == '2' && (path.data[1] | 32) == 'f')
            return true;
    }
    return false;
}

/* The first that fits; where segments cannot be told, the pattern that keeps most. */
static const struct route *find(const struct routes *routes, const struct http_request *request)
{
    const char *method = strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;
    bool vague = has_escaped_slash(request->target);
    const struct route *most = NULL;

    for (size_t i = 0; i < routes->count; i++) {
        const struct route *route = &routes->items[i];
        bool may = vague ? route->has_pattern : fits(route, request->path);
        if (!may || route->admin != request->admin || strcmp(route->method, method) != 0)
            continue;
        if (!vague)
            return route;
        if (!most || route->keep > most->keep)
            most = route;
    }
    return most;
}

/* ---- counting ---- */

/* Is it the first beyond so many of this client within the minute? */
static bool is_beyond(const struct rate *rate, const struct ip *ip, const char *kind,
                      int64_t most)
{
    struct shared_space *space;
    char key[128], client[IP_TEXT] = "unix:";
    int64_t count;
    struct err err;

    if (ip)
        ip_print(ip, client);
    snprintf(key, sizeof key, "%.40s %lld %s%s", rate->name, (long long)(clock_now() / MINUTE),
             kind, client);
    return shared_space("host.rates", CLIENTS, &space, &err) &&
           shared_incr(space, slice_of(key), 1, MINUTE, &count, &err) && count > most;
}

static bool is_over(const struct rate *rate, const struct http_request *request)
{
    struct ip site = ip_site(&request->ip), customer = ip_customer(&request->ip);

    if (is_beyond(rate, request->has_ip ? &site : NULL, "", rate->minute))
        return true;
    return request->has_ip && !ip_is_v4(&request->ip) &&
           is_beyond(rate, &customer, "/48 ", rate->minute * WIDER);
}

static void count(const struct route *route, struct http_request *request)
{
    for (size_t i = 0; i < route->nrates && !request->over; i++) {
        if (!is_over(&route->rates[i], request))
            continue;
        request->over = route->rates[i].name;
        request->wait = (int)(MINUTE - clock_now() % MINUTE);
        request->keep = 0;
        metric_record(METRIC_COUNTER, "tc_rate_limited_total",
                      (struct metric_label[]){{"limit", request->over}}, 1, 1);
    }
}

void routes_judge(const struct routes *routes, struct http_request *request)
{
    if (!routes->count || request->refused)
        return;
    const struct route *route = find(routes, request);
    if (!route || route->keep < request->keep)
        request->keep = route ? route->keep : 0;
    if (route && request->is_limited)
        count(route, request);
}
