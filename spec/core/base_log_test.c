/* Lines of the log, read back through a pipe in standard error's place. */
#include "base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
    const struct log_field fields[] = {
        {"status", "200", LOG_WORDS}, {"route", "open", LOG_WORDS}, {"empty", "", LOG_WORDS}};

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
        {"a", "x\ntime error forged", LOG_WORDS},
        {"b", "1 c=2", LOG_WORDS},
        {"d", "quote\" back\\", LOG_WORDS},
        {"e", "\x1B[2J\xC2\x9B\x7F", LOG_WORDS},
        {"f", "\xFF\xE4", LOG_WORDS},
        {"g", "\xE4\xBD\xA0", LOG_WORDS},
        {"h", "\r\t", LOG_WORDS},
        {"i j=\n\"", "odd", LOG_WORDS},
        {"k", NULL, LOG_WORDS},
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
    const struct log_field fields[] = {{"a\"", "x\ny", LOG_WORDS}, {"bad", "\xFF", LOG_WORDS}};

    (void)state;
    log_setup(LOG_DEBUG, LOG_JSON);
    log_event(LOG_DEBUG, "hello \"you\"", fields, 2);
    const char *line = logged();
    assert_memory_equal(line, "{\"time\":\"2", 10);
    assert_string_equal(line + strlen("{\"time\":\"") + TIME - 1,
                        "\",\"level\":\"debug\",\"message\":\"hello \\\"you\\\"\",\"a\\\"\":"
                        "\"x\\ny\",\"bad\":\"\xEF\xBF\xBD\"}\n");
}

static void test_json_has_numbers_as_numbers(void **state)
{
    static const char *const numbers[] = {
        "0", "-1", "1.50", "1e+100", "0.5e-7", "true", "12345678901234567890"};
    static const char *const others[] = {"none", "inf", "-nan", "01", "1.",
                                         ".5",   "1e",  "-",    "1 ", "0x10"};
    char expected[80];

    (void)state;
    log_setup(LOG_INFO, LOG_JSON);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        log_event(LOG_INFO, "x", &(struct log_field){"n", numbers[i], LOG_NUMBER}, 1);
        snprintf(expected, sizeof expected, "\"n\":%s}\n", numbers[i]);
        assert_non_null(strstr(logged(), expected));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        log_event(LOG_INFO, "x", &(struct log_field){"n", others[i], LOG_NUMBER}, 1);
        assert_non_null(strstr(logged(), "\"n\":null}\n"));
    }
    log_event(LOG_INFO, "x", &(struct log_field){"id", "12", LOG_WORDS}, 1);
    assert_non_null(strstr(logged(), "\"id\":\"12\"}\n"));
    log_setup(LOG_INFO, LOG_TEXT);
}

/* The journal's stream is told by device and inode; another one gets no priority. */
static void test_the_journal_is_told_priorities(void **state)
{
    struct stat stream;
    char told[64];

    (void)state;
    assert_int_equal(fstat(STDERR_FILENO, &stream), 0);
    snprintf(told, sizeof told, "%llu:%llu", (unsigned long long)stream.st_dev,
             (unsigned long long)stream.st_ino);
    setenv("JOURNAL_STREAM", told, 1);
    for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
        static const char *const marks[] = {"<7>", "<6>", "<4>", "<3>"};
        log_setup(LOG_DEBUG, (enum log_format)format);
        for (int level = LOG_DEBUG; level <= LOG_ERROR; level++) {
            log_line((enum log_level)level, "x");
            const char *line = logged();
            assert_int_equal(strncmp(line, marks[level], 3), 0);
            assert_true(line[3] == (format == LOG_JSON ? '{' : '2'));
        }
    }
    snprintf(told, sizeof told, "%llu:%llu", (unsigned long long)stream.st_dev,
             (unsigned long long)stream.st_ino + 1);
    setenv("JOURNAL_STREAM", told, 1);
    log_setup(LOG_INFO, LOG_TEXT);
    log_line(LOG_INFO, "x");
    assert_true(*logged() == '2');
    unsetenv("JOURNAL_STREAM");
    log_setup(LOG_INFO, LOG_TEXT);
}

