/*
 * The metered patterns do what the library's do: both are called with the same random subjects,
 * patterns and replacements, and have to return the same values or raise the same message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "vm/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t seed = 2463534242;

static unsigned below(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % n;
}

static const char *const pieces[] = {
    "a",    "b",      "c",       ".",      "%a",    "%d",   "%s",    "%w",   "%A",
    "%x",   "[ab]",   "[^a]",    "[a-c1]", "[%d-]", "[]a]", "[^%s]", "[a-]", "%b()",
    "%bab", "%f[%a]", "%f[^%w]", "%1",     "%2",    "(",    ")",     "()",   "(a*)",
    "(.-)", "^",      "$",       "*",      "+",     "-",    "?",     "%",    "[",
    "]",    "%.",     "%-",      "%%",     "1",     " ",    "\n",    "%p",   "%u",
    "%l",   "%c",     "%g",      "%z",     "%0",    "x",    "A",     "_",    "%S"};
static const char subject_bytes[] = "aaabbc(()1 2.-%A_\n\0";
static const char *const replacements[] = {"", "x", "<%0>", "%1", "%1%2", "%%", "%x", "[%1]"};

enum { PIECES = sizeof pieces / sizeof pieces[0], ROUNDS = 200000, SOAK_ROUNDS = 1000000 };

static void push_pattern(lua_State *L)
{
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    for (unsigned i = below(6) + 1; i > 0; i--) {
        luaL_addstring(&text, pieces[below(PIECES)]);
        if (below(3) == 0)
            luaL_addchar(&text, "*+-?"[below(4)]);
        if (below(200) == 0)
            luaL_addchar(&text, '\0');
    }
    luaL_pushresult(&text);
}

static void push_subject(lua_State *L)
{
    char text[24];
    size_t len = below(sizeof text);
    for (size_t i = 0; i < len; i++)
        text[i] = subject_bytes[below(sizeof subject_bytes)];
    lua_pushlstring(L, text, len);
}

static void push_replacement(lua_State *L)
{
    unsigned which = below(10);
    if (which < 8)
        lua_pushstring(L, replacements[which]);
    else
        lua_getglobal(L, which == 8 ? "replace" : "replacements");
}

/* Pushes how to call: one of the four functions' index, and its arguments.  Returns how many.
 */
static int push_arguments(lua_State *L, unsigned function)
{
    int first = lua_gettop(L);
    push_subject(L);
    push_pattern(L);
    if (function == 3)
        push_replacement(L);
    if (below(4) == 0)
        lua_pushinteger(L, (lua_Integer)below(12) - 5);
    if (function == 0 && below(20) == 0) {
        lua_settop(L, first + 3);
        lua_pushboolean(L, 1);
    }
    return lua_gettop(L) - first;
}

/* On the stack: the library's four functions, then ours; above them the arguments of a call. */
enum { FUNCTIONS = 4, FIRST_ARGUMENT = 2 * FUNCTIONS + 1 };

/* Calls the function in a stack of its own, which is pushed: status and results. */
static lua_State *outcome(lua_State *L, unsigned function, int nargs, int *ret_status)
{
    lua_State *own = lua_newthread(L);
    lua_pushvalue(L, (int)function);
    for (int i = 0; i < nargs; i++)
        lua_pushvalue(L, FIRST_ARGUMENT + i);
    lua_xmove(L, own, nargs + 1);
    *ret_status = lua_pcall(own, nargs, LUA_MULTRET, 0);
    return own;
}

static bool are_same(lua_State *expected, lua_State *got)
{
    bool same = lua_gettop(expected) == lua_gettop(got);
    for (int i = 1; same && i <= lua_gettop(got); i++) {
        lua_pushvalue(expected, i);
        lua_xmove(expected, got, 1);
        same = lua_rawequal(got, i, -1);
        lua_pop(got, 1);
    }
    return same;
}

