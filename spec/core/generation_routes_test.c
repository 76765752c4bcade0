/* Which route a head belongs to, before any script runs: what is kept of its body. */
#include "generation/routes.h"

#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int read_list(lua_State *L)
{
    lua_getglobal(L, "list");
    routes_read(L, lua_touserdata(L, 1));
    return 0;
}

/* The message of what is wrong with the list that the source makes, or NULL. */
static const char *load(lua_State *L, const char *source, struct routes *routes)
{
    luaL_openlibs(L);
    assert_int_equal(luaL_dostring(L, source), LUA_OK);
    lua_pushcfunction(L, read_list);
    lua_pushlightuserdata(L, routes);
    return lua_pcall(L, 1, 0, 0) == LUA_OK ? NULL : lua_tostring(L, -1);
}

static size_t kept(const struct routes *routes, const char *method, const char *path,
                   const char *target, bool admin)
{
    struct http_request request = {.method = method,
                                   .path = slice_of(path),
                                   .target = slice_of(target),
                                   .admin = admin,
                                   .keep = 1000};

    routes_judge(routes, &request);
    assert_null(request.over); /* no limit counts it */
    return request.keep;
}

static void test_a_body_is_kept_for_the_route_that_answers(void **state)
{
    static const char source[] =
        "list = { { method = 'POST', path = '/c/*rest', body = 6 },"
        "  { method = 'POST', path = '/c/:id', body = 5 },"
        "  { method = 'POST', path = '/c/:id/log/:line', body = 7 },"
        "  { method = 'POST', path = '/c/new', body = 4 },"
        "  { method = 'GET', path = '/' }, { method = 'POST', path = '/' },"
        "  { method = 'GET', path = '/search', body = 9 },"
        "  { method = 'PUT', path = '/large', body = 2000 },"
        "  { method = 'POST', path = '/admin', body = 8, admin = true } }";
    static const struct {
        const char *method, *path;
        size_t kept;
    } cases[] = {{"POST", "/", 1000},     {"GET", "/", 0},         {"HEAD", "/search", 9},
                 {"POST", "/nowhere", 0}, {"PUT", "/", 0},         {"OPTIONS", "/", 0},
                 {"POST", "*", 0},        {"POST", "/c/new", 4},   {"POST", "/c/7", 5},
                 {"POST", "/c/", 6},      {"POST", "/c/7/log", 6}, {"POST", "/c/7/log/9", 7},
                 {"POST", "/c", 0},       {"POST", "", 0},         {"PUT", "/large", 1000},
                 {"POST", "/admin", 0},   {"POST", "/c/7/", 6}};
    lua_State *L = luaL_newstate();
    struct routes routes = {0};

    (void)state;
    assert_null(load(L, source, &routes));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (kept(&routes, cases[i].method, cases[i].path, cases[i].path, false) !=
            cases[i].kept)
            fail_msg("%s %s", cases[i].method, cases[i].path);
    assert_int_equal(kept(&routes, "POST", "/admin", "/admin", true), 8);
    assert_int_equal(kept(&routes, "POST", "/", "/", true), 0);
    /* A slash of a segment's own: the pattern that keeps most. */
    assert_int_equal(kept(&routes, "POST", "/c/a/b", "/c/a%2fb?x", false), 7);
    assert_int_equal(kept(&routes, "POST", "/c/a", "/c/a?x=%2F", false), 5);
    routes_done(&routes);
    lua_close(L);
}

static void test_an_application_that_lists_nothing_gets_every_body(void **state)
{
    lua_State *L = luaL_newstate();
    struct routes routes = {0};

    (void)state;
    assert_null(load(L, "list = {}", &routes));
    assert_int_equal(kept(&routes, "POST", "/x", "/x", false), 1000);
    routes_done(&routes);
    lua_close(L);
}

static void test_what_is_no_route_is_told(void **state)
{
    static const char *const wrong[][2] = {
        {"list = { 1 }", "lists a number"},
        {"list = { { path = '/' } }", "no method"},
        {"list = { { method = 'GET' } }", "no path"},
        {"list = { { method = 'GET', path = '/', body = 1.5 } }", "the route /: 'body'"},
        {"list = { { method = 'GET', path = '/', body = -1 } }", "the route /: 'body'"},
        {"list = { { method = 'GET', path = '/', rates = { 1 } } }", "the route /: 'rates'"},
        {"list = { { method = 'GET', path = '/', rates = { { name = 'a' } } } }", "'minute'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        lua_State *L = luaL_newstate();
        struct routes routes = {0};
        const char *message = load(L, wrong[i][0], &routes);
        if (!message || !strstr(message, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][0], message ? message : "nothing is said");
        routes_done(&routes);
        lua_close(L);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_body_is_kept_for_the_route_that_answers),
        cmocka_unit_test(test_an_application_that_lists_nothing_gets_every_body),
        cmocka_unit_test(test_what_is_no_route_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
