/* The server over real sockets: messages that never reach a handler. */
#include "http_support.h"

#include "http/exchange.h"

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

#define SMUGGLED GET("/smuggled")
#define POST_WITH(headers)                                                                     \
    "POST /x HTTP/1.1\r\nHost: a\r\n" headers "\r\n\r\n0\r\n\r\n" SMUGGLED
#define GET_WITH(headers) "GET /x HTTP/1.1\r\nHost: a\r\n" headers "\r\n\r\n" SMUGGLED
#define BYTES(text)                                                                            \
    {                                                                                          \
        text, sizeof(text) - 1                                                                 \
    }

static const struct {
    const char *text;
    size_t len;
} malformed[] = {
    BYTES(POST_WITH("Content-Length: 5\r\nTransfer-Encoding: chunked")),
    BYTES(POST_WITH("Transfer-Encoding: chunked\r\nContent-Length: 5")),
    BYTES(POST_WITH("Content-Length: 5\r\nContent-Length: 5")),
    BYTES(POST_WITH("Content-Length: 5\r\nContent-Length: 0")),
    BYTES(POST_WITH("Content-Length : 5")),
    BYTES(POST_WITH("Content-Length: 5, 5")),
    BYTES(POST_WITH("Content-Length: +5")),
    BYTES(POST_WITH("Content-Length: -5")),
    BYTES(POST_WITH("Content-Length: 5x")),
    BYTES(POST_WITH("Content-Length: 99999999999999999999")),
    BYTES(POST_WITH("Content-Length:")),
    BYTES(POST_WITH("Transfer-Encoding: xchunked")),
    BYTES(POST_WITH("Transfer-Encoding: chunked, chunked")),
    BYTES(POST_WITH("Transfer-Encoding: identity")),
    BYTES(POST_WITH("Transfer-Encoding: \x0B"
                    "chunked")),
    BYTES(POST_WITH("Transfer-Encoding : chunked")),
    BYTES(POST_WITH("Transfer-Encoding:\r\n chunked")),
    BYTES(POST_WITH("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")),
    BYTES("POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
    BYTES(GET_WITH("X: a\r\n folded")),
    BYTES(GET_WITH("X: a\r\n\tfolded\r\nY: b")),
    BYTES(GET_WITH(" X: a")),
    BYTES(GET_WITH("Host: a")),
    BYTES(GET_WITH("X: a\rb")),
    BYTES(GET_WITH("X: a\nY: b")),
    BYTES(GET_WITH("X: a\0b")),
    BYTES(GET_WITH("X\0: a")),
    BYTES(GET_WITH("X: a\x01")),
    BYTES(GET_WITH("X Y: a")),
    BYTES(GET_WITH("X(: a")),
    BYTES(GET_WITH(": a")),
    BYTES(GET_WITH("no colon")),
    BYTES("GET /x HTTP/1.1\nHost: a\n\n" SMUGGLED),
    BYTES("GET /x HTTP/1.1\r\nHost: a\r\n\n" SMUGGLED),
    BYTES("GET /x HTTP/1.1\r\n\r\n" SMUGGLED),
    BYTES("GET /x HTTP/1.10\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("GET /x HTTP/2.0\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("GET /x HTTP/0.9\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("GET /x\r\n" SMUGGLED),
    BYTES("GET /x y HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("GET  /x HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("GET /x\0y HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("GET /x?a\0y HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("GET /\x07 HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("GET x HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("GET http://b@a/x HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("GET * HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("G(T /x HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("get /x HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("TRACE /x HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED),
    BYTES("\x16\x03\x01\x02 /x HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED),
};

/* 400 or another refusal or nothing, then the end: and nothing after it was served. */
static void test_malformed_messages_end_their_connection(void **state)
{
    struct place *place = *state;

    for (size_t i = 0; i < COUNT(malformed); i++) {
        struct client client = dial(place->port);
        say_bytes(&client, malformed[i].text, malformed[i].len);
        shutdown(client.fd, SHUT_WR);
        while (hear(&client))
            ;
        if (client.in.len && (strncmp(client.in.data, "HTTP/1.1 4", 10) != 0 &&
                              strncmp(client.in.data, "HTTP/1.1 501 ", 13) != 0 &&
                              strncmp(client.in.data, "HTTP/1.1 505 ", 13) != 0))
            fail_msg("case %zu (%s) got:\n%s", i, malformed[i].text, client.in.data);
        if (place->pinned)
            fail_msg("case %zu was served: %s", i, malformed[i].text);
        hang_up_client(&client);
    }
    await(&place->refused, COUNT(malformed));
}

/* libmicrohttpd would close over them without a word, or answer in a page of its own. */
static void test_what_is_no_request_at_all_is_told_so(void **state)
{
    static const char *const cases[] = {"\x16\x03\x01\x02\r\n",
                                        "hello\r\n",
                                        "GET /x\r\n",
                                        "\r\nGET /x HTTP\r\n",
                                        "G(T / HTTP/1.1",
                                        "GET\n",
                                        "GET /x y HTTP/1.1\r\n",
                                        "GET  /x HTTP/1.1\r\n",
                                        "GET /x HTTP/1.10\r\n",
                                        "GET /x HTTP/1\r\n",
                                        "GET /x HTTP/2.0\r\n",
                                        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"};
    struct place *place = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct client client = dial(place->port);
        say(&client, cases[i]);
        expect(&client, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n",
               "\r\n\r\nbytes that are no request line\n");
        expect_closed(&client);
        await(&place->refused, (int)i + 1);
        assert_int_equal(place->last_refused, 400);
    }
    struct client silent = dial(place->port); /* and who says nothing has done no wrong */
    await_connections(place, 1);
    hang_up_client(&silent);
    await_connections(place, 0);
    assert_int_equal(place->refused, COUNT(cases));
}

/* A line may come in pieces, whose first ones tell little. */
static void test_a_request_line_may_come_in_pieces(void **state)
{
    static const char *const pieces[] = {"\r\n", "G", "ET /no", "w HT",
                                         "TP/1.1\r\nHost: a\r\n\r\n"};
    struct place *place = *state;

    for (size_t first = 0; first < COUNT(pieces); first++) {
        struct client client = dial(place->port);
        for (size_t i = 0; i < COUNT(pieces); i++) {
            say(&client, pieces[i]);
            if (i >= first)
                usleep(3000);
        }
        expect(&client, "HTTP/1.1 200 OK\r\n", "hello");
        hang_up_client(&client);
    }
}

/* libmicrohttpd's own answer to them has two heads.  Ours comes alone, also while others are in
 * the middle of theirs. */
static void test_heads_that_libmicrohttpd_refuses_have_one_answer(void **state)
{
    static const struct {
        const char *request, *begins, *why;
    } cases[] = {
        {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
         "HTTP/1.1 400 Bad Request\r\n", "\r\n\r\na Content-Length that is no number\n"},
        {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
         "HTTP/1.1 413 ", "\r\n\r\na body far too large\n"},
        {"GET /x HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n",
         "\r\n\r\na request without a Host\n"},
    };
    struct place *place = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t half = strlen(cases[i].request) / 2;
        struct client early = dial(place->port), wrong = dial(place->port),
                      late = dial(place->port);
        say(&early, "GET /now HTTP/1.1\r\nX: y\r\n");
        say_bytes(&wrong, cases[i].request, half);
        usleep(10000);
        say(&late, "GET /now HTTP/1.1\r\nX: y\r\n"); /* its request line is the latest */
        usleep(10000);
        say(&wrong, cases[i].request + half);
        expect(&wrong, cases[i].begins, cases[i].why);
        while (hear(&wrong))
            ;
        assert_int_equal(wrong.in.len, 0);
        hang_up_client(&wrong);
        say(&early, "Host: a\r\n\r\n");
        expect(&early, "HTTP/1.1 200 OK\r\n", "hello");
        say(&late, "Host: a\r\n\r\n");
        expect(&late, "HTTP/1.1 200 OK\r\n", "hello");
        hang_up_client(&early);
        hang_up_client(&late);
        await(&place->refused, (int)i + 1);
    }
}

static atomic_int heads, all;

static void count_heads(struct loop_call *call)
{
    const struct place *place = PLACE_OF(call);

    heads = all = 0;
    struct exchange *exchange;
    struct conn *conn;

    LIST_FOREACH(exchange, &place->server->heads, entry)
        heads += exchange->state == EXCHANGE_STARTED;
    LIST_FOREACH(conn, &place->server->conns, entry)
        all++;
    PLACE_OF(call)->called = true;
}

static void await_heads(struct place *place, int count)
{
    for (int ms = 0; ms < PATIENCE_MS && (on_loop(place, count_heads), heads != count); ms++)
        usleep(1000);
    assert_int_equal(heads, count);
}

/* A refusal searches those that are at their head, and they alone: a stranger causes it for
 * nothing, and thousands of others may be idle. */
static void test_a_refusal_searches_only_those_at_their_head(void **state)
{
    struct place *place = *state;
    struct client idle = dial(place->port), upload = dial(place->port), halves[3];

    say(&idle, GET("/now"));
    expect(&idle, "HTTP/1.1 200 OK\r\n", "hello");
    say(&upload, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n");
    for (int i = 0; i < 3; i++) {
        halves[i] = dial(place->port);
        say(&halves[i], "GET /now HTTP/1.1\r\nX: y\r\n");
        await_heads(place, i + 1);
    }
    await(&place->pinned, 2);
    await_heads(place, 3);
    assert_int_equal(all, 5);
    say(&halves[1], "Host: a\r\n\r\n"); /* served, and idle */
    expect(&halves[1], "HTTP/1.1 200 OK\r\n", "hello");
    await_heads(place, 2);
    hang_up_client(&halves[0]); /* never ends */
    await_heads(place, 1);
    say(&halves[2], "Content-Length: x\r\n\r\n"); /* refused */
    expect_closed(&halves[2]);
    await_heads(place, 0);
    say(&upload, "x\r\nnonsense\r\n"); /* a refusal of no head */
    expect_closed(&upload);
    await(&place->refused, 2);
    hang_up_client(&halves[1]);
    hang_up_client(&idle);
}

static void test_heads_that_do_not_fit_are_refused(void **state)
{
    struct place *place = *state;
    struct buf text = {0};

    buf_adds(&text, "GET /x HTTP/1.1\r\nHost: a\r\nX: ");
    for (int i = 0; i < 20000; i++)
        buf_addc(&text, 'x');
    buf_adds(&text, "\r\n\r\n");
    struct client client = dial(place->port);
    say_bytes(&client, text.data, text.len);
    expect_closed(&client);

    buf_clear(&text);
    buf_adds(&text, "GET /x HTTP/1.1\r\nHost: a\r\nCookie: ");
    for (int i = 0; i < 400; i++)
        buf_adds(&text, "a=b; ");
    buf_adds(&text, "\r\n\r\n");
    client = dial(place->port);
    say_bytes(&client, text.data, text.len);
    expect(&client, "HTTP/1.1 431 ", "\r\n\r\na head too large\n");
    expect_closed(&client);

    /* It fits, but an answer would not. */
    buf_clear(&text);
    buf_addf(&text, "GET /x HTTP/1.1\r\nHost: a\r\nX: %09000d\r\n\r\n", 0);
    client = dial(place->port);
    say_bytes(&client, text.data, text.len);
    expect(&client, "HTTP/1.1 431 ", "\r\n\r\na head too large\n");
    expect_closed(&client);
    assert_int_equal(place->last_refused, 431);

    buf_clear(&text);
    buf_addf(&text, "GET /%09000d HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    client = dial(place->port);
    say_bytes(&client, text.data, text.len);
    expect(&client, "HTTP/1.1 414 ", "\r\n\r\na target too long\n");
    expect_closed(&client);

    buf_clear(&text); /* libmicrohttpd's own */
    buf_addf(&text, "GET /%020000d HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    client = dial(place->port);
    say_bytes(&client, text.data, text.len);
    expect(&client, "HTTP/1.1 414 ", "Connection: close\r\n");
    expect_closed(&client);
    assert_int_equal(place->last_refused, 414);
    buf_done(&text);
    assert_int_equal(place->handled, 0);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, open_usual, close_usual)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVER_TEST(test_malformed_messages_end_their_connection),
        SERVER_TEST(test_what_is_no_request_at_all_is_told_so),
        SERVER_TEST(test_a_request_line_may_come_in_pieces),
        SERVER_TEST(test_heads_that_libmicrohttpd_refuses_have_one_answer),
        SERVER_TEST(test_a_refusal_searches_only_those_at_their_head),
        SERVER_TEST(test_heads_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
