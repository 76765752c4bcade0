/* Addresses: what is taken, what it becomes, what is refused and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/address.h"

#include <string.h>

#define TEN "aaaaaaaaaa"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void good_addresses_are_taken(void **state)
{
    static const char *const cases[][2] = {
        {"a@b.example", NULL},
        {"Ada.Lovelace+tag@mail.example.org", NULL},
        {"!#$%&'*+-/=?^_`{|}~@b.example", NULL},
        {"root@localhost", NULL},
        {"a@xn--fsqu00a.example", NULL},
        {"a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"},
        {"a@3.example.org", NULL},
        {SIXTY "aaaa@b.example", NULL},
        {"a@b\xc3\xbc"
         "cher.example",
         "a@xn--bcher-kva.example"},
        {"a@\xe4\xbe\x8b\xe5\xad\x90.\xe6\xb5\x8b\xe8\xaf\x95", "a@xn--fsqu00a.xn--0zwm56d"},
        {"a@stra\xc3\x9f"
         "e.example",
         "a@xn--strae-oqa.example"}, /* non-transitional: not strasse */
        {"a@B\xc3\x9c"
         "CHER.example",
         "a@xn--bcher-kva.example"},
        {"a@b\xe3\x80\x82"
         "example",
         "a@b.example"}, /* an ideographic full stop */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char address[ADDRESS_MAX + 1] = "";
        struct err err = {0};
        if (!address_read(slice_of(cases[i][0]), address, &err))
            fail_msg("%s: %s", cases[i][0], err.text);
        assert_string_equal(address, cases[i][1] ? cases[i][1] : cases[i][0]);
    }
}

static const struct {
    struct slice text;
    const char *words;
} bad[] = {
#define CASE(text, words)                                                                      \
    {                                                                                          \
        {text, sizeof(text) - 1}, words                                                        \
    }
    CASE("", "is empty"),
    CASE("a@b.example\r\nBcc: c@d.example", "line break"),
    CASE("a@b.example\nBcc:c@d.example", "line break"),
    CASE("a@b.example\r", "line break"),
    CASE("a@b.example\0", "control character"),
    CASE("a\0@b.example", "control character"),
    CASE("a@b.example\x7f", "control character"),
    CASE("a@b.example,c@d.example", "one address alone"),
    CASE("a@b.example;c@d.example", "one address alone"),
    CASE("a@b.example c@d.example", "a space"),
    CASE("a@b.example@d.example", "more than one '@'"),
    CASE("a@b.example> SIZE=1 <c@d.example", "one address alone"),
    CASE("a@b.example>", "one address alone"),
    CASE("a@xn--a.example", "international"),
    CASE("a@mail.xn--99999999.example", "international"),
    CASE("<a@b.example>", "one address alone"),
    CASE("Ada <a@b.example>", "a space"),
    CASE("\"a b\"@b.example", "quoted"),
    CASE("\"ab\"@b.example", "quoted"),
    CASE("a\\b@b.example", "one address alone"),
    CASE("a(comment)@b.example", "one address alone"),
    CASE("@b.example", "nothing before"),
    CASE("ab.example", "no '@'"),
    CASE("a@", "the domain is empty"),
    CASE(".a@b.example", "malformed before"),
    CASE("a..b@b.example", "malformed before"),
    CASE("a.@b.example", "a dot before"),
    CASE(SIXTY "aaaaa@b.example", "more than 64 bytes"),
    CASE("\xe4\xbd\xa0@b.example", "letters before its '@'"),
    CASE("a@b..example", "malformed"),
    CASE("a@.example", "malformed"),
    CASE("a@b.example.", "malformed"),
    CASE("a@-b.example", "malformed"),
    CASE("a@b-.example", "malformed"),
    CASE("a@b_c.example", "malformed"),
    CASE("a@127.0.0.1", "malformed"),
    CASE("a@[127.0.0.1]", "one address alone"),
    CASE("a@" SIXTY "aaaa.example", "malformed"),
    CASE("a@b.ex\xff", "UTF-8"),
    CASE("a@\xef\xbc\xa0.example", "the domain"), /* a full-width '@' */
    CASE("a@b\xef\xbc\x8c.example", "the domain"),
    CASE("a@b.example\xe2\x80\xa8", "the domain"), /* a line separator */
};

