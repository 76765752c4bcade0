/* The pure judgements over heads: which messages are served, what a client takes, which
 * headers an answer may carry. */
#include "http/judge.h"
#include "http/negotiate.h"
#include "http/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- messages ---- */

enum { HEADERS = 8 };

/* Takes a head apart as libmicrohttpd does: in place, with NULs for separators, in lines that
 * end in LF with or without CR, and blind to what it skips. */
static void take_apart(char *text, size_t len, struct judge_message *ret, char *target,
                       struct http_pair *headers)
{
    char *line = text, *end = text + len;

    *ret = (struct judge_message){.headers.items = headers, .size = len};
    for (char *lf; (lf = memchr(line, '\n', (size_t)(end - line))); line = lf + 1) {
        *lf = '\0';
        if (lf > line && lf[-1] == '\r')
            lf[-1] = '\0';
        if (line == text) {
            char *space = strchr(line, ' '), *last = strrchr(line, ' ');
            *space++ = *last = '\0';
            strncpy(target, space, 99);
            ret->method = line;
            ret->place = space;
            ret->target = slice_of(target);
            ret->version = last + 1;
        } else if (*line) {
            char *value = strchr(line, ':');
            *value++ = '\0';
            value += strspn(value, " \t");
            headers[ret->headers.count++] = (struct http_pair){slice_of(line), slice_of(value)};
        }
    }
}

static int judge(const char *text, size_t len)
{
    char *copy = malloc(len + 1), target[100] = "";
    struct http_pair headers[HEADERS];
    struct judge_message message;
    int status;

    assert_non_null(copy);
    memcpy(copy, text, len);
    copy[len] = '\0';
    take_apart(copy, len, &message, target, headers);
    const char *why = judge_message(&message, &status);
    free(copy);
    return why ? status : 0;
}

