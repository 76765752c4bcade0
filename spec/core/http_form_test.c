/* Forms, queries, cookies, targets: what is read, and what is refused.  Every input lies in
 * memory of just its size, so that the sanitizer sees a byte read too many. */
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "http/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S(text)                                                                                \
    {                                                                                          \
        (text), sizeof(text) - 1                                                               \
    }
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* malloc'ed, exactly as long as the text. */
static struct slice tight(struct slice text)
{
    char *copy = malloc(text.len ? text.len : 1);
    assert_non_null(copy);
    memcpy(copy, text.data, text.len);
    return (struct slice){copy, text.len};
}

static void let_go(struct slice text)
{
    free((void *)(uintptr_t)text.data);
}

static void assert_slice(struct slice got, struct slice expected)
{
    assert_int_equal(got.len, expected.len);
    if (got.len)
        assert_memory_equal(got.data, expected.data, got.len);
}

/* ---- urlencoded ---- */

static const struct {
    struct slice text;
    size_t count;
    struct http_pair pairs[3];
} forms[] = {
    {S(""), 0, {{S(""), S("")}}},
    {S("a=1"), 1, {{S("a"), S("1")}}},
    {S("a=1&b=2&a=3"), 3, {{S("a"), S("1")}, {S("b"), S("2")}, {S("a"), S("3")}}},
    {S("a"), 1, {{S("a"), S("")}}},
    {S("=x"), 1, {{S(""), S("x")}}},
    {S("&&a=1&"), 1, {{S("a"), S("1")}}},
    {S("a=b=c"), 1, {{S("a"), S("b=c")}}},
    {S("a+b=c+d"), 1, {{S("a b"), S("c d")}}},
    {S("%61=%e4%BD%a0%2B+"), 1, {{S("a"), S("\xE4\xBD\xA0+ ")}}},
    {S("a=%26%3D"), 1, {{S("a"), S("&=")}}},
    {S("a;b=1"), 1, {{S("a;b"), S("1")}}},
};

static void test_urlencoded_pairs_are_decoded_in_their_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct http_arena arena = {0};
        struct http_pairs pairs;
        struct err err;
        struct slice text = tight(forms[i].text);
        assert_true(form_parse_urlencoded(text, LIMIT_FORM_FIELDS, &arena, &pairs, &err));
        assert_int_equal(pairs.count, forms[i].count);
        for (size_t p = 0; p < pairs.count; p++) {
            assert_slice(pairs.items[p].name, forms[i].pairs[p].name);
            assert_slice(pairs.items[p].value, forms[i].pairs[p].value);
        }
        http_arena_done(&arena);
        let_go(text);
    }
}

static void test_bad_escapes_and_nul_are_refused(void **state)
{
    static const struct slice bad[] = {S("a=%"),   S("a=%4"),     S("a=%zz"),
                                       S("%=1"),   S("a=%00"),    S("%00=a"),
                                       S("a=\0b"), S("a=1&b=%2"), S("a=%4%41")};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct http_arena arena = {0};
        struct http_pairs pairs;
        struct err err = {0};
        struct slice text = tight(bad[i]);
        assert_false(form_parse_urlencoded(text, LIMIT_FORM_FIELDS, &arena, &pairs, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        assert_true(err.text[0]);
        http_arena_done(&arena);
        let_go(text);
    }
}

static void test_fields_are_counted(void **state)
{
    struct buf text = {0};

    (void)state;
    for (int count = 1; count <= LIMIT_FORM_FIELDS + 1; count++) {
        struct http_arena arena = {0};
        struct http_pairs pairs;
        struct err err = {.kind = ERR_IO};
        buf_adds(&text, "&f=%31");
        bool ok = form_parse_urlencoded((struct slice){text.data, text.len}, LIMIT_FORM_FIELDS,
                                        &arena, &pairs, &err);
        assert_int_equal(ok, count <= LIMIT_FORM_FIELDS);
        if (!ok)
            assert_int_equal(err.kind, ERR_LIMIT);
        http_arena_done(&arena);
    }
    buf_done(&text);
}

/* ---- targets ---- */

static const struct {
    struct slice target;
    bool ok;
    struct slice path;
    size_t queries;
} targets[] = {
    {S("/"), true, S("/"), 0},
    {S("*"), true, S("*"), 0},
    {S("/a%20b?x=1"), true, S("/a b"), 1},
    {S("/a+b?"), true, S("/a+b"), 0},
    {S("/%2e%2e/x"), true, S("/../x"), 0},
    {S("/%e4%bd%a0"), true, S("/\xE4\xBD\xA0"), 0},
    {S("/?a=%3F&b?c"), true, S("/"), 2},
    {S("/%00"), false, S(""), 0},
    {S("/admin%00x"), false, S(""), 0},
    {S("/%"), false, S(""), 0},
    {S("/%4"), false, S(""), 0},
    {S("/%zz"), false, S(""), 0},
    {S("/%ff"), false, S(""), 0},
    {S("/%c0%80"), false, S(""), 0},
    {S("/?a=%"), false, S(""), 0},
    {S("/?a=%00"), false, S(""), 0},
};

static void test_targets_are_split_and_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        struct http_arena arena = {0};
        struct http_pairs query;
        struct slice path, target = tight(targets[i].target);
        struct err err = {.kind = ERR_IO};
        assert_int_equal(
            form_parse_target(target, LIMIT_FORM_FIELDS, &arena, &path, &query, &err),
            targets[i].ok);
        if (targets[i].ok) {
            assert_slice(path, targets[i].path);
            assert_int_equal(query.count, targets[i].queries);
        } else {
            assert_int_equal(err.kind, ERR_INPUT);
        }
        http_arena_done(&arena);
        let_go(target);
    }
}