static void bad_addresses_are_refused_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char address[ADDRESS_MAX + 1] = "untouched";
        struct err err = {0};
        if (address_read(bad[i].text, address, &err))
            fail_msg("case %zu was taken: %s", i, bad[i].text.data);
        assert_int_equal(err.kind, ERR_INPUT);
        if (!strstr(err.text, bad[i].words))
            fail_msg("case %zu: expected '%s' in: %s", i, bad[i].words, err.text);
        assert_string_equal(address, "untouched");
    }
}

static void an_address_has_at_most_254_bytes(void **state)
{
    /* a@ + three labels of 62 and dots = 191, then one of 58 and ".org": 254 */
    static const char longest[] =
        "a@" SIXTY "aa." SIXTY "aa." SIXTY "aa." TEN TEN TEN TEN TEN "aaaaaaaaa.org";
    char address[ADDRESS_MAX + 1], text[301];
    struct err err = {0};
    (void)state;
    assert_int_equal(sizeof longest - 1, 254);
    assert_true(address_read(slice_of(longest), address, &err));

    memcpy(text, longest, sizeof longest);
    memcpy(text + 254 - 4, "a.org", 6);
    assert_false(address_read(slice_of(text), address, &err));
    assert_non_null(strstr(err.text, "longer than 254 bytes"));

    memset(text, 'a', 300);
    text[300] = '\0';
    memcpy(text + 288, "@b.example", 10);
    assert_false(address_read(slice_of(text), address, &err));
    assert_non_null(strstr(err.text, "longer than 254 bytes"));

    /* Short as typed, long in ASCII. */
    static const char label[] = "\xe4\xbe\x8b\xe5\xad\x90\xe6\xb5\x8b\xe8\xaf\x95\xe5\x90\x8d.";
    size_t len = 2;
    memcpy(text, "a@", 3);
    for (; len + sizeof label < 240; len += sizeof label - 1)
        memcpy(text + len, label, sizeof label);
    memcpy(text + len, "org", 4);
    assert_false(address_read(slice_of(text), address, &err));
}

static void host_names_are_turned_into_ascii(void **state)
{
    char name[DOMAIN_MAX + 1];
    (void)state;
    assert_true(address_domain(slice_of("smtp.\xe4\xbe\x8b\xe5\xad\x90.example"), name, NULL));
    assert_string_equal(name, "smtp.xn--fsqu00a.example");
    assert_false(address_domain(slice_of("a b"), name, NULL));
    assert_false(address_domain(slice_of("1.2.3.4"), name, NULL));
    assert_false(address_domain((struct slice){"a\0b", 3}, name, NULL));
}

static void the_recipient_is_masked_wherever_it_stands(void **state)
{
    static const char *const cases[][2] = {
        {"550 <ada@example.org>: no such user", "550 <a***@example.org>: no such user"},
        {"550 ADA@Example.org ada@example.org", "550 a***@example.org a***@example.org"},
        {"550 no such user", "550 no such user"},
        {"ada@example.or", "ada@example.or"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out = {0};
        address_mask(slice_of(cases[i][0]), "ada@example.org", &out);
        assert_string_equal(out.data ? out.data : "", cases[i][1]);
        buf_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_addresses_are_taken),
        cmocka_unit_test(bad_addresses_are_refused_in_words),
        cmocka_unit_test(an_address_has_at_most_254_bytes),
        cmocka_unit_test(host_names_are_turned_into_ascii),
        cmocka_unit_test(the_recipient_is_masked_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
