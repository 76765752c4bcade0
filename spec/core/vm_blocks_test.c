/* Small blocks: aligned, apart from each other, taken again, and never more than their region.
 */
#include "vm/blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void blocks_are_apart_and_aligned(void **state)
{
    struct blocks blocks = {0};
    char *taken[BLOCKS_LARGEST + 1];
    (void)state;
    blocks_begin(&blocks);
    for (size_t size = 1; size <= BLOCKS_LARGEST; size++) {
        taken[size] = blocks_take(&blocks, size);
        assert_int_equal(0, (uintptr_t)taken[size] % BLOCKS_STEP);
        assert_true(blocks_have(&blocks, taken[size]));
        memset(taken[size], (int)size % 251, size);
    }
    for (size_t size = 1; size <= BLOCKS_LARGEST; size++)
        for (size_t i = 0; i < size; i++)
            assert_int_equal((int)size % 251, (unsigned char)taken[size][i]);
    blocks_done(&blocks);
}

static void what_was_given_back_is_taken_again_for_its_size(void **state)
{
    struct blocks blocks = {0};
    (void)state;
    blocks_begin(&blocks);
    void *first = blocks_take(&blocks, 40), *second = blocks_take(&blocks, 33);
    blocks_give_back(&blocks, first, 40);
    blocks_give_back(&blocks, second, 33);
    assert_ptr_not_equal(first, blocks_take(&blocks, 49));
    assert_ptr_equal(second, blocks_take(&blocks, 48));
    assert_ptr_equal(first, blocks_take(&blocks, 34));
    assert_true(blocks_fits(33, 48));
    assert_false(blocks_fits(48, 49));
    assert_false(blocks_fits(33, 32));
    blocks_done(&blocks);
}

static void the_region_is_all(void **state)
{
    struct blocks blocks = {0};
    size_t count = 0;
    char outside;
    (void)state;
    assert_null(blocks_take(&blocks, 1)); /* not begun */
    assert_false(blocks_have(&blocks, &outside));
    blocks_begin(&blocks);
    assert_null(blocks_take(&blocks, BLOCKS_LARGEST + 1));
    void *block, *last = NULL;
    for (; (block = blocks_take(&blocks, BLOCKS_LARGEST)); last = block)
        count++;
    assert_int_equal(BLOCKS_REGION / BLOCKS_LARGEST, count);
    assert_null(blocks_take(&blocks, 1));
    blocks_give_back(&blocks, last, BLOCKS_LARGEST);
    assert_ptr_equal(last, blocks_take(&blocks, BLOCKS_LARGEST));
    assert_false(blocks_have(&blocks, &outside));
    assert_false(blocks_have(&blocks, (char *)last + BLOCKS_LARGEST));
    blocks_done(&blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_apart_and_aligned),
        cmocka_unit_test(what_was_given_back_is_taken_again_for_its_size),
        cmocka_unit_test(the_region_is_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
