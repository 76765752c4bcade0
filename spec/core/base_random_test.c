/* Random bytes that are asked for ahead: none is given twice, in no thread and no child. */
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIZE = 24, COUNT = 100 /* many times what is asked for at once */ };

static void test_none_is_given_twice(void **state)
{
    char given[COUNT][SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        random_ahead(given[i], SIZE);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(given[i], given[k], SIZE);
    }
}

static void test_more_than_is_asked_for_at_once_is_random_to_its_end(void **state)
{
    static const char zeros[SIZE];
    char bytes[4096] = {0};

    (void)state;
    random_ahead(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes / SIZE; i++)
        assert_memory_not_equal(bytes + i * SIZE, zeros, SIZE);
}

static void test_a_child_gives_others_than_its_parent(void **state)
{
    char mine[SIZE], of_child[SIZE];
    int ends[2];

    (void)state;
    random_ahead(mine, SIZE); /* so that some are left */
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    random_ahead(mine, SIZE);
    if (child == 0)
        _exit(write(ends[1], mine, SIZE) == SIZE ? 0 : 1);
    assert_int_equal(read(ends[0], of_child, SIZE), SIZE);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_memory_not_equal(mine, of_child, SIZE);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_is_given_twice),
        cmocka_unit_test(test_more_than_is_asked_for_at_once_is_random_to_its_end),
        cmocka_unit_test(test_a_child_gives_others_than_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
