/* The loop with real descriptors: pipes, eventfds, threads that post. */
#include "base/clock.h"
#include "base/mem.h"
#include "loop/loop.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

enum { MANY = 200, THREADS = 4, POSTS = 5000 };

static struct loop *loop;

static int setup(void **state)
{
    struct err err;

    (void)state;
    return loop_new(&loop, &err) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    loop_free(loop);
    return 0;
}

static void stop_on_fire(struct loop_timer *timer)
{
    (void)timer;
    loop_stop(loop);
}

/* Runs the loop for that long. */
static void run_for(uint64_t ns)
{
    struct loop_timer timer = {.fire = stop_on_fire};

    loop_timer_set(loop, &timer, clock_monotonic() + ns);
    loop_run(loop);
    loop_timer_clear(loop, &timer);
}

/* ---- timers ---- */

static uint64_t fired[MANY];
static int fired_count;

static void note_due(struct loop_timer *timer)
{
    assert_true(timer->node.due <= clock_monotonic());
    assert_int_equal(timer->node.place, 0);
    fired[fired_count++] = timer->node.due;
}

static void test_timers_fire_in_order(void **state)
{
    static struct loop_timer timers[MANY];
    uint64_t start = clock_monotonic();

    (void)state;
    fired_count = 0;
    for (unsigned i = 0; i < MANY; i++) {
        timers[i] = (struct loop_timer){.fire = note_due};
        loop_timer_set(loop, &timers[i], start + (i * 7919U % MANY) * 100000U);
    }
    for (unsigned i = 0; i < MANY; i += 4) /* a quarter moves, a quarter goes */
        loop_timer_set(loop, &timers[i], start + (i * 104729U % MANY) * 100000U);
    for (unsigned i = 1; i < MANY; i += 4)
        loop_timer_clear(loop, &timers[i]);
    run_for(MANY * UINT64_C(100000) + 5 * NS_PER_MS);
    assert_int_equal(fired_count, MANY - MANY / 4);
    for (int i = 1; i < fired_count; i++)
        assert_true(fired[i - 1] <= fired[i]);
}

static void test_a_timer_does_not_fire_early(void **state)
{
    uint64_t start = clock_monotonic();

    (void)state;
    run_for(20 * NS_PER_MS);
    uint64_t took = clock_monotonic() - start;
    assert_true(took >= 20 * NS_PER_MS);
    assert_true(took < 2000 * NS_PER_MS);
}

static int again_count;

static void set_again_at_once(struct loop_timer *timer)
{
    if (++again_count < 1000)
        loop_timer_set(loop, timer, 0);
}

static void test_a_timer_that_sets_itself_again_lets_others_in(void **state)
{
    struct loop_timer again = {.fire = set_again_at_once};
    struct loop_timer stop = {.fire = stop_on_fire};

    (void)state;
    again_count = 0;
    loop_timer_set(loop, &again, 0);
    loop_timer_set(loop, &stop, clock_monotonic());
    loop_run(loop);
    assert_in_range(again_count, 1, 3);
    loop_timer_clear(loop, &again);
    loop_timer_clear(loop, &again); /* also when not set */
}

static struct loop_timer *victim;

static void clear_and_free_victim(struct loop_timer *timer)
{
    (void)timer;
    loop_timer_clear(loop, victim);
    free(TAKE(victim));
}

static void test_a_timer_may_be_freed_by_another_due_at_the_same_time(void **state)
{
    struct loop_timer killer = {.fire = clear_and_free_victim};
    uint64_t due = clock_monotonic();

    (void)state;
    victim = mem_new(1, sizeof *victim);
    victim->fire = note_due;
    fired_count = 0;
    loop_timer_set(loop, &killer, due);
    loop_timer_set(loop, victim, due + 1);
    run_for(NS_PER_MS);
    assert_null(victim);
    assert_int_equal(fired_count, 0);
}

/* ---- watches ---- */

struct pair {
    struct loop_watch watch;
    struct pair *other; /* removed and freed by whoever is called first */
    int ends[2];
};

static int pairs_called;

static struct pair *pair_new(void (*ready)(struct loop_watch *watch, uint32_t events))
{
    struct pair *pair = mem_new(1, sizeof *pair);

    assert_int_equal(pipe(pair->ends), 0);
    pair->watch = (struct loop_watch){.fd = pair->ends[0], .ready = ready, .owner = pair};
    assert_true(loop_add(loop, &pair->watch, EPOLLIN, NULL));
    return pair;
}

