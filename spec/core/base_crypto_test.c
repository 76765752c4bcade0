/* Hashing, sealing, randomness. */
#include "base/crypto.h"
#include "base/random.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LITERAL(text) ((struct slice){(text), sizeof(text) - 1})

enum { OVERHEAD = 24 + 16, PADDING = 256 };

static const struct slice KEY = {"0123456789abcdef0123456789ABCDEF", 32};
static const struct slice NONE = {NULL, 0};

static int setup(void **state)
{
    struct err err;

    (void)state;
    return crypto_setup(&err) && crypto_setup(&err) ? 0 : -1; /* twice is fine */
}

static struct slice of_buf(const struct buf *buf)
{
    return (struct slice){buf->data, buf->len};
}

static void assert_hex(const unsigned char bytes[32], const char *expected)
{
    struct buf hex = {0};

    str_hex((struct slice){(const char *)bytes, 32}, &hex);
    assert_string_equal(hex.data, expected);
    buf_done(&hex);
}

static void test_hashes_are_blake2b(void **state)
{
    unsigned char plain[32], named[32], other[32];
    struct err err;

    (void)state;
    assert_true(crypto_hash(LITERAL("abc"), NULL, plain, &err));
    /* as `b2sum -l 256` prints it */
    assert_hex(plain, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    assert_true(crypto_hash(NONE, NULL, plain, &err));
    assert_hex(plain, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    assert_true(crypto_hash(LITERAL("abc"), "one", named, &err));
    assert_true(crypto_hash(LITERAL("abc"), "sixteen bytes ok", other, &err));
    assert_memory_not_equal(named, other, 32);
    assert_memory_not_equal(named, plain, 32);
    assert_false(crypto_hash(LITERAL("abc"), "seventeen bytes !", other, &err));
    assert_int_equal(err.kind, ERR_INPUT);
}

static void test_keyed_hashes_need_a_real_key(void **state)
{
    unsigned char one[32], two[32];
    struct err err;
    char key[65] = {0};

    (void)state;
    assert_true(crypto_hmac(KEY, LITERAL("data"), one, &err));
    assert_true(crypto_hmac(KEY, LITERAL("datb"), two, &err));
    assert_memory_not_equal(one, two, 32);
    assert_true(crypto_hmac((struct slice){key, 16}, NONE, one, &err));
    assert_true(crypto_hmac((struct slice){key, 64}, NONE, two, &err));
    assert_memory_not_equal(one, two, 32);
    assert_false(crypto_hmac((struct slice){key, 15}, NONE, one, &err));
    assert_string_equal(err.text, "the key of a keyed hash has 16 to 64 bytes, not 15");
    assert_false(crypto_hmac((struct slice){key, 65}, NONE, one, &err));
}

static void test_equality(void **state)
{
    (void)state;
    assert_true(crypto_equal(LITERAL("a\0b"), LITERAL("a\0b")));
    assert_true(crypto_equal(NONE, LITERAL("")));
    assert_false(crypto_equal(LITERAL("a\0b"), LITERAL("a\0c")));
    assert_false(crypto_equal(LITERAL("a"), LITERAL("ab")));
}

static void test_subkeys_differ_by_key_and_purpose(void **state)
{
    unsigned char a[32], b[32], c[32], again[32], hash[32];

    (void)state;
    assert_true(crypto_derive(LITERAL("k"), LITERAL("body"), a, NULL));
    assert_true(crypto_derive(LITERAL("k"), LITERAL("body"), again, NULL));
    assert_true(crypto_derive(LITERAL("k"), LITERAL("mail"), b, NULL));
    assert_true(crypto_derive(LITERAL("l"), LITERAL("body"), c, NULL));
    assert_memory_equal(a, again, 32);
    assert_memory_not_equal(a, b, 32);
    assert_memory_not_equal(a, c, 32);
    /* who knows the plain hash of the key, a column of a table perhaps, knows no subkey */
    assert_true(crypto_hash(LITERAL("k"), NULL, hash, NULL));
    assert_true(crypto_hmac((struct slice){(const char *)hash, 32}, LITERAL("body"), b, NULL));
    assert_memory_not_equal(a, b, 32);
}

static void test_what_is_sealed_opens_with_all_lengths_padded(void **state)
{
    static char plain[1000];
    struct err err;

    (void)state;
    random_bytes(plain, sizeof plain);
    for (size_t len = 0; len <= sizeof plain; len += len % PADDING == 254 ? 1 : 2) {
        struct buf sealed = {0}, opened = {0};
        struct slice text = {plain, len};
        buf_adds(&opened, "kept");
        assert_true(crypto_seal(KEY, text, LITERAL("ad"), &sealed, &err));
        assert_int_equal(sealed.len, OVERHEAD + (len / PADDING + 1) * PADDING);
        assert_true(crypto_open(KEY, of_buf(&sealed), LITERAL("ad"), &opened, &err));
        assert_int_equal(opened.len, 4 + len);
        assert_memory_equal(opened.data, "kept", 4);
        assert_memory_equal(opened.data + 4, plain, len);
        assert_int_equal(opened.data[opened.len], '\0');
        buf_done(&sealed);
        buf_done(&opened);
    }
}

static void test_two_seals_of_one_text_differ(void **state)
{
    struct buf one = {0}, two = {0};

    (void)state;
    assert_true(crypto_seal(KEY, LITERAL("text"), NONE, &one, NULL));
    assert_true(crypto_seal(KEY, LITERAL("text"), NONE, &two, NULL));
    assert_memory_not_equal(one.data, two.data, 24);
    assert_memory_not_equal(one.data + 24, two.data + 24, one.len - 24);
    buf_done(&one);
    buf_done(&two);
}

static void assert_shut(struct slice key, struct slice sealed, struct slice ad)
{
    struct buf out = {0};
    struct err err = {0};

    assert_false(crypto_open(key, sealed, ad, &out, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_string_equal(err.text, "does not open");
    assert_int_equal(out.len, 0);
    buf_done(&out);
}

static void test_nothing_changed_opens(void **state)
{
    struct buf sealed = {0};
    struct slice other = {"0123456789abcdef0123456789ABCDEf", 32};

    (void)state;
    assert_true(crypto_seal(KEY, LITERAL("text"), LITERAL("ad"), &sealed, NULL));
    for (size_t i = 0; i < sealed.len; i++) {
        sealed.data[i] = (char)(sealed.data[i] ^ 1);
        assert_shut(KEY, of_buf(&sealed), LITERAL("ad"));
        sealed.data[i] = (char)(sealed.data[i] ^ 1);
    }
    for (size_t len = 0; len < sealed.len; len++)
        assert_shut(KEY, (struct slice){sealed.data, len}, LITERAL("ad"));
    buf_addc(&sealed, '\0');
    assert_shut(KEY, of_buf(&sealed), LITERAL("ad"));
    sealed.len--;
    assert_shut(KEY, of_buf(&sealed), LITERAL("ae"));
    assert_shut(KEY, of_buf(&sealed), NONE);
    assert_shut(other, of_buf(&sealed), LITERAL("ad"));
    buf_done(&sealed);
}

static void test_a_sealing_key_has_32_bytes(void **state)
{
    struct buf out = {0};
    struct err err;

    (void)state;
    assert_false(crypto_seal(LITERAL("short"), LITERAL("text"), NONE, &out, &err));
    assert_string_equal(err.text, "a sealing key has 32 bytes, not 5");
    assert_false(crypto_open(LITERAL("short"), LITERAL("text"), NONE, &out, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    buf_done(&out);
}

static void test_wiping(void **state)
{
    char secret[] = "secret";

    (void)state;
    crypto_wipe(secret, sizeof secret);
    assert_memory_equal(secret, "\0\0\0\0\0\0", sizeof secret);
}

static void test_random_numbers_stay_below_their_bound(void **state)
{
    int seen[10] = {0};

    (void)state;
    for (int i = 0; i < 2000; i++)
        seen[random_below(10)]++;
    for (int i = 0; i < 10; i++)
        assert_in_range(seen[i], 100, 320); /* 200 ± 9 standard deviations */
    assert_int_equal(random_below(1), 0);
    /* with this bound nearly half of all 64-bit numbers must be thrown away */
    for (int i = 0; i < 100; i++)
        assert_true(random_below((UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
}

static void test_random_bytes_differ(void **state)
{
    unsigned char one[32] = {0}, two[32] = {0};

    (void)state;
    random_bytes(one, sizeof one);
    random_bytes(two, sizeof two);
    assert_memory_not_equal(one, two, sizeof one);
    random_bytes(one, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes_are_blake2b),
        cmocka_unit_test(test_keyed_hashes_need_a_real_key),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_subkeys_differ_by_key_and_purpose),
        cmocka_unit_test(test_what_is_sealed_opens_with_all_lengths_padded),
        cmocka_unit_test(test_two_seals_of_one_text_differ),
        cmocka_unit_test(test_nothing_changed_opens),
        cmocka_unit_test(test_a_sealing_key_has_32_bytes),
        cmocka_unit_test(test_wiping),
        cmocka_unit_test(test_random_numbers_stay_below_their_bound),
        cmocka_unit_test(test_random_bytes_differ),
    };

    return cmocka_run_group_tests_name("base: crypto", tests, setup, NULL);
}
