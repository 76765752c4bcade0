/* Whose request it is: what proxies tell, and what strangers would like to tell. */
#include "http/client.h"

#include "base/mem.h"
#include "http/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { HEADERS = 4 };

struct story {
    const char *peer;             /* NULL: a Unix socket */
    const char *headers[HEADERS]; /* "Name: value" */
    const char *client;           /* "https 192.0.2.1", and "in doubt" */
};

static const struct story stories[] = {
    /* Nobody who is not named is believed. */
    {"203.0.113.9", {NULL}, "http 203.0.113.9"},
    {"203.0.113.9", {"X-Forwarded-For: 198.51.100.1"}, "http 203.0.113.9"},
    {"203.0.113.9", {"X-Forwarded-Proto: https", "X-Real-IP: 10.0.0.1"}, "http 203.0.113.9"},
    {"2001:db8::9", {"Forwarded: for=198.51.100.1;proto=https"}, "http 2001:db8::9"},

    /* One proxy, each of its ways to tell. */
    {"10.0.0.1", {NULL}, "http 10.0.0.1 in doubt"},
    {"10.0.0.1", {"X-Forwarded-For: 198.51.100.1"}, "http 198.51.100.1"},
    {"10.0.0.1", {"X-Real-IP: 198.51.100.1"}, "http 10.0.0.1 in doubt"},
    {"10.0.0.1", {"Forwarded: for=198.51.100.1"}, "http 198.51.100.1"},
    {"10.0.0.1",
     {"x-forwarded-for:198.51.100.1", "X-FORWARDED-PROTO: HTTPS"},
     "https 198.51.100.1"},
    {"10.0.0.1",
     {"Forwarded: proto=https;For=\"[2001:db8::7]:4711\";by=_x"},
     "https 2001:db8::7"},
    {"fd00::1", {"X-Forwarded-For: 2001:db8::7"}, "http 2001:db8::7"},
    {"10.0.0.1", {"X-Forwarded-For: [2001:db8::7]:80"}, "http 2001:db8::7"},
    {"10.0.0.1", {"X-Forwarded-For: 198.51.100.1:4711"}, "http 198.51.100.1"},
    {"10.0.0.1", {"X-Forwarded-For: ::ffff:198.51.100.1"}, "http 198.51.100.1"},

    /* What the client itself has sent stands to the left, and is not read. */
    {"10.0.0.1", {"X-Forwarded-For: 192.0.2.66, 198.51.100.1"}, "http 198.51.100.1"},
    {"10.0.0.1",
     {"X-Forwarded-For: 192.0.2.66", "X-Forwarded-For: 198.51.100.1"},
     "http 198.51.100.1"},
    {"10.0.0.1", {"X-Forwarded-For: 10.0.0.7, 198.51.100.1"}, "http 198.51.100.1"},
    {"10.0.0.1", {"Forwarded: for=\"192.0.2.66, for=198.51.100.1"}, "http 198.51.100.1"},
    {"10.0.0.1",
     {"Forwarded: for=192.0.2.66;proto=https, for=198.51.100.1;proto=http"},
     "http 198.51.100.1"},
    {"10.0.0.1",
     {"X-Forwarded-Proto: https, http", "X-Forwarded-For: 198.51.100.1"},
     "http 198.51.100.1"},

    /* Several proxies: the first from the right that is none of them. */
    {"10.0.0.1",
     {"X-Forwarded-For: 192.0.2.66, 198.51.100.1, 10.0.0.2,fd00::3"},
     "http 198.51.100.1"},
    {"10.0.0.1",
     {"X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 10.0.0.2"},
     "http 198.51.100.1"},
    {"10.0.0.1",
     {"Forwarded: for=198.51.100.1;proto=https, for=10.0.0.2;proto=http"},
     "https 198.51.100.1"},
    {"10.0.0.1", {"X-Forwarded-For: 10.0.0.3, 10.0.0.2"}, "http 10.0.0.3"},

    /* What is no address ends the way: the nearest hop that is known is the client. */
    {"10.0.0.1", {"X-Forwarded-For: 198.51.100.1, unknown"}, "http 10.0.0.1 in doubt"},
    {"10.0.0.1", {"X-Forwarded-For: 198.51.100.1, junk, 10.0.0.2"}, "http 10.0.0.2 in doubt"},
    {"10.0.0.1", {"X-Forwarded-For: 198.51.100.1,, 10.0.0.2"}, "http 10.0.0.2 in doubt"},
    {"10.0.0.1", {"Forwarded: for=198.51.100.1, for=_hidden"}, "http 10.0.0.1 in doubt"},
    {"10.0.0.1", {"Forwarded: for=198.51.100.1, proto=https"}, "https 10.0.0.1 in doubt"},
    {"10.0.0.1", {"X-Forwarded-For: [198.51.100.1"}, "http 10.0.0.1 in doubt"},
    {"10.0.0.1", {"X-Forwarded-For:"}, "http 10.0.0.1 in doubt"},

    /* Headers that agree, that add nothing, and that contradict each other. */
    {"10.0.0.1",
     {"X-Real-IP: 198.51.100.1", "X-Forwarded-For: 198.51.100.1"},
     "http 198.51.100.1"},
    {"10.0.0.1",
     {"X-Real-IP: 10.0.0.2", "X-Forwarded-For: 198.51.100.1, 10.0.0.2"},
     "http 198.51.100.1"},
    {"10.0.0.1",
     {"Forwarded: for=192.0.2.66", "X-Forwarded-For: 198.51.100.1"},
     "http 10.0.0.1 in doubt"},
    {"10.0.0.1", {"X-Real-IP: 192.0.2.66", "Forwarded: for=198.51.100.1"}, "http 198.51.100.1"},
    {"203.0.113.9",
     {"X-Real-IP: 192.0.2.66", "Forwarded: for=198.51.100.1"},
     "http 203.0.113.9"},

    /* Who reaches a Unix socket is a proxy when that was said. */
    {NULL, {NULL}, "http none in doubt"},
    {NULL, {"X-Forwarded-For: 198.51.100.1", "X-Forwarded-Proto: https"}, "https 198.51.100.1"},
    {NULL,
     {"X-Forwarded-For: 198.51.100.1", "Forwarded: for=192.0.2.66"},
     "http none in doubt"},
};

