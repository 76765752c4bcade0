/* Sources that are compiled again are read back, and only those. */
#include "base/limits.h"
#include "base/mem.h"
#include "vm/chunk.h"
#include "vm/compiled.h"

#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LONG = 600 * 1024, MANY = 20 };

static int open_state(void **state)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    *state = L;
    return 0;
}

static int close_state(void **state)
{
    lua_close(*state);
    return 0;
}

static bool is_kept(lua_State *L, const char *text, const char *name)
{
    bool is = compiled_load(L, slice_of(text), name);
    lua_settop(L, is ? -2 : -1);
    return is;
}

static void test_what_is_read_back_is_the_same(void **state)
{
    static const char text[] = "local a = ...\nreturn a + 1, debug.traceback('at')";
    lua_State *L = *state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(is_kept(L, text, "@scripts/a.lua"), i > 0);
        assert_true(chunk_load_kept(L, slice_of(text), "@scripts/a.lua"));
        lua_pushinteger(L, 41);
        assert_int_equal(lua_pcall(L, 1, 2, 0), LUA_OK);
        assert_int_equal(lua_tointeger(L, -2), 42);
        assert_non_null(strstr(lua_tostring(L, -1), "scripts/a.lua:2:"));
        lua_settop(L, 0);
    }
}

static void test_another_text_or_name_is_another(void **state)
{
    lua_State *L = *state;
    assert_true(chunk_load_kept(L, slice_of("return 1"), "@b"));
    assert_true(is_kept(L, "return 1", "@b"));
    assert_false(is_kept(L, "return 2", "@b"));
    assert_false(is_kept(L, "return 1", "@c"));
    assert_false(is_kept(L, "return 1 ", "@b"));
    lua_settop(L, 0);
}

static void test_what_does_not_compile_is_told_each_time(void **state)
{
    lua_State *L = *state;
    for (int i = 0; i < 2; i++) {
        assert_false(chunk_load_kept(L, slice_of("return return"), "@d"));
        assert_non_null(strstr(lua_tostring(L, -1), "d:1:"));
        lua_settop(L, 0);
    }
}

static void test_what_was_found_is_the_last_of_each_finder(void **state)
{
    const struct slice text = slice_of("return 3");
    (void)state;
    assert_false(compiled_recall(BY_HOST, text, "it is good", NULL));
    compiled_remember(BY_SCRIPTS, text, "it is good", slice_of("no"));
    assert_false(compiled_recall(BY_HOST, text, "it is good", NULL));
    for (int i = 0; i < 1000; i++) { /* of which one is held */
        CLEANUP(buf_done) struct buf found = {0};
        char word[] = {(char)('a' + i % 26), '\0'};
        compiled_remember(BY_SCRIPTS, text, "it is good", slice_of(word));
        assert_true(compiled_recall(BY_SCRIPTS, text, "it is good", &found));
        assert_string_equal(found.data, word);
    }
}

static void test_it_begins_anew_when_it_is_full(void **state)
{
    lua_State *L = *state;
    CLEANUP(mem_freep) char *text = mem_new(1, LONG + 1);
    memset(text, ' ', LONG);
    assert_true(chunk_load_kept(L, slice_of("return 1"), "@first"));
    for (int i = 0; i < MANY; i++) {
        text[LONG - 1] = (char)('a' + i);
        text[0] = '-', text[1] = '-';
        assert_true(chunk_load_kept(L, slice_of(text), "@long"));
        assert_true(is_kept(L, text, "@long"));
        lua_settop(L, 0);
    }
    assert_true((size_t)LONG * MANY > LIMIT_COMPILED);
    assert_false(is_kept(L, "return 1", "@first"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read_back_is_the_same),
        cmocka_unit_test(test_another_text_or_name_is_another),
        cmocka_unit_test(test_what_does_not_compile_is_told_each_time),
        cmocka_unit_test(test_what_was_found_is_the_last_of_each_finder),
        cmocka_unit_test(test_it_begins_anew_when_it_is_full),
    };
    return cmocka_run_group_tests(tests, open_state, close_state);
}
