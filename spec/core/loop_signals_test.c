/* Signals that arrive as events of a loop. */
#include "loop/signals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct loop *loop;
static int caught_number;

static void note_signal(void *owner, int number)
{
    assert_ptr_equal(owner, &caught_number);
    caught_number = number;
    loop_stop(loop);
}

static void test_signals_arrive_on_the_loop(void **state)
{
    struct loop_signals signals = {.caught = note_signal, .owner = &caught_number};
    sigset_t set;

    (void)state;
    assert_true(loop_new(&loop, NULL));
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    signals_close(loop, &signals); /* also when never opened */
    signals_block(&set);
    assert_true(signals_open(loop, &signals, &set, NULL));
    raise(SIGUSR1);
    loop_run(loop);
    assert_int_equal(caught_number, SIGUSR1);
    raise(SIGPIPE); /* ignored */
    signals_close(loop, &signals);
    signals_close(loop, &signals);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals_arrive_on_the_loop),
    };

    return cmocka_run_group_tests_name("loop: signals", tests, NULL, NULL);
}