static void pair_free(struct pair *pair)
{
    loop_remove(loop, &pair->watch);
    close(pair->ends[0]);
    close(pair->ends[1]);
    free(pair);
}

static void free_the_other_and_itself(struct loop_watch *watch, uint32_t events)
{
    struct pair *pair = watch->owner;

    assert_true(events & EPOLLIN);
    pairs_called++;
    pair_free(pair->other);
    pair_free(pair);
    loop_stop(loop);
}

static void test_events_fetched_for_a_removed_watch_are_dropped(void **state)
{
    struct pair *a = pair_new(free_the_other_and_itself);
    struct pair *b = pair_new(free_the_other_and_itself);

    (void)state;
    a->other = b;
    b->other = a;
    pairs_called = 0;
    assert_int_equal(write(a->ends[1], "x", 1), 1); /* both are ready in one fetch */
    assert_int_equal(write(b->ends[1], "x", 1), 1);
    loop_run(loop);
    assert_int_equal(pairs_called, 1);
}

static void remove_every_other(struct loop_watch *watch, uint32_t events)
{
    struct pair **all = ((struct pair *)watch->owner)->other->watch.owner;

    (void)events;
    pairs_called++;
    for (int i = 0; i < MANY; i++)
        if (all[i] && all[i] != watch->owner)
            pair_free(TAKE(all[i]));
    loop_stop(loop);
}

static void test_one_callback_may_free_all_other_watches(void **state)
{
    static struct pair *all[MANY];
    struct pair head = {.watch.owner = all};
    struct pair *left = NULL;

    (void)state;
    pairs_called = 0;
    for (int i = 0; i < MANY; i++) {
        all[i] = pair_new(remove_every_other);
        all[i]->other = &head;
        assert_int_equal(write(all[i]->ends[1], "x", 1), 1);
    }
    loop_run(loop);
    assert_int_equal(pairs_called, 1);
    for (int i = 0; i < MANY; i++)
        if (all[i])
            left = TAKE(all[i]);
    assert_non_null(left);
    pair_free(left);
}

static uint32_t seen_events;

static void see_and_stop(struct loop_watch *watch, uint32_t events)
{
    (void)watch;
    seen_events = events;
    loop_stop(loop);
}

static void test_a_watch_can_be_changed(void **state)
{
    struct pair *pair = pair_new(see_and_stop);

    (void)state;
    assert_true(loop_change(loop, &pair->watch, 0, NULL));
    assert_int_equal(write(pair->ends[1], "x", 1), 1);
    seen_events = 0;
    run_for(5 * NS_PER_MS);
    assert_int_equal(seen_events, 0);
    assert_true(loop_change(loop, &pair->watch, EPOLLIN, NULL));
    loop_run(loop);
    assert_int_equal(seen_events, EPOLLIN);
    pair_free(pair);
}

static void test_a_bad_descriptor_is_an_error(void **state)
{
    struct loop_watch watch = {.fd = -1, .ready = see_and_stop};
    struct err err;

    (void)state;
    assert_false(loop_add(loop, &watch, EPOLLIN, &err));
    assert_int_equal(err.kind, ERR_IO);
    assert_string_equal(err.text, "cannot watch descriptor -1: Bad file descriptor");
    loop_remove(loop, &watch);
}

/* ---- posted calls ---- */

struct numbered {
    struct loop_call call;
    int thread, number;
};

static int last_number[THREADS], calls_run;

static void check_order(struct loop_call *call)
{
    struct numbered *numbered = CONTAINER(call, struct numbered, call);

    assert_int_equal(numbered->number, last_number[numbered->thread] + 1);
    last_number[numbered->thread] = numbered->number;
    free(numbered);
    if (++calls_run == THREADS * POSTS)
        loop_stop(loop);
}

static void *post_many(void *thread)
{
    for (int i = 1; i <= POSTS; i++) {
        struct numbered *numbered = mem_new(1, sizeof *numbered);
        numbered->call.run = check_order;
        numbered->thread = *(int *)thread;
        numbered->number = i;
        loop_post(loop, &numbered->call);
    }
    return NULL;
}

static void test_calls_of_every_thread_run_in_the_order_of_posting(void **state)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];

    (void)state;
    calls_run = 0;
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        last_number[i] = 0;
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, &numbers[i]), 0);
    }
    loop_run(loop);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(calls_run, THREADS * POSTS);
}

static int chain_left;