static struct http_pair header_of(const char *line)
{
    const char *colon = strchr(line, ':');
    const char *value = colon + 1 + strspn(colon + 1, " ");

    return (struct http_pair){{line, (size_t)(colon - line)}, slice_of(value)};
}

static void tell(const struct http_proxies *proxies, const struct story *story, char *out,
                 size_t size)
{
    struct http_pair items[HEADERS];
    struct http_pairs headers = {items, 0};
    struct http_client client = {.has_ip = story->peer != NULL};
    char text[IP_TEXT] = "none";

    assert_true(!story->peer || ip_parse(slice_of(story->peer), &client.ip));
    while (headers.count < HEADERS && story->headers[headers.count]) {
        items[headers.count] = header_of(story->headers[headers.count]);
        headers.count++;
    }
    http_client_find(proxies, &headers, &client);
    if (client.has_ip)
        ip_print(&client.ip, text);
    snprintf(out, size, "%s %s%s", client.is_https ? "https" : "http", text,
             client.is_doubtful ? " in doubt" : "");
}

static struct http_proxies proxies_of(const char *const *texts)
{
    struct http_proxies proxies = {0};
    struct err err;

    for (; *texts; texts++)
        assert_true(http_proxies_add(&proxies, *texts, &err));
    return proxies;
}

static void test_the_client_is_the_first_hop_that_is_no_proxy(void **state)
{
    static const char *const named[] = {"10.0.0.0/8", "fd00::/8", "unix:", NULL};
    struct http_proxies proxies = proxies_of(named);
    char got[80];

    (void)state;
    for (size_t i = 0; i < COUNT(stories); i++) {
        tell(&proxies, &stories[i], got, sizeof got);
        if (strcmp(got, stories[i].client) != 0)
            fail_msg("story %zu (%s): %s, not %s", i,
                     stories[i].headers[0] ? stories[i].headers[0] : "no header", got,
                     stories[i].client);
    }
    http_proxies_done(&proxies);
}