static void test_hosts_are_judged(void **state)
{
    static const struct {
        const char *text;
        bool ok;
    } cases[] = {
        {"a", true},
        {"a.example:8080", true},
        {"127.0.0.1:80", true},
        {"[::1]", true},
        {"[2001:db8::1]:1", true},
        {"a_b-c.d", true},
        {"a:", true},
        {"%41", true},
        {"", false},
        {":80", false},
        {"user@host", false},
        {"a b/c", false},
        {"a, b", false},
        {"a:b", false},
        {"[::1", false},
        {"a<b>\"", false},
        {"\xe4\xbd\xa0", false},
        {"[::1]a", false},
        {"[1.2.3.4]", false},
        {"[]", false},
        {"a/b", false},
        {"a:80:80", false},
        {"a?b", false},
        {"[::1]:a", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (judge_authority(slice_of(cases[i].text)) != cases[i].ok)
            fail_msg("'%s'", cases[i].text);
}

#define HEAD(text) text "\r\n\r\n", sizeof(text "\r\n\r\n") - 1
#define RAW(text) text, sizeof(text) - 1

static const struct {
    const char *text;
    size_t len;
    int status;
} messages[] = {
    {HEAD("GET / HTTP/1.1\r\nHost: a"), 0},
    {HEAD("GET / HTTP/1.0"), 0},
    {HEAD("GET /?a=b&c HTTP/1.1\r\nHost:a\r\nAccept: */*\r\nX:"), 0},
    {HEAD("GET / HTTP/1.1\r\nHost: \t a  \r\nX: a\tb"), 0},
    {HEAD("OPTIONS * HTTP/1.1\r\nHost: a"), 0},
    {HEAD("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3"), 0},
    {HEAD("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked"), 0},
    {HEAD("TRACE / HTTP/1.1\r\nHost: a"), 501},
    {HEAD("get / HTTP/1.1\r\nHost: a"), 501},
    {HEAD("BREW /pot HTTP/1.1\r\nHost: a"), 501},
    {HEAD("G(T / HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET * HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET http://a/ HTTP/1.1\r\nHost: a"), 0},
    {HEAD("GET HTTPS://a.b:80/?c HTTP/1.1\r\nHost: a"), 0},
    {HEAD("OPTIONS http://[::1]:80 HTTP/1.1\r\nHost: a"), 0},
    {HEAD("GET http://?a HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET http:/// HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET http://b@a/ HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET http://a:b/ HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET ftp://a/ HTTP/1.1\r\nHost: a"), 400},
    {HEAD("CONNECT a:1 HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET / HTTP/1.2\r\nHost: a"), 0},
    {HEAD("GET / HTTP/1.9\r\nHost: a"), 0},
    {HEAD("GET / HTTP/1.10\r\nHost: a"), 400},
    {HEAD("GET / HTTP/2.0\r\nHost: a"), 400},
    {HEAD("GET / HTTP/0.9\r\nHost: a"), 400},
    {HEAD("GET / HTTP/1.\r\nHost: a"), 400},
    {HEAD("GET /\xe4\xbd\xa0 HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET /a#b HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET /?a=<b> HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET /\" HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET /{a} HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET /a|b HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET /a\\b HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET /a^b`c HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET /-._~:/[]@!$&'()*+,;=%20?/? HTTP/1.1\r\nHost: a"), 0},
    {HEAD("GET  / HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET /a\x01 HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET /a\r HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET /a\0b HTTP/1.1\r\nHost: a"), 400},
    {HEAD("GET / HTTP/1.1\r\nHost: a\r\nHost: a"), 400},
    {HEAD("GET / HTTP/1.1\r\nHost : a"), 400},
    {HEAD("GET / HTTP/1.1\r\nX: a\rb"), 400},
    {HEAD("GET / HTTP/1.1\r\nX: a\0b"), 400},
    {HEAD("GET / HTTP/1.1\r\nX: a\nY: b"), 400},
    {RAW("GET / HTTP/1.1\nHost: a\r\n\r\n"), 400},
    {RAW("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400},
    {RAW("GET / HTTP/1.1\r\nHost: a\n\r\n"), 400},
    {HEAD("POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked"), 400},
    {HEAD("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3"), 400},
    {HEAD("POST / HTTP/1.1\r\ncontent-length: 3\r\nContent-Length: 4"), 400},
    {HEAD("POST / HTTP/1.1\r\nTransfer-Encoding: xchunked"), 400},
    {HEAD("POST / HTTP/1.1\r\nTransfer-Encoding: chunked "), 400},
    {HEAD("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked"), 400},
    {HEAD("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400},
    {HEAD("POST / HTTP/1.0\r\nTransfer-Encoding: chunked"), 400},
};

static void test_messages_that_are_served_and_that_are_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(messages); i++) {
        int status = judge(messages[i].text, messages[i].len);
        if (status != messages[i].status)
            fail_msg("case %zu (%s): %d, not %d", i, messages[i].text, status,
                     messages[i].status);
    }
}

/* ---- what a client takes ---- */

static struct http_pair header_of(const char *name, const char *value)
{
    return (struct http_pair){slice_of(name), slice_of(value)};
}

static void test_gzip_is_sent_to_those_who_take_it(void **state)
{
    static const struct {
        const char *value;
        bool gzip;
    } cases[] = {
        {"gzip", true},
        {"GZIP", true},
        {"br, gzip;q=0.1", true},
        {"x-gzip", true},
        {"*", true},
        {"br;q=1, *;q=0.5", true},
        {"gzip;q=1.000", true},
        {"gzip;q=0.001", true},
        {"deflate, gzip ; q=1, br", true},
        {"", false},
        {"identity", false},
        {"gzip;q=0", false},
        {"gzip; Q=0.", false},
        {"gzip;q=0.000", false},
        {"*;q=0", false},
        {"gzip;q=0, *", false},
        {"*, gzip;q=0", false},
        {"gzipped", false},
        {"br;gzip, x", false},
        {",,;,", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_pair header = header_of("accept-encoding", cases[i].value);
        const struct http_pairs headers = {&header, 1};
        if (negotiate_gzip(&headers) != cases[i].gzip)
            fail_msg("Accept-Encoding: %s", cases[i].value);
    }
    struct http_pair two[] = {header_of("Accept-Encoding", "br"),
                              header_of("Accept-Encoding", "gzip")};
    assert_true(negotiate_gzip(&(struct http_pairs){two, 2}));
    assert_false(negotiate_gzip(&(struct http_pairs){0}));
}

static void test_known_tags_are_recognised(void **state)
{
    static const struct {
        const char *value;
        bool match;
    } cases[] = {
        {"\"abc\"", true},
        {"W/\"abc\"", true},
        {"*", true},
        {"\"x\", \"abc\"", true},
        {"\"x,y\",W/\"abc\"", true},
        {" , \"abc\" ,", true},
        {"", false},
        {"abc", false},
        {"\"abcd\"", false},
        {"\"ab\"", false},
        {"\"abc", false},
        {"w/\"abc\"", false},
        {"\"x\" junk \"abc\"", false},
        {"W/", false},
        {"\"", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_pair header = header_of("If-None-Match", cases[i].value);
        const struct http_pairs headers = {&header, 1};
        if (negotiate_none_match(&headers, "\"abc\"") != cases[i].match)
            fail_msg("If-None-Match: %s", cases[i].value);
    }
}

/* ---- ranges ---- */

static void test_one_range_is_a_part(void **state)
{
    static const struct {
        const char *range, *condition;
        enum negotiate_range kind;
        size_t from, len;
    } cases[] = {
        {"bytes=0-9", NULL, RANGE_PART, 0, 10},
        {"bytes=99-99", NULL, RANGE_PART, 99, 1},
        {"bytes=10-", NULL, RANGE_PART, 10, 90},
        {"bytes=-10", NULL, RANGE_PART, 90, 10},
        {"bytes=-1000", NULL, RANGE_PART, 0, 100},
        {"bytes=50-1000", NULL, RANGE_PART, 50, 50},
        {"bytes=50-99999999999999999999999", NULL, RANGE_PART, 50, 50},
        {"Bytes = 0-0", NULL, RANGE_PART, 0, 1},
        {"bytes=0-9", "\"abc\"", RANGE_PART, 0, 10},
        {"bytes=100-", NULL, RANGE_NOWHERE, 0, 0},
        {"bytes=99999999999999999999999-", NULL, RANGE_NOWHERE, 0, 0},
        {"bytes=-0", NULL, RANGE_NOWHERE, 0, 0},
        {"bytes=0-9,20-29", NULL, RANGE_WHOLE, 0, 0},
        {"bytes=9-0", NULL, RANGE_WHOLE, 0, 0},
        {"bytes=", NULL, RANGE_WHOLE, 0, 0},
        {"bytes=-", NULL, RANGE_WHOLE, 0, 0},
        {"bytes=5", NULL, RANGE_WHOLE, 0, 0},
        {"bytes=a-b", NULL, RANGE_WHOLE, 0, 0},
        {"bytes=+1-2", NULL, RANGE_WHOLE, 0, 0},
        {"bytes=0--1", NULL, RANGE_WHOLE, 0, 0},
        {"bytes 0-9", NULL, RANGE_WHOLE, 0, 0},
        {"lines=0-9", NULL, RANGE_WHOLE, 0, 0},
        {"bytes=0-9", "\"abd\"", RANGE_WHOLE, 0, 0},
        {"bytes=0-9", "W/\"abc\"", RANGE_WHOLE, 0, 0},
        {"bytes=0-9", "Fri, 27 Nov 2026 18:00:00 GMT", RANGE_WHOLE, 0, 0},
        {"bytes=100-", "\"abd\"", RANGE_WHOLE, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_pair items[] = {header_of("range", cases[i].range),
                                    header_of("If-Range", cases[i].condition)};
        const struct http_pairs headers = {items, cases[i].condition ? 2 : 1};
        size_t from = 0, len = 0;
        enum negotiate_range kind = negotiate_range(&headers, "\"abc\"", 100, &from, &len);
        if (kind != cases[i].kind || from != cases[i].from || len != cases[i].len)
            fail_msg("%s (%s): %d, %zu from %zu", cases[i].range, cases[i].condition, (int)kind,
                     len, from);
    }
    struct http_pair twice[] = {header_of("Range", "bytes=0-9"),
                                header_of("Range", "bytes=0-9")};
    size_t from, len;
    assert_int_equal(
        negotiate_range(&(struct http_pairs){twice, 2}, "\"abc\"", 100, &from, &len),
        RANGE_WHOLE);
    struct http_pair any = header_of("Range", "bytes=0-");
    assert_int_equal(negotiate_range(&(struct http_pairs){&any, 1}, "\"\"", 0, &from, &len),
                     RANGE_NOWHERE);
}

/* ---- replies ---- */

static void test_headers_of_replies_are_checked(void **state)
{
    static const struct {
        struct slice name, value;
        bool ok;
    } cases[] = {
        {{"X-A", 3}, {"b", 1}, true},
        {{"Set-Cookie", 10}, {"a=b", 3}, true},
        {{"Set-Cookie", 10}, {"c=d", 3}, true},
        {{"X", 1}, {"", 0}, true},
        {{"x-a", 3}, {"b", 1}, false},
        {{"X", 1}, {"tab\there", 8}, true},
        {{"X", 1}, {"\xE4\xBD\xA0", 3}, true},
        {{"", 0}, {"b", 1}, false},
        {{"X A", 3}, {"b", 1}, false},
        {{"X:", 2}, {"b", 1}, false},
        {{"X\n", 2}, {"b", 1}, false},
        {{"X", 1}, {"a\r\nB: c", 7}, false},
        {{"X", 1}, {"a\nb", 3}, false},
        {{"X", 1}, {"a\0b", 3}, false},
        {{"X", 1}, {"a\x7F", 2}, false},
        {{"content-length", 14}, {"1", 1}, false},
        {{"Transfer-Encoding", 17}, {"chunked", 7}, false},
        {{"Connection", 10}, {"close", 5}, false},
        {{"DATE", 4}, {"now", 3}, false},
    };
    struct http_reply reply = {.status = 200};
    size_t good = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err err = {.kind = ERR_IO};
        bool ok = http_headers_add(&reply.headers, cases[i].name, cases[i].value, &err);
        assert_int_equal(ok, cases[i].ok);
        if (ok)
            good++;
        else
            assert_int_equal(err.kind, ERR_INPUT);
    }
    assert_int_equal(reply.headers.count, good);
    assert_string_equal(reply.headers.items[2].value.data, "c=d");
    http_reply_done(&reply);
    http_reply_done(&reply);
    http_reply_done(NULL);
}

static void test_files_have_types_by_their_ending(void **state)
{
    static const struct {
        const char *path, *type;
    } cases[] = {
        {"static/css/site.0123abcd.css", "text/css; charset=utf-8"},
        {"js/put.js", "text/javascript; charset=utf-8"},
        {"a/FAVICON.ICO", "image/x-icon"},
        {"robots.txt", "text/plain; charset=utf-8"},
        {"logo.svg", "image/svg+xml"},
        {"dir.css/file", "application/octet-stream"},
        {"file.", "application/octet-stream"},
        {"", "application/octet-stream"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(http_content_type(cases[i].path), cases[i].type);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_that_are_served_and_that_are_not),
        cmocka_unit_test(test_hosts_are_judged),
        cmocka_unit_test(test_gzip_is_sent_to_those_who_take_it),
        cmocka_unit_test(test_known_tags_are_recognised),
        cmocka_unit_test(test_one_range_is_a_part),
        cmocka_unit_test(test_headers_of_replies_are_checked),
        cmocka_unit_test(test_files_have_types_by_their_ending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