static void print_values(lua_State *L, const char *what, int from, int to)
{
    for (int i = from; i <= to; i++) {
        print_message("%s: %s\n", what, luaL_tolstring(L, i, NULL));
        lua_pop(L, 1);
    }
}

static void compare(lua_State *L, unsigned function, int nargs)
{
    int before, after;
    lua_State *expected = outcome(L, function + 1, nargs, &before);
    lua_State *got = outcome(L, function + 1 + FUNCTIONS, nargs, &after);
    if (before != after || !are_same(expected, got)) {
        print_values(L, "argument", FIRST_ARGUMENT, FIRST_ARGUMENT + nargs - 1);
        print_values(expected, "library", 1, lua_gettop(expected));
        print_values(got, "ours", 1, lua_gettop(got));
        fail();
    }
    lua_settop(L, 2 * FUNCTIONS);
}

/* All that an iterator gives, as one text. */
static const char prelude[] =
    "function replace(a, b) if a == 'a' then return false elseif b then return b end "
    "return a ~= 'b' and '<' .. tostring(a) .. '>' or nil end "
    "replacements = { a = 'A', aa = 2, b = false, [1] = 'one' } "
    "function all(gmatch) return function(...) local t = {} "
    "for a, b, c in gmatch(...) do t[#t + 1] = tostring(a) .. '|' .. tostring(b) .. '|' .. "
    "tostring(c) end return table.concat(t, ';') end end "
    "library = { string.find, string.match, all(string.gmatch), string.gsub }";

static lua_State *open_state(void)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    assert_int_equal(luaL_dostring(L, prelude), LUA_OK);
    sandbox_replace(L, sandbox_patterns);
    assert_int_equal(luaL_dostring(L, "ours = { string.find, string.match, "
                                      "all(string.gmatch), string.gsub }"),
                     LUA_OK);
    return L;
}

static void push_functions(lua_State *L, const char *list)
{
    lua_getglobal(L, list);
    for (int i = 1; i <= FUNCTIONS; i++)
        lua_rawgeti(L, -i, i);
    lua_remove(L, -FUNCTIONS - 1);
}

static void do_what_the_library_does(void **state)
{
    (void)state;
    lua_State *L = open_state();
    push_functions(L, "library");
    push_functions(L, "ours");
    for (int i = getenv("SOAK") ? SOAK_ROUNDS : ROUNDS; i > 0; i--) {
        unsigned function = below(FUNCTIONS);
        compare(L, function, push_arguments(L, function));
    }
    lua_close(L);
}

static void run_good(lua_State *L, const char *script)
{
    if (luaL_dostring(L, script) != LUA_OK)
        fail_msg("%s", lua_tostring(L, -1));
}

static void end_hostile_patterns(void **state)
{
    (void)state;
    lua_State *L = open_state();
    run_good(
        L, "local s = ('a'):rep(120) "
           "for _, call in ipairs{ "
           "  function() return s:find('a*a*a*a*a*b') end, "
           "  function() return s:find(('a?'):rep(60) .. ('a'):rep(60) .. 'b') end, "
           "  function() for _ in s:rep(10):gmatch('a-a-a-a-b') do end end, "
           "  function() return ('x'):rep(100000):find('[' .. ('ab'):rep(50000) .. ']*y') end, "
           "  function() return ('('):rep(100000):find('%b()') end, "
           "} do local good, why = pcall(call) "
           "assert(not good and why:find('matching takes too many steps', 1, true), why) end "
           "assert(not ('a'):rep(1000000):find(('a'):rep(500000) .. 'b', 1, true))");
    lua_close(L);
}

static void match_much_text_well(void **state)
{
    (void)state;
    lua_State *L = open_state();
    run_good(L, "local s = ('some words, '):rep(100000) "
                "local _, n = s:gsub('%w+', '<%0>') assert(n == 200000) "
                "_, n = s:gsub('[ ,]', '') assert(n == 300000)");
    lua_close(L);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(do_what_the_library_does),
        cmocka_unit_test(end_hostile_patterns),
        cmocka_unit_test(match_much_text_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