static void post_itself(struct loop_call *call)
{
    if (--chain_left > 0)
        loop_post(loop, call);
    else
        loop_stop(loop);
}

static void test_a_call_may_post_itself_again(void **state)
{
    struct loop_call call = {.run = post_itself};

    (void)state;
    chain_left = 100;
    loop_post(loop, &call);
    loop_run(loop);
    assert_int_equal(chain_left, 0);
}

static void test_waiting_calls_are_run_when_the_loop_is_freed(void **state)
{
    struct loop_call call = {.run = post_itself};
    struct loop *kept = loop;

    (void)state;
    assert_true(loop_new(&loop, NULL));
    chain_left = 3;
    loop_post(loop, &call);
    loop_free(loop);
    loop = kept;
    assert_int_equal(chain_left, 0);
}

static void test_a_stop_before_the_run_is_not_lost(void **state)
{
    (void)state;
    loop_stop(loop);
    loop_run(loop);
}

/* ---- hooks ---- */

static char story[64];

static void tell(const char *what)
{
    strncat(story, what, sizeof story - strlen(story) - 1);
}

static int hook_bears;
static struct loop_hook *to_remove;

static int tell_hook(struct loop_hook *hook)
{
    (void)hook;
    tell("h");
    if (to_remove)
        loop_hook_remove(loop, TAKE(to_remove));
    return hook_bears;
}

static int never_called(struct loop_hook *hook)
{
    (void)hook;
    fail();
    return -1;
}

static void tell_event(struct loop_watch *watch, uint32_t events)
{
    char byte;

    (void)events;
    assert_int_equal(read(watch->fd, &byte, 1), 1);
    tell("e");
}

static void tell_call(struct loop_call *call)
{
    (void)call;
    tell("c");
}

static void tell_timer(struct loop_timer *timer)
{
    (void)timer;
    tell("t");
    loop_stop(loop);
}

static void test_a_turn_is_hooks_events_calls_timers(void **state)
{
    struct loop_hook first = {.turn = tell_hook}, second = {.turn = never_called};
    struct pair *pair = pair_new(tell_event);
    struct loop_call call = {.run = tell_call};
    struct loop_timer timer = {.fire = tell_timer};

    (void)state;
    story[0] = '\0';
    hook_bears = -1;
    to_remove = &second; /* by the first, while the second is next */
    loop_hook_add(loop, &second);
    loop_hook_add(loop, &first); /* runs before what was there */
    loop_timer_set(loop, &timer, 1);
    loop_post(loop, &call);
    assert_int_equal(write(pair->ends[1], "x", 1), 1);
    loop_run(loop);
    assert_string_equal(story, "hect");
    loop_hook_remove(loop, &first);
    pair_free(pair);
}

static int turns_left;

static int count_turns(struct loop_hook *hook)
{
    (void)hook;
    if (--turns_left == 0)
        loop_stop(loop);
    return hook_bears;
}

static void test_a_hook_bounds_the_sleep(void **state)
{
    struct loop_hook hook = {.turn = count_turns};
    uint64_t start = clock_monotonic();

    (void)state;
    loop_hook_add(loop, &hook);
    hook_bears = 0; /* a thousand turns without any sleep */
    turns_left = 1000;
    loop_run(loop);
    assert_true(clock_monotonic() - start < 1000 * NS_PER_MS);
    start = clock_monotonic();
    hook_bears = 2;
    turns_left = 6;
    loop_run(loop);
    assert_true(clock_monotonic() - start >= 5 * NS_PER_MS);
    loop_hook_remove(loop, &hook);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_timers_fire_in_order),
        TEST(test_a_timer_does_not_fire_early),
        TEST(test_a_timer_that_sets_itself_again_lets_others_in),
        TEST(test_a_timer_may_be_freed_by_another_due_at_the_same_time),
        TEST(test_events_fetched_for_a_removed_watch_are_dropped),
        TEST(test_one_callback_may_free_all_other_watches),
        TEST(test_a_watch_can_be_changed),
        TEST(test_a_bad_descriptor_is_an_error),
        TEST(test_calls_of_every_thread_run_in_the_order_of_posting),
        TEST(test_a_call_may_post_itself_again),
        TEST(test_waiting_calls_are_run_when_the_loop_is_freed),
        TEST(test_a_stop_before_the_run_is_not_lost),
        TEST(test_a_turn_is_hooks_events_calls_timers),
        TEST(test_a_hook_bounds_the_sleep),
    };

    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
