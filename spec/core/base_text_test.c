/* Errors, memory, buffers and the forms of text. */
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LITERAL(text) ((struct slice){(text), sizeof(text) - 1})

static void assert_buf(struct buf *buf, struct slice expected)
{
    assert_int_equal(buf->len, expected.len);
    assert_int_equal(buf->data[buf->len], '\0');
    assert_memory_equal(buf->data, expected.data, expected.len);
    buf_done(buf);
}

/* ---- errors ---- */

static void test_an_error_has_a_kind_and_a_sentence(void **state)
{
    struct err err;

    (void)state;
    assert_false(err_set(&err, ERR_LIMIT, "%d are too many", 7));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_string_equal(err.text, "7 are too many");
    assert_false(err_prefix(&err, "%s:%d", "file.sql", 3));
    assert_string_equal(err.text, "file.sql:3: 7 are too many");
    assert_false(err_set(&err, ERR_IO, "again: %s", err.text));
    assert_string_equal(err.text, "again: file.sql:3: 7 are too many");
    assert_int_equal(err.kind, ERR_IO);
    assert_false(err_set(NULL, ERR_IO, "nobody listens"));
    assert_false(err_prefix(NULL, "nobody"));
}

static void test_a_long_error_is_cut_between_characters(void **state)
{
    struct err err;
    char text[2 * ERR_TEXT];

    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        memset(text, 'x', lead);
        for (size_t i = lead; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xE4\xBD\xA0", 4);
        err_set(&err, ERR_INPUT, "%s", text);
        assert_true(str_is_utf8(slice_of(err.text)));
        assert_in_range(strlen(err.text), ERR_TEXT - 4, ERR_TEXT - 1);
        err_prefix(&err, "%s", text);
        assert_true(str_is_utf8(slice_of(err.text)));
    }
    memset(text, 'x', ERR_TEXT - 1); /* fits exactly */
    text[ERR_TEXT - 1] = '\0';
    err_set(&err, ERR_INPUT, "%s", text);
    assert_string_equal(err.text, text);
}

static void test_kinds_have_the_names_that_lua_sees(void **state)
{
    static const char *const names[] = {"io", "conflict", "state", "timeout", "limit", "input"};

    (void)state;
    for (int kind = ERR_IO; kind <= ERR_INPUT; kind++)
        assert_string_equal(err_kind_name((enum err_kind)kind), names[kind]);
}

/* ---- memory ---- */

static void test_memory_is_zeroed_copied_and_taken(void **state)
{
    CLEANUP(mem_freep) char *nothing = mem_new(0, 8);
    CLEANUP(mem_freep) char *zeroed = mem_new(10, 10);
    CLEANUP(mem_freep) char *copy = mem_copy("a\0b", 3);
    CLEANUP(mem_freep) char *text = mem_text("text");
    CLEANUP(mem_freep) char *made = mem_format("%05d", 42);

    (void)state;
    assert_non_null(nothing);
    for (int i = 0; i < 100; i++)
        assert_int_equal(zeroed[i], 0);
    assert_memory_equal(copy, "a\0b\0", 4);
    assert_string_equal(text, "text");
    assert_string_equal(made, "00042");
    char *taken = TAKE(made);
    assert_null(made);
    taken = mem_resize(taken, 1000, 1);
    assert_string_equal(taken, "00042");
    free(taken);
}

/* ---- buffers ---- */

static void test_a_buffer_grows_and_ends_with_a_nul(void **state)
{
    struct buf buf = {0};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        buf_addf(&buf, "%d,", i);
        assert_int_equal(buf.data[buf.len], '\0');
        assert_true(buf.len < buf.cap);
    }
    assert_int_equal(buf.len, 10 * 2 + 90 * 3 + 900 * 4);
    assert_string_equal(buf.data + buf.len - 8, "998,999,");
    buf_clear(&buf);
    buf_adds(&buf, "one");
    buf_add(&buf, "\0two", 4);
    buf_add(&buf, NULL, 0);
    buf_addc(&buf, '!');
    assert_buf(&buf, LITERAL("one\0two!"));
    buf_done(&buf); /* twice is fine */
    buf_done(NULL);
}

static void test_a_long_format_is_not_cut(void **state)
{
    struct buf buf = {0};
    char text[500];

    (void)state;
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    buf_addf(&buf, "<%s>", text);
    assert_int_equal(buf.len, 501);
    assert_int_equal(buf.data[500], '>');
    buf_done(&buf);
}

static void test_a_buffer_gives_its_memory_away(void **state)
{
    struct buf buf = {0};
    size_t len = 99;

    (void)state;
    char *data = buf_take(&buf, &len);
    assert_string_equal(data, "");
    assert_int_equal(len, 0);
    free(data);
    buf_adds(&buf, "kept");
    data = buf_take(&buf, NULL);
    assert_string_equal(data, "kept");
    assert_null(buf.data);
    free(data);
}

