/* Lines of the log, read back through a pipe in standard error's place. */
#include "base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TIME = sizeof "2026-01-02T03:04:05.678Z " - 1 };

static int ends[2], real_stderr;

static int setup(void **state)
{
    (void)state;
    real_stderr = dup(STDERR_FILENO);
    return pipe2(ends, O_NONBLOCK) == 0 && dup2(ends[1], STDERR_FILENO) >= 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

/* What was logged since the last call, at most a few pages. */
static const char *logged(void)
{
    static char text[10000];
    ssize_t len = read(ends[0], text, sizeof text - 1);

    text[len > 0 ? len : 0] = '\0';
    return text;
}

static void test_a_line_has_time_level_message_and_fields(void **state)
{
    const struct log_field fields[] = {{"status", "200"}, {"route", "open"}, {"empty", ""}};

    (void)state;
    log_setup(LOG_INFO, LOG_TEXT);
    log_event(LOG_WARN, "served a page", fields, 3);
    const char *line = logged();
    assert_int_equal(line[4], '-');
    assert_int_equal(line[10], 'T');
    assert_int_equal(line[TIME - 2], 'Z');
    assert_string_equal(line + TIME, "warn served a page status=200 route=open empty=\"\"\n");
    log_line(LOG_INFO, "%d workers on %s", 2, "127.0.0.1");
    assert_string_equal(logged() + TIME, "info 2 workers on 127.0.0.1\n");
    log_event(LOG_INFO, "alone", NULL, 0);
    assert_string_equal(logged() + TIME, "info alone\n");
}

static void test_no_value_can_forge_a_line_or_a_field(void **state)
{
    const struct log_field fields[] = {
        {"a", "x\ntime error forged"},
        {"b", "1 c=2"},
        {"d", "quote\" back\\"},
        {"e", "\x1B[2J\xC2\x9B\x7F"},
        {"f", "\xFF\xE4"},
        {"g", "\xE4\xBD\xA0"},
        {"h", "\r\t"},
        {"i j=\n\"", "odd"},
        {"k", NULL},
    };

    (void)state;
    log_setup(LOG_INFO, LOG_TEXT);
    log_event(LOG_INFO, "two\nlines", fields, sizeof fields / sizeof *fields);
    assert_string_equal(logged() + TIME,
                        "info two\\nlines a=\"x\\ntime error forged\" b=\"1 c=2\" "
                        "d=\"quote\\\" back\\\\\" e=\"\\x1b[2J\\xc2\\x9b\\x7f\" "
                        "f=\"\\xff\\xe4\" g=\"\xE4\xBD\xA0\" h=\"\\r\\t\" i_j___=odd k=\"\"\n");
}

static void test_json_lines(void **state)
{
    const struct log_field fields[] = {{"a\"", "x\ny"}, {"bad", "\xFF"}};

    (void)state;
    log_setup(LOG_DEBUG, LOG_JSON);
    log_event(LOG_DEBUG, "hello \"you\"", fields, 2);
    const char *line = logged();
    assert_memory_equal(line, "{\"time\":\"2", 10);
    assert_string_equal(line + strlen("{\"time\":\"") + TIME - 1,
                        "\",\"level\":\"debug\",\"message\":\"hello \\\"you\\\"\",\"a\\\"\":"
                        "\"x\\ny\",\"bad\":\"\xEF\xBF\xBD\"}\n");
}

static void test_levels(void **state)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    enum log_level level = LOG_DEBUG;

    (void)state;
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
        assert_true(log_level_parse(names[i], &level));
        assert_int_equal(level, i);
    }
    assert_false(log_level_parse("Info", &level));
    assert_false(log_level_parse("", &level));
    assert_int_equal(level, LOG_ERROR);
    log_setup(LOG_WARN, LOG_TEXT);
    assert_false(log_enabled(LOG_INFO));
    assert_true(log_enabled(LOG_WARN));
    log_line(LOG_INFO, "not %s", "seen");
    log_event(LOG_DEBUG, "nor this", NULL, 0);
    assert_string_equal(logged(), "");
}

