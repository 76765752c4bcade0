/* What is held for all clients together, and for how long: bodies that are sent bit by bit,
 * answers that are taken bit by bit. */
#include "http_support.h"

enum {
    KEPT = 600 * 1024, /* of a body: two do not fit a budget of one MiB */
    PIECE = MUCH / 32  /* of an answer */
};

static const struct http_limits patient = {
    .header = 100 * NS_PER_S,
    .idle = 100 * NS_PER_S,
    .body_grace = 100 * NS_PER_S,
    .discard = 100 * NS_PER_S,
    .send = 100 * NS_PER_S,
    .answer = 100 * NS_PER_S,
    .body_rate = 1024,
    .body_discard = 16 * 1024 * 1024,
};

static struct place *open_with_budget(size_t bytes)
{
    return open_place_within(http_budget_new(bytes, 1), 20, &patient);
}

static void send_of_body(struct client *client, size_t len)
{
    CLEANUP(mem_freep) char *bytes = mem_new(len, 1);

    memset(bytes, 'x', len);
    say_bytes(client, bytes, len);
}

static struct client begin_body(struct place *place, const char *path, size_t len)
{
    struct client client = dial(place->port);
    char head[128];

    snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
             path, len);
    say(&client, head);
    return client;
}

static void test_no_body_is_kept_for_what_takes_none(void **state)
{
    struct place *place = open_with_budget(1024 * 1024);
    struct client client = begin_body(place, "/bare", 3 * KEPT);

    (void)state;
    send_of_body(&client, 3 * KEPT);
    expect(&client, "HTTP/1.1 200 OK\r\n", "\nbody 0:");
    say(&client, "GET /now HTTP/1.1\r\nHost: a\r\n\r\n"); /* the connection is in order */
    expect(&client, "HTTP/1.1 200 OK\r\n", "hello");
    hang_up_client(&client);
    close_place(place);
}

static void test_bodies_past_the_budget_get_503_until_there_is_room(void **state)
{
    struct place *place = open_with_budget(1024 * 1024);
    struct client first = begin_body(place, "/never", KEPT);

    (void)state;
    send_of_body(&first, KEPT);
    await(&place->handled, 1); /* and held until it is answered */
    struct client second = begin_body(place, "/x", KEPT);
    send_of_body(&second, KEPT);
    expect(&second, "HTTP/1.1 503 ", "refused 503 the server holds as much as it may\n");
    hang_up_client(&first);
    await(&place->done, 2);
    say(&second, "GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(&second, "HTTP/1.1 200 OK\r\n", "hello");
    struct client third = begin_body(place, "/write", KEPT);
    send_of_body(&third, KEPT);
    expect(&third, "HTTP/1.1 200 OK\r\n", "late");
    hang_up_client(&second);
    hang_up_client(&third);
    close_place(place);
}

static void test_the_slowest_readers_are_cut_when_the_budget_is_spent(void **state)
{
    struct place *place = open_with_budget(3 * MUCH - 1);
    struct client slow = dial_narrowly(place->port), quick = dial_narrowly(place->port);
    uint64_t start = clock_monotonic();

    (void)state;
    say(&slow, "GET /much HTTP/1.1\r\nHost: a\r\n\r\n");
    say(&quick, "GET /much HTTP/1.1\r\nHost: a\r\n\r\n");
    while (quick.in.len < PIECE)
        assert_true(hear(&quick));
    while (clock_monotonic() - start < NS_PER_S / 2) /* what slow has had is slow by now */
        usleep(1000);
    assert_int_equal(place->refused, 0);
    struct client new = dial_narrowly(place->port); /* the third does not fit */
    say(&new, "GET /much HTTP/1.1\r\nHost: a\r\n\r\n");
    await(&place->refused, 1);
    while (hear(&slow))
        ;
    assert_true(slow.in.len < MUCH);
    size_t more = quick.in.len + PIECE;
    while (quick.in.len < more)
        assert_true(hear(&quick));
    while (new.in.len < PIECE)
        assert_true(hear(&new));
    hang_up_client(&slow);
    hang_up_client(&quick);
    hang_up_client(&new);
    close_place(place);
}

static void test_nothing_is_held_once_it_was_taken(void **state)
{
    struct place *place = open_with_budget(MUCH);

    (void)state;
    for (int i = 0; i < 3; i++) {
        CLEANUP(mem_freep) char *answer = ask(place, "GET /much HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_non_null(answer);
    }
    assert_int_equal(place->refused, 0);
    close_place(place);
}

static void test_an_answer_has_one_time_however_steadily_it_is_taken(void **state)
{
    struct http_limits limits = patient;
    uint64_t start = clock_monotonic();

    (void)state;
    limits.answer = 300 * NS_PER_MS;
    struct place *place = open_place(20, &limits);
    struct client client = dial_narrowly(place->port);
    say(&client, "GET /much HTTP/1.1\r\nHost: a\r\n\r\n");
    while (hear(&client) && client.in.len < MUCH)
        usleep(1000); /* far above the rate */
    assert_true(client.in.len < MUCH);
    assert_true(clock_monotonic() - start >= 300 * NS_PER_MS);
    assert_int_equal(place->refused, 1);
    hang_up_client(&client);
    close_place(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_body_is_kept_for_what_takes_none),
        cmocka_unit_test(test_bodies_past_the_budget_get_503_until_there_is_room),
        cmocka_unit_test(test_the_slowest_readers_are_cut_when_the_budget_is_spent),
        cmocka_unit_test(test_nothing_is_held_once_it_was_taken),
        cmocka_unit_test(test_an_answer_has_one_time_however_steadily_it_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
