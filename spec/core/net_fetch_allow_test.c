/* Which addresses may be fetched from, without and with what is allowed besides. */
#include "net/fetch_allow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool may(const char *text, const char *const *allowed, size_t count)
{
    struct fetch_allow allow;
    struct ip ip;
    if (!ip_parse(slice_of(text), &ip))
        fail_msg("'%s' is no address", text);
    fetch_allow_init(&allow, (char *const *)allowed, count);
    bool has = fetch_allow_has(&allow, &ip);
    fetch_allow_done(&allow);
    return has;
}

static const char *const public[] = {
    "1.1.1.1",         "9.255.255.255",   "11.0.0.0",     "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.1",       "172.15.0.1",   "172.32.0.1",     "192.167.1.1",
    "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:200::1",    "::ffff:1.1.1.1",
};
static const char *const special[] = {
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::1.1.1.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "4000::1",
    "5f00::1",
};

static void test_public_addresses_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(public); i++)
        if (!may(public[i], NULL, 0))
            fail_msg("%s is refused", public[i]);
    for (size_t i = 0; i < COUNT(special); i++)
        if (may(special[i], NULL, 0))
            fail_msg("%s is let through", special[i]);
}

static void test_what_is_allowed_besides(void **state)
{
    static const char *const nets[] = {"10.1.0.0/16", "fd00::/8", "127.0.0.1"};
    static const char *const all[] = {"::/0"};
    (void)state;
    assert_true(may("10.1.2.3", nets, COUNT(nets)));
    assert_true(may("::ffff:10.1.2.3", nets, COUNT(nets)));
    assert_true(may("fd00::1", nets, COUNT(nets)));
    assert_true(may("127.0.0.1", nets, COUNT(nets)));
    assert_true(may("1.1.1.1", nets, COUNT(nets)));
    assert_false(may("10.2.0.1", nets, COUNT(nets)));
    assert_false(may("127.0.0.2", nets, COUNT(nets)));
    assert_true(may("::1", all, COUNT(all)));
    assert_false(may("127.0.0.1", all, COUNT(all)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public_addresses_alone),
        cmocka_unit_test(test_what_is_allowed_besides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