/* ---- cookies ---- */

static void test_cookies_are_read_and_rubbish_is_skipped(void **state)
{
    struct http_arena arena = {0};
    struct http_pairs pairs;
    struct slice header = tight((struct slice)S(
        "lang=en; a=\"quoted\";b = spaced ;junk; =x; no space=1;e=; c=d=e;\"=1; q=\""));
    static const struct http_pair expected[] = {
        {S("lang"), S("en")}, {S("a"), S("quoted")}, {S("b"), S("spaced")},
        {S("e"), S("")},      {S("c"), S("d=e")},    {S("q"), S("\"")},
    };

    (void)state;
    form_parse_cookies(header, LIMIT_FORM_FIELDS, &arena, &pairs);
    assert_int_equal(pairs.count, COUNT(expected));
    for (size_t i = 0; i < pairs.count; i++) {
        assert_slice(pairs.items[i].name, expected[i].name);
        assert_slice(pairs.items[i].value, expected[i].value);
    }
    http_arena_done(&arena);
    let_go(header);

    struct buf many = {0};
    for (int i = 0; i < 1000; i++)
        buf_adds(&many, "a=b;");
    form_parse_cookies((struct slice){many.data, many.len}, LIMIT_FORM_FIELDS, &arena, &pairs);
    assert_int_equal(pairs.count, LIMIT_FORM_FIELDS);
    http_arena_done(&arena);
    buf_done(&many);
}

/* ---- multipart ---- */

static const struct slice multipart_type = S("multipart/form-data; boundary=XX");

struct read {
    struct http_arena arena;
    struct http_pairs fields;
    struct http_files files;
    struct err err;
};

static bool read_multipart(struct slice type, struct slice body, struct read *ret)
{
    *ret = (struct read){0};
    return form_parse_multipart(type, body, LIMIT_FORM_FIELDS, &ret->arena, &ret->fields,
                                &ret->files, &ret->err);
}

static void test_multipart_has_fields_and_files(void **state)
{
    struct read read;
    struct slice body = tight((struct slice)S(
        "a preamble\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n"
        "--XX \t\r\ncontent-disposition:form-data;name=\"b%22c%0D%0A%2\"\r\n\r\n\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"C:\\x\\\"\r\n"
        "Content-Type: text/plain\r\n\r\n\0\r\n--X\r\n--XXX\r\n\r\n"
        "--XX\r\nContent-Type: a/b\r\nContent-Disposition: form-data; filename=\"\"; name=g\r\n"
        "\r\n\r\n--XX--\r\nan epilogue"));

    (void)state;
    assert_true(read_multipart(multipart_type, body, &read));
    assert_int_equal(read.fields.count, 2);
    assert_slice(read.fields.items[0].name, (struct slice)S("a"));
    assert_slice(read.fields.items[0].value, (struct slice)S("one"));
    assert_slice(read.fields.items[1].name, (struct slice)S("b\"c\r\n%2"));
    assert_slice(read.fields.items[1].value, (struct slice)S(""));
    assert_int_equal(read.files.count, 2);
    assert_slice(read.files.items[0].name, (struct slice)S("f"));
    assert_slice(read.files.items[0].filename, (struct slice)S("C:\\x\\"));
    assert_slice(read.files.items[0].type, (struct slice)S("text/plain"));
    assert_slice(read.files.items[0].data, (struct slice)S("\0\r\n--X\r\n--XXX\r\n"));
    assert_slice(read.files.items[1].name, (struct slice)S("g"));
    assert_slice(read.files.items[1].filename, (struct slice)S(""));
    assert_slice(read.files.items[1].data, (struct slice)S(""));
    http_arena_done(&read.arena);
    let_go(body);
}

