/* Addresses and networks. */
#include "base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct ip ip_of(const char *text)
{
    struct ip ip;

    if (!ip_parse(slice_of(text), &ip))
        fail_msg("'%s' is no address", text);
    return ip;
}

static void test_addresses_are_read_and_printed(void **state)
{
    static const char *const cases[][2] = {
        {"192.0.2.1", "192.0.2.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"::1", "::1"},
        {"2001:DB8:0:0::1", "2001:db8::1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::", "::"},
    };
    static const char *const none[] = {
        "",           "1.2.3",     "1.2.3.256",
        " 1.2.3.4",   "1.2.3.4 ",  "01.2.3.4",
        "1.2.3.4:80", "[::1]",     "fe80::1%lo",
        "unknown",    "1.2.3.4/8", "::1::",
        "0x7f.1",     "localhost", "2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
    };
    char text[IP_TEXT];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ip ip = ip_of(cases[i][0]);
        ip_print(&ip, text);
        assert_string_equal(text, cases[i][1]);
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        struct ip ip;
        if (ip_parse(slice_of(none[i]), &ip))
            fail_msg("'%s' was taken for an address", none[i]);
    }
    struct ip ip;
    assert_false(ip_parse((struct slice){"1.2.3.4\0", 8}, &ip));
}

static void test_an_address_is_the_same_on_every_socket(void **state)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    struct ip from_v4, from_v6, wanted = ip_of("192.0.2.7");

    (void)state;
    inet_pton(AF_INET, "192.0.2.7", &v4.sin_addr);
    inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6.sin6_addr);
    assert_true(ip_of_socket((struct sockaddr *)&v4, &from_v4));
    assert_true(ip_of_socket((struct sockaddr *)&v6, &from_v6));
    assert_memory_equal(&from_v4, &wanted, sizeof wanted);
    assert_memory_equal(&from_v6, &wanted, sizeof wanted);
    assert_false(ip_of_socket((struct sockaddr *)&path, &from_v4));
}

static void test_networks_hold_their_addresses(void **state)
{
    static const struct {
        const char *net, *ip;
        bool has;
    } cases[] = {
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"192.0.2.128/25", "192.0.2.128", true},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"::/0", "203.0.113.9", false},
        {"fd00::/8", "fdff::1", true},
        {"fd00::/8", "fe00::1", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::1/128", "::1", true},
        {"::ffff:10.0.0.0/8", "10.1.2.3", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ip_net net;
        struct err err;
        struct ip ip = ip_of(cases[i].ip);
        if (!ip_net_parse(cases[i].net, &net, &err))
            fail_msg("%s", err.text);
        if (ip_net_has(&net, &ip) != cases[i].has)
            fail_msg("%s in %s", cases[i].ip, cases[i].net);
    }
}

static void test_networks_are_refused_with_advice(void **state)
{
    static const char *const cases[][2] = {
        {"10.1.2.3/8", "write 10.0.0.0/8"},
        {"fd00::1/8", "write fd00::/8"},
        {"10.0.0.0/33", "10.0.0.0/8"},
        {"10.0.0.0/", "10.0.0.0/8"},
        {"10.0.0.0/-1", "10.0.0.0/8"},
        {"/8", "'/8'"},
        {"proxy", "'proxy'"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ip_net net;
        struct err err;
        assert_false(ip_net_parse(cases[i][0], &net, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        if (!strstr(err.text, cases[i][1]))
            fail_msg("'%s': no \"%s\" in \"%s\"", cases[i][0], cases[i][1], err.text);
    }
}

static void test_limits_count_by_address_or_by_64_bits(void **state)
{
    static const char *const cases[][2] = {
        {"192.0.2.1", "192.0.2.1"}, {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"}, {"::1", "::"}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[IP_TEXT];
        struct ip ip = ip_of(cases[i][0]), site = ip_site(&ip);
        ip_print(&site, text);
        assert_string_equal(text, cases[i][1]);
    }
    const char *const loopback[] = {"127.0.0.1", "127.9.9.9", "::1"};
    const char *const others[] = {"128.0.0.1", "::2", "2001:db8::1", "0.0.0.0"};
    for (size_t i = 0; i < COUNT(loopback); i++) {
        struct ip ip = ip_of(loopback[i]);
        assert_true(ip_is_loopback(&ip));
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        struct ip ip = ip_of(others[i]);
        assert_false(ip_is_loopback(&ip));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_are_read_and_printed),
        cmocka_unit_test(test_an_address_is_the_same_on_every_socket),
        cmocka_unit_test(test_networks_hold_their_addresses),
        cmocka_unit_test(test_networks_are_refused_with_advice),
        cmocka_unit_test(test_limits_count_by_address_or_by_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
