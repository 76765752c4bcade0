/* host.log as it leaves the process: what a line carries, read from standard error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "bind/bind.h"
#include "vm/task.h"
#include "vm/vm.h"

#include <lualib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct task task = {.label = {.request = "0123456789abcdef", .route = "put"}};
static struct vm vm = {.plan = {.label = "7"}};

static lua_State *open_state(struct task *running)
{
    lua_State *L = luaL_newstate();
    assert_non_null(L);
    vm.tasks.current = running;
    *(struct vm **)lua_getextraspace(L) = &vm;
    luaL_requiref(L, "_G", luaopen_base, 1);
    bind_log_open(L);
    lua_setglobal(L, "log");
    return L;
}

/* Runs the script with standard error in a pipe; line gets what was written after the time. */
static void line_of(struct task *running, const char *script, char *line, size_t size)
{
    int ends[2], before = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);

    lua_State *L = open_state(running);
    bool good = luaL_dostring(L, script) == LUA_OK;
    lua_close(L);
    dup2(before, STDERR_FILENO); /* closes the pipe's last writing end */
    close(before);

    char text[4096];
    ssize_t len = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    assert_true(good);
    assert_true(len >= 0);
    text[len] = '\0';
    const char *rest = strchr(text, ' ');
    snprintf(line, size, "%s", rest ? rest + 1 : "");
}

static void writes_fields_in_the_order_of_their_names(void **state)
{
    (void)state;
    char line[1024];
    line_of(NULL, "log.info('done', {zeta=1, alpha=0.5, good=true, mid='x'})", line,
            sizeof line);
    assert_string_equal(line, "info done alpha=0.5 good=true mid=x zeta=1 generation=7\n");
}

static void adds_request_route_and_generation(void **state)
{
    (void)state;
    char line[1024];
    line_of(&task, "log.error('failed', {attempt=2})", line, sizeof line);
    assert_string_equal(
        line, "error failed attempt=2 request=0123456789abcdef route=put generation=7\n");
}

static void tells_its_own_fields_from_the_scripts(void **state)
{
    (void)state;
    char line[1024];
    line_of(&task, "log.error('failed', {route='forged', message='boom', time='never'})", line,
            sizeof line);
    assert_string_equal(line, "error failed message_=boom route_=forged time_=never "
                              "request=0123456789abcdef route=put generation=7\n");
}

static void cannot_be_made_to_forge_a_line(void **state)
{
    (void)state;
    char line[1024];
    line_of(NULL, "log.warn('a', {b='x\\ntime=now level=error'})", line, sizeof line);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void keeps_every_field_up_to_the_limit(void **state)
{
    (void)state;
    char line[2048];
    line_of(&task, "local f = {} for i = 1, 16 do f['f' .. i] = i end log.info('many', f)",
            line, sizeof line);
    assert_non_null(strstr(line, "f16=16"));
    assert_non_null(strstr(line, "generation=7"));
}

static void leaves_out_what_is_below_the_level_but_judges_it(void **state)
{
    (void)state;
    char line[1024];
    line_of(NULL, "log.debug('quiet', {a=1}) assert(not pcall(log.debug, 'x', {key='k'}))",
            line, sizeof line);
    assert_string_equal(line, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_fields_in_the_order_of_their_names),
        cmocka_unit_test(adds_request_route_and_generation),
        cmocka_unit_test(tells_its_own_fields_from_the_scripts),
        cmocka_unit_test(cannot_be_made_to_forge_a_line),
        cmocka_unit_test(keeps_every_field_up_to_the_limit),
        cmocka_unit_test(leaves_out_what_is_below_the_level_but_judges_it),
    };
    log_setup(LOG_INFO, LOG_TEXT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