/* The line's end behind the headers may be the delimiter's own. */
static void test_empty_parts_do_not_swallow_the_next(void **state)
{
    struct read read;
    struct slice body = tight((struct slice)S(
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\"\r\n\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n1\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\n--XX--\r\n"));

    (void)state;
    assert_true(read_multipart(multipart_type, body, &read));
    assert_int_equal(read.fields.count, 3);
    assert_slice(read.fields.items[0].name, (struct slice)S("a"));
    assert_slice(read.fields.items[0].value, (struct slice)S(""));
    assert_slice(read.fields.items[1].name, (struct slice)S("b"));
    assert_slice(read.fields.items[1].value, (struct slice)S("1"));
    assert_slice(read.fields.items[2].name, (struct slice)S("c"));
    assert_slice(read.fields.items[2].value, (struct slice)S(""));
    assert_int_equal(read.files.count, 1);
    assert_slice(read.files.items[0].filename, (struct slice)S("n"));
    assert_slice(read.files.items[0].data, (struct slice)S(""));
    http_arena_done(&read.arena);
    let_go(body);
}

static void test_names_may_hold_quotes_and_backslashes(void **state)
{
    static const struct {
        struct slice written, means;
    } names[] = {
        {S("a\\\"b"), S("a\"b")},     {S("\\\"; name=x\\\""), S("\"; name=x\"")},
        {S("a%22b"), S("a\"b")},      {S("C:\\x\\"), S("C:\\x\\")},
        {S("C:\\\\x"), S("C:\\\\x")}, {S("a\\"), S("a\\")},
        {S("\\\\"), S("\\\\")},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct buf text = {0};
        struct read read;
        buf_addf(&text,
                 "--XX\r\nContent-Disposition: form-data; filename=\"%s\"; name=\"f\"\r\n"
                 "\r\nx\r\n--XX--",
                 names[i].written.data);
        assert_true(read_multipart(multipart_type, (struct slice){text.data, text.len}, &read));
        assert_int_equal(read.files.count, 1);
        assert_slice(read.files.items[0].name, (struct slice)S("f"));
        assert_slice(read.files.items[0].filename, names[i].means);
        http_arena_done(&read.arena);
        buf_done(&text);
    }
}

