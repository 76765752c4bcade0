/* Requests that wait: answers that take their time, clients that leave, servers that end. */
#include "http_support.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define COUNT(array) (sizeof(array) / sizeof *(array))

static int open_usual(void **state)
{
    *state = open_place(100, NULL);
    return 0;
}

static int close_usual(void **state)
{
    close_place(*state);
    return 0;
}

/* ---- clients ---- */

static void test_many_requests_wait_at_once(void **state)
{
    struct place *place = *state;
    struct client clients[50];

    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT(clients); i++) {
            if (round == 0)
                clients[i] = dial(place->port);
            say(&clients[i], GET("/later"));
        }
        for (size_t i = 0; i < COUNT(clients); i++)
            expect(&clients[i], "HTTP/1.1 200 OK\r\n", "\r\n\r\nlate");
    }
    for (size_t i = 0; i < COUNT(clients); i++)
        hang_up_client(&clients[i]);
    assert_int_equal(place->gone, 0);
}

static void reset(struct client *client)
{
    const struct linger now = {.l_onoff = 1};

    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    hang_up_client(client);
}

static void test_a_client_that_leaves_is_noticed(void **state)
{
    struct place *place = *state;
    struct client closing = dial(place->port), resetting = dial(place->port),
                  half = dial(place->port), again = dial(place->port);

    say(&closing, GET("/never"));
    say(&resetting, GET("/never"));
    say(&half, GET("/never"));
    say(&again, GET("/later"));
    expect(&again, "HTTP/1.1 200 OK\r\n", "late"); /* its socket is watched from here on */
    say(&again, GET("/never"));
    await(&place->handled, 5);
    assert_int_equal(place->gone, 0);
    hang_up_client(&closing);
    await(&place->gone, 1);
    reset(&resetting);
    await(&place->gone, 2);
    shutdown(half.fd, SHUT_WR);
    await(&place->gone, 3);
    hang_up_client(&again);
    await(&place->gone, 4);
    await(&place->done, 5);
    expect_closed(&half);
    await_connections(place, 0);
}

static void test_a_client_that_left_before_is_gone_at_once(void **state)
{
    struct place *place = *state;

    for (int i = 0; i < 20; i++) {
        struct client fresh = dial(place->port), watched = dial(place->port);
        say(&fresh, GET("/never"));
        hang_up_client(&fresh);
        await(&place->gone, 2 * i + 1);
        say(&watched, GET("/later"));
        expect(&watched, "HTTP/1.1 200 OK\r\n", "late");
        say(&watched, GET("/never")); /* its end is seen before the request is read */
        shutdown(watched.fd, SHUT_WR);
        await(&place->gone, 2 * i + 2);
        expect_closed(&watched);
    }
    await_connections(place, 0);
}

static void test_a_write_runs_to_its_end_and_its_answer_is_dropped(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    say(&client, GET("/write"));
    await(&place->handled, 1);
    shutdown(client.fd, SHUT_WR);
    await(&place->gone, 1);
    assert_int_equal(place->done, 0);
    await(&place->done, 1);
    assert_false(hear(&client));
    assert_int_equal(client.in.len, 0);
    assert_int_equal(place->gone, 1);
    hang_up_client(&client);
}

static void test_a_handler_may_let_go_at_once(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    say(&client, GET("/drop") GET("/now"));
    assert_false(hear(&client));
    hang_up_client(&client);
    await(&place->done, 1);
    assert_int_equal(place->handled, 1);
    assert_int_equal(place->refused, 0); /* our own doing is no refusal */
    client = dial(place->port);
    say(&client, "GET /now HTTP/1.1\r\n\r\n");
    expect_closed(&client);
    assert_int_equal(place->refused, 1);
}

