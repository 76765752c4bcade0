/* The allocator of a state beside its region of small blocks, which builds with sanitizers
 * leave out: what moves between the two keeps its bytes, and is counted once. */
#include "vm/memory.h"
#include "vm/vm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct script_limits limits = {.on = true, .memory = 1024 * 1024};

static int open_region(void **state)
{
    static struct vm vm;
    vm = (struct vm){.plan.limits = &limits, .limited = true};
    memory_init(&vm);
    blocks_begin(&vm.memory.blocks);
    *state = &vm;
    return 0;
}

static int close_region(void **state)
{
    memory_done(*state);
    return 0;
}

static bool is_small(const struct vm *vm, const void *block)
{
    return blocks_have(&vm->memory.blocks, block);
}

static unsigned char *filled(unsigned char *block, size_t size)
{
    assert_non_null(block);
    for (size_t i = 0; i < size; i++)
        block[i] = (unsigned char)(i % 251);
    return block;
}

static unsigned char *take(struct vm *vm, size_t size)
{
    return filled(memory_allocate(vm, NULL, 0, size), size);
}

/* It has kept its bytes. */
static unsigned char *resized(struct vm *vm, unsigned char *block, size_t old, size_t size)
{
    block = memory_allocate(vm, block, old, size);
    assert_non_null(block);
    for (size_t i = 0; i < (old < size ? old : size); i++)
        assert_int_equal(i % 251, block[i]);
    return filled(block, size);
}

static void give_back(struct vm *vm, void *block, size_t size)
{
    assert_null(memory_allocate(vm, block, size, 0));
}

static void small_blocks_are_of_the_region_and_others_not(void **state)
{
    struct vm *vm = *state;
    unsigned char *small = take(vm, BLOCKS_LARGEST), *large = take(vm, BLOCKS_LARGEST + 1);
    assert_true(is_small(vm, small));
    assert_false(is_small(vm, large));
    assert_int_equal(2 * BLOCKS_LARGEST + 1, vm->memory.used);
    assert_int_equal(vm->memory.used, vm->memory.host.held);
    give_back(vm, small, BLOCKS_LARGEST);
    give_back(vm, large, BLOCKS_LARGEST + 1);
    assert_int_equal(0, vm->memory.used);
    assert_ptr_equal(small, take(vm, BLOCKS_LARGEST));
}

static void a_block_that_grows_leaves_the_region(void **state)
{
    struct vm *vm = *state;
    unsigned char *small = take(vm, 33);
    assert_ptr_equal(small, resized(vm, small, 33, 48)); /* it has that room */
    unsigned char *block = resized(vm, small, 48, 100);
    assert_ptr_not_equal(small, block);
    assert_true(is_small(vm, block));
    block = resized(vm, block, 100, 4000);
    assert_false(is_small(vm, block));
    give_back(vm, block, 4000);
    assert_ptr_equal(small, take(vm, 40)); /* what it has left was given back */
}

static void a_block_that_shrinks_moves_within_the_region_alone(void **state)
{
    struct vm *vm = *state;
    unsigned char *small = take(vm, 200), *large = take(vm, 4000);
    unsigned char *block = resized(vm, small, 200, 20);
    assert_ptr_not_equal(small, block);
    assert_true(is_small(vm, block));
    assert_ptr_equal(small, take(vm, 200));
    large = resized(vm, large, 4000, 20);
    assert_false(is_small(vm, large));
    assert_int_equal(20 + 200 + 20, vm->memory.used);
    give_back(vm, large, 20);
    give_back(vm, block, 20);
    assert_int_equal(200, vm->memory.used);
}

static void what_finds_no_room_there_lies_outside(void **state)
{
    struct vm *vm = *state;
    size_t count = 0;
    unsigned char *block;
    while (is_small(vm, block = take(vm, BLOCKS_LARGEST)))
        count++;
    assert_int_equal(BLOCKS_REGION / BLOCKS_LARGEST, count);
    assert_int_equal((count + 1) * BLOCKS_LARGEST, vm->memory.used);
    give_back(vm, block, BLOCKS_LARGEST);
    assert_int_equal(count * BLOCKS_LARGEST, vm->memory.used);
}

static void a_state_without_limits_has_no_region(void **state)
{
    struct vm vm = {.plan.limits = &limits};
    (void)state;
    memory_init(&vm);
    memory_loaded(&vm);
    assert_null(vm.memory.blocks.region);
    memory_done(&vm);
}

#define REGION_TEST(name) cmocka_unit_test_setup_teardown(name, open_region, close_region)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REGION_TEST(small_blocks_are_of_the_region_and_others_not),
        REGION_TEST(a_block_that_grows_leaves_the_region),
        REGION_TEST(a_block_that_shrinks_moves_within_the_region_alone),
        REGION_TEST(what_finds_no_room_there_lies_outside),
        cmocka_unit_test(a_state_without_limits_has_no_region),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
