/* Shared spaces: bounds, ends, eviction, and many threads that count. */
#include "base/limits.h"
#include "base/mem.h"
#include "base/shared.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { THREADS = 4, ROUNDS = 5000 };

static struct shared_space *space_of(const char *name, size_t max)
{
    struct shared_space *space = NULL;
    struct err err = {0};

    if (!shared_space(name, max, &space, &err))
        fail_msg("%s", err.text);
    shared_bound(space, max);
    return space;
}

static void put(struct shared_space *space, const char *key, int64_t number, double ttl_s)
{
    const struct shared_value value = {.type = SHARED_INTEGER, .integer = number};

    assert_true(shared_set(space, slice_of(key), &value, ttl_s, NULL));
}

/* The integer under the key; -1 where there is nothing. */
static int64_t got(struct shared_space *space, const char *key)
{
    struct shared_value value = {0};

    shared_get(space, slice_of(key), &value);
    buf_done(&value.bytes);
    return value.type == SHARED_INTEGER ? value.integer : -1;
}

static void sleep_ms(long ms)
{
    const struct timespec time = {.tv_nsec = ms * 1000000};

    nanosleep(&time, NULL);
}

static void test_every_type_comes_back(void **state)
{
    struct shared_space *space = space_of("types", 10);
    struct shared_value value = {.type = SHARED_BYTES}, back = {0};

    (void)state;
    shared_get(space, slice_of("k"), &back);
    assert_int_equal(back.type, SHARED_NONE);
    buf_add(&value.bytes, "a\0b", 3);
    assert_true(shared_set(space, slice_of("k"), &value, 0, NULL));
    shared_get(space, slice_of("k"), &back);
    assert_int_equal(back.type, SHARED_BYTES);
    assert_ptr_not_equal(back.bytes.data, value.bytes.data);
    assert_int_equal(back.bytes.len, 3);
    assert_memory_equal(back.bytes.data, "a\0b", 3);
    buf_done(&back.bytes);
    buf_done(&value.bytes);
    value = (struct shared_value){.type = SHARED_NUMBER, .number = 0.5};
    assert_true(shared_set(space, slice_of("k"), &value, 0, NULL));
    shared_get(space, slice_of("k"), &back);
    assert_true(back.type == SHARED_NUMBER && !(back.number < 0.5) && !(back.number > 0.5));
    value = (struct shared_value){.type = SHARED_BOOLEAN, .boolean = true};
    assert_true(shared_set(space, slice_of("k"), &value, 0, NULL));
    shared_get(space, slice_of("k"), &back);
    assert_true(back.type == SHARED_BOOLEAN && back.boolean);
    value.type = SHARED_NONE; /* deletes */
    assert_true(shared_set(space, slice_of("k"), &value, 0, NULL));
    shared_get(space, slice_of("k"), &back);
    assert_int_equal(back.type, SHARED_NONE);
    shared_delete(space, slice_of("k")); /* nothing there: fine */
}

static void test_spaces_are_apart_and_found_again(void **state)
{
    struct shared_space *one = space_of("one", 10);

    (void)state;
    put(one, "k", 1, 0);
    put(space_of("two", 10), "k", 2, 0);
    put(one, "", 3, 0);
    assert_ptr_equal(space_of("one", 10), one);
    assert_int_equal(got(one, "k"), 1);
    assert_int_equal(got(one, ""), 3);
    assert_int_equal(got(space_of("two", 10), "k"), 2);
}

static void test_what_has_ended_is_gone(void **state)
{
    struct shared_space *space = space_of("ends", 10);
    int64_t number;

    (void)state;
    put(space, "short", 1, 0.3);
    put(space, "long", 2, 1000);
    put(space, "vast", 4, 1e300);
    put(space, "changed", 3, 0.3);
    put(space, "changed", 3, 0); /* no end any more */
    assert_true(shared_incr(space, slice_of("counter"), 5, 0.3, &number, NULL));
    assert_true(shared_incr(space, slice_of("counter"), 5, 1000, &number, NULL));
    assert_int_equal(number, 10); /* the end is still the first one's */
    assert_int_equal(got(space, "short"), 1);
    sleep_ms(350);
    assert_int_equal(got(space, "short"), -1);
    assert_int_equal(got(space, "long"), 2);
    assert_int_equal(got(space, "vast"), 4);
    assert_int_equal(got(space, "changed"), 3);
    assert_true(shared_incr(space, slice_of("counter"), 1, 0, &number, NULL));
    assert_int_equal(number, 1);
}