static void test_boundaries_are_found_in_the_type(void **state)
{
    static const struct {
        struct slice type;
        bool ok;
    } types[] = {
        {S("multipart/form-data; boundary=XX"), true},
        {S("multipart/form-data;charset=utf-8;BOUNDARY=\"XX\""), true},
        {S("multipart/form-data; ; boundary = XX ;"), true},
        {S("multipart/form-data"), false},
        {S("multipart/form-data; boundary"), false},
        {S("multipart/form-data; boundary="), false},
        {S("multipart/form-data; boundary=\"XX"), false},
        {S("multipart/form-data; boundary=\""), false},
        {S("multipart/form-data; bound ary=XX"), false},
        {S("multipart/form-data; x=\"y\"z; boundary=XX"), false},
        {S("multipart/form-data; boundary="
           "01234567890123456789012345678901234567890123456789012345678901234567890"),
         false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(types); i++) {
        struct read read;
        struct slice type = tight(types[i].type);
        assert_int_equal(read_multipart(type, (struct slice)S("--XX--"), &read), types[i].ok);
        http_arena_done(&read.arena);
        let_go(type);
    }
}

#define PART "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n"

static void test_malformed_multipart_is_refused(void **state)
{
    static const struct slice bad[] = {
        S(""),
        S("--"),
        S("--XX"),
        S("--XX\r"),
        S("--XX\r\n"),
        S("--XX\n"),
        S("--XY--"),
        S("x--XX--"),
        S(PART),
        S(PART "\r\n"),
        S(PART "\r\nvalue"),
        S(PART "\r\nvalue\r\n--XX"),
        S(PART "\r\nvalue\r\n--XX-"),
        S(PART "\r\nvalue\n--XX--"),
        S("--XX\r\n\r\nvalue\r\n--XX--"),
        S("--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--"),
        S("--XX\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--XX--"),
        S("--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--XX--"),
        S("--XX\r\nContent-Disposition: form-data; name=\"a\"b\r\n\r\nx\r\n--XX--"),
        S("--XX\r\nContent-Disposition: form-data; name=\"a\0\"\r\n\r\nx\r\n--XX--"),
        S("--XX\r\nno colon\r\n\r\nx\r\n--XX--"),
        S(PART " folded: x\r\n\r\nx\r\n--XX--"),
        S(PART "Content-Transfer-Encoding: base64\r\n\r\nx\r\n--XX--"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct read read;
        struct slice body = tight(bad[i]);
        if (read_multipart(multipart_type, body, &read))
            fail_msg("case %zu was read", i);
        assert_int_equal(read.err.kind, ERR_INPUT);
        http_arena_done(&read.arena);
        let_go(body);
    }
}

static void test_parts_are_counted(void **state)
{
    struct buf body = {0};
    struct read read;

    (void)state;
    for (int i = 0; i < LIMIT_FORM_FIELDS; i++)
        buf_adds(&body, i % 2 ? PART "\r\nx\r\n"
                              : "--XX\r\nContent-Disposition: form-data; name=\"f\"; "
                                "filename=\"n\"\r\n\r\nx\r\n");
    size_t full = body.len;
    buf_adds(&body, "--XX--");
    assert_true(read_multipart(multipart_type, (struct slice){body.data, body.len}, &read));
    assert_int_equal(read.fields.count + read.files.count, LIMIT_FORM_FIELDS);
    http_arena_done(&read.arena);
    body.len = full;
    buf_adds(&body, PART "\r\nx\r\n--XX--");
    assert_false(read_multipart(multipart_type, (struct slice){body.data, body.len}, &read));
    assert_int_equal(read.err.kind, ERR_LIMIT);
    http_arena_done(&read.arena);
    buf_done(&body);
}

/* ---- anything at all ---- */

/* Cut anywhere and with any byte changed, a form is read or refused, never misread beyond
 * its memory. */
static void test_damaged_bodies_do_no_harm(void **state)
{
    static const struct slice whole =
        S(PART "\r\none\r\n--XX\r\nContent-Disposition: form-data; name=\"%22\"; "
               "filename=\"n\"\r\nContent-Type: t/x; q=\"1\"\r\n\r\na=%41+&b%3d\r\n--XX--\r\n");
    static const char bytes[] = "\0\r\n\"%;=&-: X";

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct slice text = tight((struct slice){whole.data, random_below(whole.len + 1)});
        char *data = (char *)(uintptr_t)text.data;
        for (uint64_t n = random_below(4); n && text.len; n--)
            data[random_below(text.len)] = bytes[random_below(sizeof bytes - 1)];
        struct read read;
        struct slice path;
        read_multipart(text, text, &read);
        http_arena_done(&read.arena);
        read_multipart(multipart_type, text, &read);
        form_parse_urlencoded(text, LIMIT_FORM_FIELDS, &read.arena, &read.fields, NULL);
        form_parse_target(text, LIMIT_FORM_FIELDS, &read.arena, &path, &read.fields, NULL);
        form_parse_cookies(text, LIMIT_FORM_FIELDS, &read.arena, &read.fields);
        http_arena_done(&read.arena);
        let_go(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urlencoded_pairs_are_decoded_in_their_order),
        cmocka_unit_test(test_bad_escapes_and_nul_are_refused),
        cmocka_unit_test(test_fields_are_counted),
        cmocka_unit_test(test_targets_are_split_and_decoded),
        cmocka_unit_test(test_cookies_are_read_and_rubbish_is_skipped),
        cmocka_unit_test(test_multipart_has_fields_and_files),
        cmocka_unit_test(test_empty_parts_do_not_swallow_the_next),
        cmocka_unit_test(test_names_may_hold_quotes_and_backslashes),
        cmocka_unit_test(test_boundaries_are_found_in_the_type),
        cmocka_unit_test(test_malformed_multipart_is_refused),
        cmocka_unit_test(test_parts_are_counted),
        cmocka_unit_test(test_damaged_bodies_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