static void test_a_client_that_leaves_within_its_body_is_told_of(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    say(&client, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    await(&place->pinned, 1);
    hang_up_client(&client);
    await(&place->done, 1);
    assert_int_equal(place->handled, 0);
    assert_int_equal(place->unanswered, 1);
}

/* ---- draining ---- */

static void told_drained(void *owner)
{
    ((struct place *)owner)->drained++;
}

static void drain(struct loop_call *call)
{
    http_server_drain(PLACE_OF(call)->server, false, told_drained, PLACE_OF(call));
    PLACE_OF(call)->called = true;
}

static void release(struct loop_call *call)
{
    struct place *place = PLACE_OF(call);

    loop_timer_set(place->loop, &place->held->timer, loop_now(place->loop));
    place->called = true;
}

static void test_draining_ends_what_idles_and_finishes_what_waits(void **state)
{
    struct place *place = *state;
    struct client idle = dial(place->port), fresh = dial(place->port),
                  waiting = dial(place->port), sending = dial(place->port);

    say(&idle, GET("/now"));
    expect(&idle, "HTTP/1.1 200 OK\r\n", "hello");
    say(&waiting, GET("/held"));
    say(&sending, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
    await(&place->handled, 2);
    await(&place->pinned, 3);
    await_connections(place, 4);
    on_loop(place, drain);
    expect_closed(&idle);
    expect_closed(&fresh);
    assert_int_equal(place->drained, 0);
    say(&sending, "abc");
    expect(&sending, "HTTP/1.1 200 OK\r\n", "\r\nConnection: close\r\n");
    expect_closed(&sending);
    assert_int_equal(place->drained, 0);
    on_loop(place, release);
    expect(&waiting, "HTTP/1.1 200 OK\r\n", "\r\nConnection: close\r\n");
    expect_closed(&waiting);
    await(&place->drained, 1);

    struct client late = dial(place->port); /* the socket still listens: nobody accepts */
    say(&late, GET("/now"));
    usleep(50000);
    assert_int_equal(place->handled, 3);
    assert_int_equal(place->drained, 1);
    hang_up_client(&late);
}

static void test_a_request_that_has_arrived_is_served_when_draining(void **state)
{
    struct place *place = *state;
    struct client clients[20];
    int answered = 0;

    for (size_t i = 0; i < COUNT(clients); i++) {
        clients[i] = dial(place->port);
        say(&clients[i], GET("/now"));
        expect(&clients[i], "HTTP/1.1 200 OK\r\n", "hello");
    }
    for (size_t i = 0; i < COUNT(clients); i++)
        say(&clients[i], GET("/now"));
    on_loop(place, drain); /* after the bytes are in our sockets, read or not */
    for (size_t i = 0; i < COUNT(clients); i++) {
        char *answer = answer_to(&clients[i], false);
        answered += answer != NULL;
        free(answer);
        expect_closed(&clients[i]);
    }
    assert_int_equal(answered, COUNT(clients));
    await(&place->drained, 1);
}

static void test_an_empty_server_is_drained_at_once(void **state)
{
    struct place *place = *state;

    on_loop(place, drain);
    await(&place->drained, 1);
    on_loop(place, drain);
    usleep(20000);
    assert_int_equal(place->drained, 1);
}

static void free_when_drained(void *owner)
{
    struct place *place = owner;

    http_server_free(place->server);
    place->server = NULL;
    place->drained++;
}

static void drain_and_free(struct loop_call *call)
{
    http_server_drain(PLACE_OF(call)->server, false, free_when_drained, PLACE_OF(call));
    PLACE_OF(call)->called = true;
}

static void test_the_server_may_be_freed_when_it_is_drained(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    say(&client, GET("/later"));
    await(&place->handled, 1);
    on_loop(place, drain_and_free);
    expect(&client, "HTTP/1.1 200 OK\r\n", "late");
    expect_closed(&client);
    await(&place->drained, 1);
}

static void cut_another(struct loop_call *call)
{
    http_server_cut(PLACE_OF(call)->server, PLACE_OF(call)->server);
    PLACE_OF(call)->called = true;
}

static void cut(struct loop_call *call) /* hook_pin() gives the place for a generation */
{
    http_server_cut(PLACE_OF(call)->server, PLACE_OF(call));
    PLACE_OF(call)->called = true;
}

static void test_a_generation_that_ends_lets_go_of_its_requests(void **state)
{
    struct place *place = *state;
    struct client waiting = dial(place->port), writing = dial(place->port),
                  sending = dial(place->port), idle = dial(place->port);

    say(&idle, GET("/now"));
    expect(&idle, "HTTP/1.1 200 OK\r\n", "hello");
    say(&waiting, GET("/never"));
    say(&writing, GET("/write"));
    say(&sending, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
    await(&place->pinned, 4);
    on_loop(place, cut_another);
    assert_int_equal(place->cancelled, 0);
    on_loop(place, cut);
    expect_closed(&waiting);
    expect_closed(&writing);
    expect_closed(&sending);
    assert_int_equal(place->cancelled, 2);
    await(&place->unpinned, 4);
    say(&idle, GET("/now"));
    expect(&idle, "HTTP/1.1 200 OK\r\n", "hello");
    hang_up_client(&idle);
}

/* libmicrohttpd aborts the process when it is stopped over a suspended connection. */
static void test_ending_with_waiting_requests_is_survived(void **state)
{
    struct place *place = *state;
    struct client first = dial(place->port), second = dial(place->port);

    say(&first, GET("/never"));
    say(&second, GET("/never"));
    await(&place->handled, 2);
    close_place(place); /* counts pins */
    hang_up_client(&first);
    hang_up_client(&second);
    open_usual(state);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, open_usual, close_usual)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVER_TEST(test_many_requests_wait_at_once),
        SERVER_TEST(test_a_client_that_leaves_is_noticed),
        SERVER_TEST(test_a_client_that_left_before_is_gone_at_once),
        SERVER_TEST(test_a_write_runs_to_its_end_and_its_answer_is_dropped),
        SERVER_TEST(test_a_handler_may_let_go_at_once),
        SERVER_TEST(test_a_client_that_leaves_within_its_body_is_told_of),
        SERVER_TEST(test_draining_ends_what_idles_and_finishes_what_waits),
        SERVER_TEST(test_a_request_that_has_arrived_is_served_when_draining),
        SERVER_TEST(test_an_empty_server_is_drained_at_once),
        SERVER_TEST(test_the_server_may_be_freed_when_it_is_drained),
        SERVER_TEST(test_a_generation_that_ends_lets_go_of_its_requests),
        SERVER_TEST(test_ending_with_waiting_requests_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