/* As the original's nginx file has it: all of them set, the port beside Host. */
static void test_the_header_that_was_named_is_the_only_one(void **state)
{
    static const char *const named[] = {"10.0.0.0/8", NULL};
    static const struct story told[] = {
        {"10.0.0.1",
         {"X-Real-IP: 198.51.100.1", "REMOTE-HOST: 198.51.100.1",
          "X-Forwarded-For: 192.0.2.66, 198.51.100.2"},
         "http 198.51.100.1"},
        {"10.0.0.1", {"X-Forwarded-For: 198.51.100.1"}, "http 10.0.0.1 in doubt"},
        {"10.0.0.1", {"x-real-ip: unknown"}, "http 10.0.0.1 in doubt"},
        {"203.0.113.9", {"X-Real-IP: 198.51.100.1"}, "http 203.0.113.9"},
    };
    struct http_proxies proxies = proxies_of(named);
    char got[80];

    (void)state;
    proxies.header = "x-real-ip";
    for (size_t i = 0; i < COUNT(told); i++) {
        tell(&proxies, &told[i], got, sizeof got);
        assert_string_equal(got, told[i].client);
    }
    http_proxies_done(&proxies);
}

static void test_without_proxies_nothing_is_believed(void **state)
{
    static const char *const nobody[] = {NULL}, *const addresses[] = {"10.0.0.0/8", NULL};
    struct http_proxies none = proxies_of(nobody), some = proxies_of(addresses);
    const struct story tcp = {"10.0.0.1", {"X-Forwarded-For: 198.51.100.1"}, NULL};
    const struct story local = {NULL, {"X-Forwarded-For: 198.51.100.1"}, NULL};
    char got[80];

    (void)state;
    tell(&none, &tcp, got, sizeof got);
    assert_string_equal(got, "http 10.0.0.1");
    tell(&none, &local, got, sizeof got);
    assert_string_equal(got, "http none");
    tell(&some, &local, got, sizeof got);
    assert_string_equal(got, "http none");
    http_proxies_done(&some);
}

static bool limits(const struct http_proxies *proxies, const char *text)
{
    struct ip ip;

    assert_true(ip_parse(slice_of(text), &ip));
    return http_proxies_limit(proxies, &ip);
}

static void test_limits_are_for_clients_and_not_for_proxies(void **state)
{
    static const char *const nobody[] = {NULL}, *const named[] = {"10.0.0.0/8", NULL};
    struct http_proxies none = proxies_of(nobody), some = proxies_of(named);

    (void)state;
    assert_true(limits(&none, "198.51.100.1"));
    assert_true(limits(&none, "10.0.0.1"));
    assert_false(limits(&none, "127.0.0.1")); /* a proxy that nobody has named */
    assert_false(limits(&none, "::1"));
    assert_false(http_proxies_limit(&none, NULL));
    assert_true(limits(&some, "127.0.0.1")); /* the proxies are named: this is none */
    assert_true(limits(&some, "198.51.100.1"));
    assert_false(limits(&some, "10.0.0.1"));
    assert_false(http_proxies_limit(&some, NULL));
    http_proxies_done(&some);
}

static void test_connections_are_counted_by_address(void **state)
{
    struct http_tally *tally = http_tally_new(2);
    struct ip one, near, other;

    (void)state;
    ip_parse(slice_of("2001:db8::1"), &one);
    ip_parse(slice_of("2001:db8::2"), &near); /* of the same 64 bits */
    ip_parse(slice_of("2001:db8:0:1::1"), &other);
    for (int round = 0; round < 3; round++) {
        assert_true(http_tally_take(tally, &one));
        assert_true(http_tally_take(tally, &near));
        assert_false(http_tally_take(tally, &one));
        assert_true(http_tally_take(tally, &other));
        http_tally_give(tally, &one);
        assert_true(http_tally_take(tally, &near));
        http_tally_give(tally, &near);
        http_tally_give(tally, &near);
        http_tally_give(tally, &other);
    }
    for (int i = 0; i < 10000; i++) { /* more addresses than chains */
        struct ip ip = {{0}};
        memcpy(ip.bytes, &i, sizeof i);
        assert_true(http_tally_take(tally, &ip));
    }
    http_tally_free(tally); /* and what is still counted with it */
    http_tally_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_client_is_the_first_hop_that_is_no_proxy),
        cmocka_unit_test(test_the_header_that_was_named_is_the_only_one),
        cmocka_unit_test(test_without_proxies_nothing_is_believed),
        cmocka_unit_test(test_limits_are_for_clients_and_not_for_proxies),
        cmocka_unit_test(test_connections_are_counted_by_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