static void test_slices_compare(void **state)
{
    (void)state;
    assert_true(slice_is(slice_of("abc"), "abc"));
    assert_true(slice_is(slice_of(NULL), ""));
    assert_false(slice_is(LITERAL("a\0b"), "a"));
    assert_false(slice_is(slice_of("abc"), "abd"));
    assert_true(slice_is_nocase(slice_of("Content-TYPE"), "content-type"));
    assert_false(slice_is_nocase(slice_of("a["), "a{"));
    assert_false(slice_is_nocase(slice_of("ab"), "abc"));
}

/* ---- UTF-8 ---- */

static void test_utf8_is_told_from_what_looks_like_it(void **state)
{
    static const struct slice good[] = {
        LITERAL(""),
        LITERAL("plain text of more than eight bytes"),
        LITERAL("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF"),
        LITERAL("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"),
        LITERAL("nul \0 is a character"),
        LITERAL("1234567\xE4\xBD\xA0"),
    };
    static const struct slice bad[] = {
        LITERAL("\x80"),
        LITERAL("\xC0\x80"),
        LITERAL("\xC1\xBF"),
        LITERAL("\xE0\x9F\xBF"),
        LITERAL("\xED\xA0\x80"),
        LITERAL("\xED\xBF\xBF"),
        LITERAL("\xF0\x8F\xBF\xBF"),
        LITERAL("\xF4\x90\x80\x80"),
        LITERAL("\xF5\x80\x80\x80"),
        LITERAL("\xFF"),
        LITERAL("12345678\xE4\xBD"),
        LITERAL("\xC2"),
        LITERAL("\xF0\x90\x80"),
        LITERAL("\xE4\xBD\x41"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(str_is_utf8(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(str_is_utf8(bad[i]));
    assert_int_equal(str_character(LITERAL("")), 0);
    assert_int_equal(str_character(LITERAL("\xE4\xBD\xA0z")), 3);
}

/* ---- encodings ---- */

static void test_hexadecimal_there_and_back(void **state)
{
    struct buf buf = {0};

    (void)state;
    str_hex(LITERAL("\x00\x7F\xFF"), &buf);
    assert_buf(&buf, LITERAL("007fff"));
    assert_true(str_unhex(LITERAL("007FfF"), &buf));
    assert_buf(&buf, LITERAL("\x00\x7F\xFF"));
    assert_false(str_unhex(LITERAL("0"), &buf));
    assert_false(str_unhex(LITERAL("0g"), &buf));
    assert_false(str_unhex(LITERAL("g0"), &buf));
    buf_done(&buf);
}

static void test_base64url_there_and_back(void **state)
{
    static const struct {
        struct slice bytes, text;
    } pairs[] = {
        {LITERAL(""), LITERAL("")},           {LITERAL("f"), LITERAL("Zg")},
        {LITERAL("fo"), LITERAL("Zm8")},      {LITERAL("foo"), LITERAL("Zm9v")},
        {LITERAL("foob"), LITERAL("Zm9vYg")}, {LITERAL("\xFB\xFF\xBF"), LITERAL("-_-_")},
    };
    static const char *const bad[] = {"Z", "Zg==", "Zh", "Zm9", "+/+/", "Zm 8", "Zm9vY"};
    struct buf buf = {0};

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        str_base64url(pairs[i].bytes, &buf);
        assert_buf(&buf, pairs[i].text);
        assert_true(str_unbase64url(pairs[i].text, &buf));
        assert_buf(&buf, pairs[i].bytes);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(str_unbase64url(slice_of(bad[i]), &buf));
    buf_done(&buf);
}

static void test_percent_escapes_are_decoded_or_refused(void **state)
{
    static const char *const bad[] = {"%", "%1", "%g0", "%0g", "a%%20", "%+1"};
    char out[20];
    size_t len;

    (void)state;
    assert_true(str_percent_decode(LITERAL("a%2Fb+c%00%e4"), false, out, &len));
    assert_int_equal(len, 7);
    assert_memory_equal(out, "a/b+c\0\xE4", len);
    assert_true(str_percent_decode(LITERAL("a+b%2B"), true, out, &len));
    assert_int_equal(len, 4);
    assert_memory_equal(out, "a b+", len);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(str_percent_decode(slice_of(bad[i]), false, out, &len));
}

static void test_tokens_and_field_values(void **state)
{
    (void)state;
    assert_true(str_is_token(LITERAL("X-Request_ID.1!#$%&'*+^`|~")));
    assert_false(str_is_token(LITERAL("")));
    assert_false(str_is_token(LITERAL("a b")));
    assert_false(str_is_token(LITERAL("a:")));
    assert_false(str_is_token(LITERAL("a\0")));
    assert_false(str_is_token(LITERAL("\xC3\xA4")));
    assert_true(str_is_field_value(LITERAL("a\tb \xC3\xA4")));
    assert_true(str_is_field_value(LITERAL("")));
    assert_false(str_is_field_value(LITERAL("a\r\nSet-Cookie: x")));
    assert_false(str_is_field_value(LITERAL("a\0")));
    assert_false(str_is_field_value(LITERAL("a\x7F")));
}

static void test_whole_numbers(void **state)
{
    static const char *const bad[] = {"",    "-",  "+1",  " 1",  "1 ",
                                      "1.0", "0x", "abc", "1e3", "--1"};
    int64_t number = 77;

    (void)state;
    assert_true(str_to_int64(LITERAL("-9223372036854775808"), INT64_MIN, INT64_MAX, &number));
    assert_true(number == INT64_MIN);
    assert_true(str_to_int64(LITERAL("9223372036854775807"), INT64_MIN, INT64_MAX, &number));
    assert_true(number == INT64_MAX);
    assert_true(str_to_int64(LITERAL("007"), 0, 10, &number));
    assert_int_equal(number, 7);
    assert_false(str_to_int64(LITERAL("9223372036854775808"), INT64_MIN, INT64_MAX, &number));
    assert_false(str_to_int64(LITERAL("-9223372036854775809"), INT64_MIN, INT64_MAX, &number));
    assert_false(str_to_int64(LITERAL("11"), 0, 10, &number));
    assert_false(str_to_int64(LITERAL("1\0"), 0, 10, &number));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(str_to_int64(slice_of(bad[i]), INT64_MIN, INT64_MAX, &number));
    assert_int_equal(number, 7); /* written on success only */
}

static void test_words_of_a_shell(void **state)
{
    struct buf buf = {0};

    (void)state;
    str_shell(LITERAL("/srv/a_b-1.db"), &buf);
    assert_buf(&buf, LITERAL("/srv/a_b-1.db"));
    str_shell(LITERAL(""), &buf);
    assert_buf(&buf, LITERAL("''"));
    str_shell(LITERAL("it's a $HOME&?\n"), &buf);
    assert_buf(&buf, LITERAL("'it'\\''s a $HOME&?\n'"));
    buf_done(&buf);
}

static void test_html_and_json_escapes(void **state)
{
    struct buf buf = {0};

    (void)state;
    assert_true(str_html_is_plain(LITERAL("a \xE4\xBD\xA0;")));
    assert_true(str_html_is_plain(LITERAL("")));
    assert_false(str_html_is_plain(LITERAL("plain'")));
    str_html(LITERAL("<a href='x'>\"&\"</a> \xE4\xBD\xA0"), &buf);
    assert_buf(&buf, LITERAL("&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt; "
                             "\xE4\xBD\xA0"));
    str_json(LITERAL("a\"\\\n\r\t\x01\0\x7F\xE4\xBD\xA0/"), &buf);
    assert_buf(&buf, LITERAL("\"a\\\"\\\\\\n\\r\\t\\u0001\\u0000\x7F\xE4\xBD\xA0/\""));
    str_json(LITERAL("\xFFx\xE4\xBD"), &buf);
    assert_buf(&buf, LITERAL("\"" STR_REPLACEMENT "x" STR_REPLACEMENT STR_REPLACEMENT "\""));
    str_json(LITERAL(""), &buf);
    assert_buf(&buf, LITERAL("\"\""));
}

/* Texts are looked at eight bytes at a time: each byte at each place among such. */
static void test_each_byte_counts_wherever_it_stands(void **state)
{
    char text[20];

    (void)state;
    for (int c = 0; c < 256; c++)
        for (size_t at = 0; at < sizeof text; at++) {
            struct buf html = {0}, json = {0};
            struct slice slice = {text, sizeof text};
            bool is_escaped = c && strchr("&<>\"'", c);
            memset(text, 'a', sizeof text);
            text[at] = (char)c;
            str_html(slice, &html);
            str_json(slice, &json);
            assert_int_equal(str_html_is_plain(slice), !is_escaped);
            assert_int_equal(html.len > sizeof text, is_escaped);
            assert_int_equal(json.len > sizeof text + 2,
                             c < 0x20 || c >= 0x80 || c == '"' || c == '\\');
            assert_int_equal(str_is_field_value(slice), (c >= 0x20 || c == '\t') && c != 0x7F);
            assert_int_equal(str_is_utf8(slice), c < 0x80);
            buf_done(&html);
            buf_done(&json);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_error_has_a_kind_and_a_sentence),
        cmocka_unit_test(test_a_long_error_is_cut_between_characters),
        cmocka_unit_test(test_kinds_have_the_names_that_lua_sees),
        cmocka_unit_test(test_memory_is_zeroed_copied_and_taken),
        cmocka_unit_test(test_a_buffer_grows_and_ends_with_a_nul),
        cmocka_unit_test(test_a_long_format_is_not_cut),
        cmocka_unit_test(test_a_buffer_gives_its_memory_away),
        cmocka_unit_test(test_slices_compare),
        cmocka_unit_test(test_utf8_is_told_from_what_looks_like_it),
        cmocka_unit_test(test_hexadecimal_there_and_back),
        cmocka_unit_test(test_base64url_there_and_back),
        cmocka_unit_test(test_percent_escapes_are_decoded_or_refused),
        cmocka_unit_test(test_tokens_and_field_values),
        cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_words_of_a_shell),
        cmocka_unit_test(test_html_and_json_escapes),
        cmocka_unit_test(test_each_byte_counts_wherever_it_stands),
    };

    return cmocka_run_group_tests_name("base: text", tests, NULL, NULL);
}