static void test_a_full_space_evicts_what_ends_first_else_the_oldest(void **state)
{
    struct shared_space *space = space_of("full", 4);
    int64_t number;

    (void)state;
    put(space, "a", 1, 0);
    put(space, "b", 2, 2000);
    put(space, "c", 3, 1000);
    put(space, "d", 4, 0);
    put(space, "e", 5, 0);
    assert_int_equal(got(space, "c"), -1);
    put(space, "f", 6, 0);
    assert_int_equal(got(space, "b"), -1);
    put(space, "a", 7, 0); /* written again: the youngest now */
    assert_true(shared_incr(space, slice_of("d"), 1, 0, &number, NULL));
    put(space, "g", 8, 0);
    assert_int_equal(got(space, "e"), -1);
    assert_int_equal(got(space, "a"), 7);
    assert_int_equal(got(space, "d"), 5);
    assert_int_equal(got(space, "f"), 6);
    space_of("full", 1); /* a smaller bound is taken over at once */
    assert_int_equal(got(space, "g"), 8);
    assert_int_equal(got(space, "a"), -1);
    put(space, "h", 9, 0);
    assert_int_equal(got(space, "g"), -1);
    assert_int_equal(got(space, "h"), 9);
}

/* Against a table that is easy to believe. */
static void test_many_keys_in_any_order(void **state)
{
    enum { KEYS = 500 };
    static int64_t expected[KEYS];
    struct shared_space *space = space_of("many", KEYS);
    unsigned random = 1;
    char key[12];

    (void)state;
    memset(expected, 0xFF, sizeof expected);
    for (int i = 0; i < 20000; i++) {
        random = random * 1103515245U + 12345U;
        unsigned at = random / 65536U % KEYS;
        snprintf(key, sizeof key, "%u", at);
        assert_true(got(space, key) == expected[at]);
        if (random / 1024U % 3 == 0) {
            shared_delete(space, slice_of(key));
            expected[at] = -1;
        } else {
            put(space, key, i, random / 2048U % 2 ? 1000 + at : 0);
            expected[at] = i;
        }
    }
}

static void test_bounds_are_kept(void **state)
{
    CLEANUP(mem_freep) char *text = mem_new(LIMIT_SHARED_VALUE + 1, 1);
    struct shared_space *space = space_of("bounds", 10), *none = NULL;
    struct shared_value value = {.type = SHARED_BYTES};
    struct slice key = {text, LIMIT_SHARED_KEY};
    int64_t number = 77;
    struct err err;

    (void)state;
    buf_add(&value.bytes, text, LIMIT_SHARED_VALUE);
    assert_true(shared_set(space, key, &value, 0, &err));
    buf_addc(&value.bytes, 'x');
    assert_false(shared_set(space, key, &value, 0, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    buf_done(&value.bytes);
    assert_false(shared_incr(space, key, 1, 0, &number, &err));
    assert_int_equal(err.kind, ERR_STATE);
    key.len++;
    assert_false(shared_incr(space, key, 1, 0, &number, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_false(shared_incr(space, slice_of("k"), 1, -1, &number, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_false(shared_incr(space, slice_of("k"), 1, NAN, &number, &err));
    assert_int_equal(number, 77);
    assert_true(shared_incr(space, slice_of("k"), INT64_MAX, 0, &number, &err));
    assert_false(shared_incr(space, slice_of("k"), 1, 0, &number, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_true(number == INT64_MAX);
    assert_false(shared_space("none", 0, &none, &err));
    assert_int_equal(err.kind, ERR_INPUT);
}

static void *count_up(void *unused)
{
    struct shared_space *space = NULL;
    char key[12];
    int64_t number;

    shared_space("threads", 64, &space, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        shared_incr(space, slice_of("all"), 1, 0, &number, NULL);
        snprintf(key, sizeof key, "%d", i % 40);
        shared_incr(space, slice_of(key), 1, 0.001, &number, NULL);
        got(space, key);
        if (i % 7 == 0)
            shared_delete(space, slice_of(key));
    }
    return unused;
}

static void test_threads_lose_no_count(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(got(space_of("threads", 64), "all"), THREADS * ROUNDS);
}

/* The last one: it uses up the names. */
static void test_there_are_not_too_many_spaces(void **state)
{
    struct shared_space *space = NULL;
    struct err err;
    char name[16];
    int made = 0;

    (void)state;
    for (int i = 0; i < LIMIT_SHARED_SPACES; i++) {
        snprintf(name, sizeof name, "n%d", i);
        made += shared_space(name, 1, &space, &err);
    }
    assert_in_range(made, LIMIT_SHARED_SPACES - 20, LIMIT_SHARED_SPACES - 1);
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_true(shared_space("n0", 1, &space, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type_comes_back),
        cmocka_unit_test(test_spaces_are_apart_and_found_again),
        cmocka_unit_test(test_what_has_ended_is_gone),
        cmocka_unit_test(test_a_full_space_evicts_what_ends_first_else_the_oldest),
        cmocka_unit_test(test_many_keys_in_any_order),
        cmocka_unit_test(test_bounds_are_kept),
        cmocka_unit_test(test_threads_lose_no_count),
        cmocka_unit_test(test_there_are_not_too_many_spaces),
    };

    return cmocka_run_group_tests_name("base: shared", tests, NULL, NULL);
}
