/* What a client may take: bytes, seconds, connections, descriptors.  Times are a hundredth of
 * those in use. */
#include "http_support.h"

#include <microhttpd.h>
#include <sys/resource.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define ADMIN_GET(path) "GET " path " HTTP/1.1\r\nHost: localhost\r\n\r\n"

static const struct http_limits short_limits = {
    .header = 150 * NS_PER_MS,
    .idle = 400 * NS_PER_MS,
    .body_grace = 150 * NS_PER_MS,
    .discard = 200 * NS_PER_MS,
    .send = 300 * NS_PER_MS,
    .answer = 3 * NS_PER_S,
    .body_rate = 10000,
    .body_discard = 100000,
};

static int open_short(void **state)
{
    *state = open_place(3, &short_limits);
    return 0;
}

static int close_usual(void **state)
{
    close_place(*state);
    return 0;
}

static unsigned elapsed_ms(uint64_t since)
{
    return (unsigned)((clock_monotonic() - since) / NS_PER_MS);
}

/* Closed without an answer, after about that long: not before, and not for ever. */
static void expect_cut(struct client *client, uint64_t since, unsigned ms)
{
    while (hear(client))
        ;
    assert_int_equal(client->in.len, 0);
    assert_in_range(elapsed_ms(since), ms - 20, ms + 10000);
    hang_up_client(client);
}

static void send_body(struct client *client, size_t len)
{
    char *body = mem_new(len, 1);

    memset(body, 'x', len);
    say_bytes(client, body, len);
    free(body);
}

/* ---- time ---- */

static void test_slow_heads_are_cut(void **state)
{
    struct place *place = *state;
    uint64_t start = clock_monotonic();
    struct client silent = dial(place->port), slow = dial(place->port);

    while (elapsed_ms(start) < 120) { /* a byte now and then does not help */
        say(&slow, elapsed_ms(start) < 60 ? "G" : "GET");
        usleep(20000);
    }
    expect_cut(&silent, start, 150);
    expect_cut(&slow, start, 150);

    struct client half = dial(place->port);
    start = clock_monotonic();
    say(&half, "GET /now HTTP/1.1\r\nHost: a\r\n");
    expect_cut(&half, start, 150);
    assert_int_equal(place->handled, 0);
    assert_int_equal(place->refused, 2); /* and who has said nothing has done no wrong */
    assert_int_equal(place->last_refused, 0);
}

static void test_the_head_of_a_further_request_has_its_own_time(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    say(&client, GET("/now"));
    expect(&client, "HTTP/1.1 200 OK\r\n", "hello");
    usleep(250000); /* more than a head may take */
    say(&client, GET("/now"));
    expect(&client, "HTTP/1.1 200 OK\r\n", "hello");
    usleep(250000);
    uint64_t start = clock_monotonic();
    say(&client, "GET /now HTTP/1.1\r\nHost:");
    expect_cut(&client, start, 150);
}

static void test_idle_connections_are_cut(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);
    uint64_t start = clock_monotonic();

    say(&client, GET("/now"));
    expect(&client, "HTTP/1.1 200 OK\r\n", "hello");
    expect_cut(&client, start, 400);
}

static void test_a_client_that_has_left_idles_no_longer(void **state)
{
    struct http_limits limits = short_limits;

    (void)state;
    limits.idle = 100 * NS_PER_S;
    struct place *place = open_place(3, &limits);
    struct client client = dial(place->port);
    say(&client, GET("/now"));
    shutdown(client.fd, SHUT_WR);
    expect(&client, "HTTP/1.1 200 OK\r\n", "hello");
    expect_closed(&client); /* patience is shorter than it might idle */
    close_place(place);
}