/* What the file holds, cut short at its place in it. */
static const char *file_text(const char *path)
{
    static char text[4096];
    FILE *file = fopen(path, "r");
    size_t len = file ? fread(text, 1, sizeof text - 1, file) : 0;

    if (file)
        fclose(file);
    text[len] = '\0';
    return text;
}

static void test_requests_go_where_they_are_wanted(void **state)
{
    char path[] = "/tmp/log_test.XXXXXX", moved[sizeof path + 2];
    struct err err;

    (void)state;
    log_setup(LOG_INFO, LOG_TEXT);
    assert_true(log_setup_requests(true, LOG_DEBUG, NULL, &err));
    assert_false(log_wants_requests());
    log_request("request", NULL, 0);
    log_flush();
    assert_string_equal(logged(), "");
    assert_true(log_setup_requests(false, LOG_INFO, NULL, &err));
    assert_false(log_wants_requests());

    close(mkstemp(path));
    assert_true(log_setup_requests(true, LOG_INFO, path, &err));
    log_setup(LOG_ERROR, LOG_TEXT); /* the news' level is not the file's */
    assert_true(log_wants_requests());
    log_request("one", NULL, 0);
    log_flush();
    assert_string_equal(logged(), "");
    assert_string_equal(file_text(path) + TIME, "info one\n");

    snprintf(moved, sizeof moved, "%s.1", path);
    assert_int_equal(rename(path, moved), 0);
    log_request("two", NULL, 0);
    log_flush();
    assert_true(log_reopen_requests(&err));
    log_request("three", NULL, 0);
    log_flush();
    assert_non_null(strstr(file_text(moved), "info two\n"));
    assert_string_equal(file_text(path) + TIME, "info three\n");
    unlink(path);
    unlink(moved);
    assert_false(log_setup_requests(true, LOG_INFO, "/nowhere/at/all", &err));
    assert_non_null(strstr(err.text, "'/nowhere/at/all'"));
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
    const struct log_field fields[] = {{"a", ascii, LOG_WORDS},
                                       {"w", wide, LOG_WORDS},
                                       {"q", quotes, LOG_WORDS},
                                       {"z", "end", LOG_WORDS}};

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
        log_folded(LOG_INFO, "refused",
                   (struct log_field[]){{"why", "it is too long", LOG_WORDS}}, 1);
    log_folded(LOG_INFO, "refused", (struct log_field[]){{"why", "another", LOG_WORDS}}, 1);
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
    const struct log_field field = {"n", "1", LOG_WORDS};
    char longest[10000];

    (void)state;
    log_setup(LOG_INFO, LOG_TEXT);
    log_request("first", &field, 1);
    log_request("second", NULL, 0);
    assert_string_equal(logged(), "");
    log_flush();
    const char *lines = logged();
    assert_string_equal(strchr(lines, '\n') + 1 + TIME, "info second\n");
    assert_int_equal(strncmp(lines + TIME, "info first n=1\n", 15), 0);
    log_flush();
    assert_string_equal(logged(), "");

    /* What is logged at once, and what has no room, comes behind what waits. */
    log_request("waits", NULL, 0);
    log_line(LOG_WARN, "at once");
    lines = logged();
    assert_int_equal(strncmp(lines + TIME, "info waits\n", 11), 0);
    assert_string_equal(strchr(lines, '\n') + 1 + TIME, "warn at once\n");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    log_request("waits", NULL, 0);
    log_request(longest, NULL, 0);
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
        cmocka_unit_test(test_json_has_numbers_as_numbers),
        cmocka_unit_test(test_the_journal_is_told_priorities),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_lines_have_an_end),
        cmocka_unit_test(test_floods_are_folded),
        cmocka_unit_test(test_a_reader_that_is_full_loses_lines_and_stops_nobody),
        cmocka_unit_test(test_requests_go_where_they_are_wanted),
    };

    return cmocka_run_group_tests_name("base: log", tests, setup, teardown);
}