static void test_a_reader_that_is_full_loses_lines_and_stops_nobody(void **state)
{
    (void)state;
    log_setup(LOG_INFO, LOG_TEXT);
    for (int i = 0; i < 3000; i++)
        log_line(LOG_INFO, "%0100d", i);
    assert_true(strlen(logged()) > 0);
    while (*logged())
        ;
}

/* Fields that are far too long, one of two bytes a character: what is left ends whole. */
static void test_lines_have_an_end(void **state)
{
    static char ascii[100001], wide[100001], quotes[100001];
    const struct log_field fields[] = {{"a", ascii}, {"w", wide}, {"q", quotes}, {"z", "end"}};

    (void)state;
    memset(ascii, 'x', sizeof ascii - 1);
    memset(quotes, '"', sizeof quotes - 1);
    for (size_t i = 0; i + 2 < sizeof wide; i += 2)
        memcpy(wide + i, "\xc3\xa4", 2);
    for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
        log_setup(LOG_INFO, (enum log_format)format);
        log_event(LOG_INFO, ascii, fields, 4);
        const char *line = logged();
        assert_true(strlen(line) > 2000 && strlen(line) <= 8192);
        assert_non_null(strstr(line, "xxx…"));
        assert_non_null(strstr(line, "ä…\""));
        assert_non_null(strstr(line, format == LOG_TEXT ? " z=end\n" : ",\"z\":\"end\"}\n"));
    }
    log_setup(LOG_INFO, LOG_TEXT);
}

static void test_floods_are_folded(void **state)
{
    (void)state;
    log_setup(LOG_INFO, LOG_TEXT);
    for (int i = 0; i < 1000; i++)
        log_folded(LOG_INFO, "refused", (struct log_field[]){{"why", "it is too long"}}, 1);
    log_folded(LOG_INFO, "refused", (struct log_field[]){{"why", "another"}}, 1);
    const char *lines = logged();
    assert_non_null(strstr(lines, "why=\"it is too long\"\n"));
    assert_non_null(strstr(lines, "why=another\n"));
    size_t count = 0;
    for (const char *at = lines; (at = strchr(at, '\n')); at++)
        count++;
    assert_int_equal(count, 100 + 1);
}

static void test_lines_may_wait_in_their_order(void **state)
{
    const struct log_field field = {"n", "1"};
    char longest[10000];

    (void)state;
    log_setup(LOG_INFO, LOG_TEXT);
    log_event_soon(LOG_INFO, "first", &field, 1);
    log_event_soon(LOG_DEBUG, "below the level", NULL, 0);
    log_event_soon(LOG_INFO, "second", NULL, 0);
    assert_string_equal(logged(), "");
    log_flush();
    const char *lines = logged();
    assert_string_equal(strchr(lines, '\n') + 1 + TIME, "info second\n");
    assert_int_equal(strncmp(lines + TIME, "info first n=1\n", 15), 0);
    log_flush();
    assert_string_equal(logged(), "");

    /* What is logged at once, and what has no room, comes behind what waits. */
    log_event_soon(LOG_INFO, "waits", NULL, 0);
    log_line(LOG_WARN, "at once");
    lines = logged();
    assert_int_equal(strncmp(lines + TIME, "info waits\n", 11), 0);
    assert_string_equal(strchr(lines, '\n') + 1 + TIME, "warn at once\n");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    log_event_soon(LOG_INFO, "waits", NULL, 0);
    log_event_soon(LOG_INFO, longest, NULL, 0);
    assert_int_equal(strncmp(logged() + TIME, "info waits\n", 11), 0);
    log_flush();
    while (*logged())
        continue;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_may_wait_in_their_order),
        cmocka_unit_test(test_a_line_has_time_level_message_and_fields),
        cmocka_unit_test(test_no_value_can_forge_a_line_or_a_field),
        cmocka_unit_test(test_json_lines),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_lines_have_an_end),
        cmocka_unit_test(test_floods_are_folded),
        cmocka_unit_test(test_a_reader_that_is_full_loses_lines_and_stops_nobody),
    };

    return cmocka_run_group_tests_name("base: log", tests, setup, teardown);
}