static void test_slow_bodies_are_cut_and_steady_ones_are_not(void **state)
{
    struct http_limits limits = short_limits;
    char piece[301];

    (void)state;
    limits.body_grace = 300 * NS_PER_MS;
    limits.body_rate = 100;
    struct place *place = open_place(3, &limits);
    struct client slow = dial(place->port), steady = dial(place->port);
    memset(piece, 'x', 300);
    piece[300] = '\0';
    uint64_t start = clock_monotonic();
    say(&slow, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nabc");
    say(&steady, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n");
    for (int i = 0; i < 3; i++) { /* each piece buys three seconds */
        usleep(150000);
        say(&steady, piece);
    }
    expect(&steady, "HTTP/1.1 200 OK\r\n", "body 900:xxx");
    expect_cut(&slow, start, 330);
    hang_up_client(&steady);
    assert_int_equal(place->handled, 1);
    assert_int_equal(place->refused, 1);
    await(&place->done, 2);
    close_place(place);
}

/* Most of it at once, then nothing: what was quick buys no time for what is slow. */
static void test_bodies_that_stop_are_cut(void **state)
{
    struct http_limits limits = short_limits;

    (void)state;
    limits.discard = 100 * NS_PER_S;
    struct place *place = open_place(3, &limits);
    struct client client = dial(place->port);
    uint64_t start = clock_monotonic();
    say(&client, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 90001\r\n\r\n");
    send_body(&client, 90000); /* nine seconds' worth */
    while (hear(&client))
        ;
    assert_true(elapsed_ms(start) < 5000);
    assert_int_equal(place->refused, 1);
    hang_up_client(&client);
    close_place(place);
}

/* Asks for 8 MB. */
static struct client ask_for_much(struct place *place)
{
    struct client client = dial_narrowly(place->port);

    place->large = true;
    say(&client, GET("/asset"));
    return client;
}

static void test_readers_who_stop_are_cut_and_steady_ones_are_not(void **state)
{
    struct http_limits limits = short_limits;
    size_t got = 0;

    (void)state;
    limits.send = NS_PER_S;
    struct place *place = open_place(3, &limits);
    struct client stopped = ask_for_much(place);
    while (hear(&stopped) && stopped.in.len < 1000000) /* what went well buys it no time */
        ;
    struct client steady = ask_for_much(place);
    uint64_t start = clock_monotonic();
    while (got < 8000000 && elapsed_ms(start) < 2500) {
        usleep(5000);
        assert_true(hear(&steady));
        got += steady.in.len;
        steady.in.len = 0;
    }
    await(&place->refused, 1);
    assert_int_equal(place->last_refused, 0);
    await_connections(place, 1);
    hang_up_client(&stopped);
    hang_up_client(&steady);
    close_place(place);
}

static void test_a_stream_that_fails_where_nobody_reads_is_cut(void **state)
{
    struct place *place = *state;
    struct client client = dial_narrowly(place->port);

    say(&client, GET("/broken"));
    await(&place->refused, 1);
    assert_int_equal(place->last_refused, 0);
    await_connections(place, 0);
    hang_up_client(&client);
}

static void test_a_waiting_request_is_not_cut(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    say(&client, GET("/write")); /* 300 ms: longer than head, grace and sending */
    expect(&client, "HTTP/1.1 200 OK\r\n", "late");
    hang_up_client(&client);
}

static double processor_ms(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

/* libmicrohttpd 0.9 can do nothing with them, and asks to be run again for ever; 1.0 ends them
 * without an answer. */
static void test_endless_chunk_extensions_are_refused_at_once(void **state)
{
    struct http_limits limits = short_limits;
    struct client clients[3];
    struct buf text = {0};

    (void)state;
    limits.body_grace = 100 * NS_PER_S; /* not for being late */
    struct place *place = open_place(3, &limits);
    buf_addf(&text,
             "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;%020000d", 0);
    for (size_t i = 0; i < COUNT(clients); i++) {
        clients[i] = dial(place->port);
        say_bytes(&clients[i], text.data, text.len);
    }
    buf_done(&text);
    for (size_t i = 0; i < COUNT(clients); i++) {
        if (MHD_VERSION < 0x01000000)
            expect(&clients[i], "HTTP/1.1 400 Bad Request\r\n",
                   "\r\n\r\na chunk extension far too long\n");
        expect_closed(&clients[i]);
        hang_up_client(&clients[i]);
    }
    await_connections(place, 0);
    double used = processor_ms();
    usleep(80000);
    assert_true(processor_ms() - used < 20);
    assert_int_equal(place->refused, COUNT(clients));
    close_place(place);
}

/* ---- bytes ---- */

static void test_bodies_over_the_limit_are_read_and_refused(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    say(&client, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
    send_body(&client, 1000);
    expect(&client, "HTTP/1.1 200 OK\r\n", "body 1000:xxx");

    say(&client, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n"
                 "Content-Type: application/x-www-form-urlencoded\r\n\r\n");
    send_body(&client, 90000);
    char *answer = answer_to(&client, false);
    assert_non_null(answer);
    assert_memory_equal(answer, "HTTP/1.1 413 ", 13);
    assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
    assert_non_null(strstr(answer, "refused 413 the body is too large\n"));
    assert_non_null(strstr(answer, "\nbody 0:"));
    free(answer);
    expect_closed(&client);

    client = dial(place->port);
    say(&client, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4e20\r\n");
    send_body(&client, 20000);
    say(&client, "\r\n0\r\n\r\n");
    expect(&client, "HTTP/1.1 413 ", "refused 413 the body is too large\n");
    expect_closed(&client);
}

static void test_bodies_beyond_all_measure_are_not_read(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    say(&client, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n");
    expect(&client, "HTTP/1.1 413 ", "\r\nConnection: close\r\n");
    expect_closed(&client);

    client = dial(place->port);
    say(&client, "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                 "Content-Length: 1001\r\n\r\n");
    expect(&client, "HTTP/1.1 413 ", "\r\nConnection: close\r\n");
    expect_closed(&client);
    assert_int_equal(place->pinned, 0);
    assert_int_equal(place->refused, 2);

    client = dial(place->port);
    say(&client, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n");
    send_body(&client, 200000);
    while (hear(&client))
        ;
    assert_int_equal(client.in.len, 0); /* in the middle of a body it can only be cut */
    hang_up_client(&client);
    await(&place->done, 1);
    assert_int_equal(place->handled, 0);
    assert_int_equal(place->refused, 2);
}

static void test_discarding_has_an_end(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);
    uint64_t start = clock_monotonic();

    say(&client, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n");
    send_body(&client, 80000); /* by its rate alone it had eight seconds */
    expect_cut(&client, start, 200);
    assert_true(elapsed_ms(start) < 4000);
    assert_int_equal(place->handled, 0);
}

/* ---- connections and descriptors ---- */

static void name_a_proxy(struct loop_call *call)
{
    http_proxies_add(&PLACE_OF(call)->proxies, "192.0.2.1", NULL);
    PLACE_OF(call)->called = true;
}

static void test_a_client_has_so_many_connections_and_no_more(void **state)
{
    struct place *place = open_place(100, &short_limits);
    struct client clients[LIMIT_OF_CLIENT];

    (void)state;
    for (size_t i = 0; i < LIMIT_OF_CLIENT + 2; i++) { /* no limit for this machine's own … */
        struct client client = dial(place->port);
        say(&client, GET("/now"));
        expect(&client, "HTTP/1.1 200 OK\r\n", "hello");
        hang_up_client(&client);
    }
    on_loop(place, name_a_proxy); /* … until a proxy was named, which others are not */
    for (size_t i = 0; i < LIMIT_OF_CLIENT; i++) {
        clients[i] = dial(place->port);
        say(&clients[i], GET("/never"));
    }
    await(&place->handled, LIMIT_OF_CLIENT + 2 + LIMIT_OF_CLIENT);
    struct client more = dial(place->port), admin = dial(place->admin_port);
    expect(&more, "HTTP/1.1 429 ", "Connection: close\r\n");
    expect_closed(&more);
    await(&place->refused, 1);
    assert_int_equal(place->last_refused, 429);
    say(&admin, ADMIN_GET("/now"));
    expect(&admin, "HTTP/1.1 200 OK\r\n", "hello");
    hang_up_client(&admin);
    hang_up_client(&clients[0]);
    await_connections(place, LIMIT_OF_CLIENT - 1);
    more = dial(place->port);
    say(&more, GET("/now"));
    expect(&more, "HTTP/1.1 200 OK\r\n", "hello");
    hang_up_client(&more);
    for (size_t i = 1; i < LIMIT_OF_CLIENT; i++)
        hang_up_client(&clients[i]);
    await(&place->gone, LIMIT_OF_CLIENT);
    close_place(place);
}

static void test_connections_over_the_limit_wait_for_one_to_end(void **state)
{
    struct place *place = *state;
    struct client clients[3], fourth, admin;

    for (size_t i = 0; i < 3; i++) {
        clients[i] = dial(place->port);
        say(&clients[i], GET("/never"));
    }
    await(&place->handled, 3);
    fourth = dial(place->port);
    say(&fourth, GET("/now"));
    admin = dial(place->admin_port); /* the admin gets in when nobody else does */
    say(&admin, ADMIN_GET("/now"));
    expect(&admin, "HTTP/1.1 200 OK\r\n", "hello");
    hang_up_client(&admin);
    usleep(20000);
    assert_int_equal(place->handled, 4);
    hang_up_client(&clients[0]);
    expect(&fourth, "HTTP/1.1 200 OK\r\n", "hello");
    hang_up_client(&clients[1]);
    hang_up_client(&clients[2]);
    hang_up_client(&fourth);
    await(&place->gone, 3);
}

static void test_running_out_of_descriptors_passes(void **state)
{
    struct place *place = *state;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)place->port)};
    struct client client = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
    struct rlimit usual, none;

    getrlimit(RLIMIT_NOFILE, &usual);
    none = usual;
    none.rlim_cur = (rlim_t)client.fd + 1; /* descriptors are given lowest first */
    setrlimit(RLIMIT_NOFILE, &none);
    assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof address), 0);
    say(&client, GET("/now"));
    double used = processor_ms();
    usleep(80000);
    assert_true(processor_ms() - used < 40); /* the listening socket is ready all the time */
    setrlimit(RLIMIT_NOFILE, &usual);
    assert_int_equal(place->handled, 0);
    expect(&client, "HTTP/1.1 200 OK\r\n", "hello");
    hang_up_client(&client);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, open_short, close_usual)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVER_TEST(test_slow_heads_are_cut),
        SERVER_TEST(test_the_head_of_a_further_request_has_its_own_time),
        SERVER_TEST(test_idle_connections_are_cut),
        cmocka_unit_test(test_a_client_that_has_left_idles_no_longer),
        cmocka_unit_test(test_slow_bodies_are_cut_and_steady_ones_are_not),
        cmocka_unit_test(test_bodies_that_stop_are_cut),
        cmocka_unit_test(test_readers_who_stop_are_cut_and_steady_ones_are_not),
        SERVER_TEST(test_a_stream_that_fails_where_nobody_reads_is_cut),
        SERVER_TEST(test_a_waiting_request_is_not_cut),
        cmocka_unit_test(test_endless_chunk_extensions_are_refused_at_once),
        SERVER_TEST(test_bodies_over_the_limit_are_read_and_refused),
        SERVER_TEST(test_bodies_beyond_all_measure_are_not_read),
        SERVER_TEST(test_discarding_has_an_end),
        cmocka_unit_test(test_a_client_has_so_many_connections_and_no_more),
        SERVER_TEST(test_connections_over_the_limit_wait_for_one_to_end),
        SERVER_TEST(test_running_out_of_descriptors_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
