/* The server over real sockets: messages and answers. */
#include "http_support.h"

#include <microhttpd.h>
#include <sys/un.h>

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

/* ---- messages and answers ---- */

static void test_a_connection_is_kept_for_further_requests(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    for (int i = 0; i < 3; i++) {
        say(&client, GET("/now"));
        expect(&client, "HTTP/1.1 200 OK\r\n", "\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n");
    }
    say(&client, "GET /now HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(&client, "HTTP/1.1 200 OK\r\n", "Connection: close\r\n");
    expect_closed(&client);
    assert_int_equal(place->handled, 4);
}

static void test_pipelined_requests_are_answered_in_their_order(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    say(&client, GET("/now") GET("/later") GET("/a") GET("/later") GET("/b"));
    expect(&client, "HTTP/1.1 200 OK\r\n", "\r\n\r\nhello");
    expect(&client, "HTTP/1.1 200 OK\r\n", "\r\n\r\nlate");
    expect(&client, "HTTP/1.1 200 OK\r\n", "path /a\n");
    expect(&client, "HTTP/1.1 200 OK\r\n", "\r\n\r\nlate");
    expect(&client, "HTTP/1.1 200 OK\r\n", "path /b\n");
    hang_up_client(&client);
}

static void test_a_request_may_come_byte_by_byte(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);
    const char *text = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                       "Content-Type: application/x-www-form-urlencoded\r\n\r\na=b";

    for (; *text; text++) {
        say_bytes(&client, text, 1);
        usleep(100);
    }
    expect(&client, "HTTP/1.1 200 OK\r\n", "\nform a=b\nbody 3:a=b");
    hang_up_client(&client);
}

static void test_head_has_the_headers_of_get(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    say(&client, "HEAD /now HTTP/1.1\r\nHost: a\r\n\r\n" GET("/now"));
    char *answer = answer_to(&client, true);
    assert_non_null(strstr(answer, "Content-Length: 5\r\n"));
    free(answer);
    expect(&client, "HTTP/1.1 200 OK\r\n", "\r\n\r\nhello");
    hang_up_client(&client);
}

static void test_a_request_is_what_was_sent(void **state)
{
    struct place *place = *state;
    char *answer = ask(
        place, "POST /a%20b?q=%2B+&r HTTP/1.1\r\nHost: a\r\nCookie: l=en; x=y\r\n"
               "X-Thing: \t v \r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nxyz");
    static const char *const lines[] = {
        "method POST\n",   "target /a%20b?q=%2B+&r\n",
        "path /a b\n",     "ip 127.0.0.1\n",
        "query q=+ \n",    "query r=\n",
        "cookie l=en\n",   "cookie x=y\n",
        "header Host=a\n", "header X-Thing=v\n",
        "\nbody 3:xyz",    "admin 0\n",
        "scheme http\n",
    };

    assert_non_null(answer);
    for (size_t i = 0; i < COUNT(lines); i++)
        if (!strstr(answer, lines[i]))
            fail_msg("no '%s' in:\n%s", lines[i], answer);
    free(answer);
}

static void test_requests_have_ids_of_their_own(void **state)
{
    struct place *place = *state;
    char *one = ask(place, GET("/x")), *other = ask(place, GET("/x"));
    const char *id = strstr(one, "\nid ") + 4, *other_id = strstr(other, "\nid ") + 4;

    assert_int_equal(strspn(id, "0123456789abcdef"), HTTP_ID);
    assert_memory_not_equal(id, other_id, HTTP_ID);
    free(one);
    free(other);
}

static void test_bodies_may_be_chunked_or_announced(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    say(&client, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3\r\nabc\r\n4\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n" GET("/now"));
    expect(&client, "HTTP/1.1 200 OK\r\n", "\nbody 7:abcdefg");
    expect(&client, "HTTP/1.1 200 OK\r\n", "hello");
    say(&client, "PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2"
                 "\r\n\r\n");
    expect(&client, "HTTP/1.1 100 Continue\r\n", NULL);
    say(&client, "ab");
    expect(&client, "HTTP/1.1 200 OK\r\n", "\nbody 2:ab");
    hang_up_client(&client);
}

/* RFC 9112 (7.1.1) would have them ignored; libmicrohttpd 1.0 refuses them. */
static void test_chunk_extensions_are_ignored_or_refused(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    say(&client, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "4;ext=1\r\ndefg\r\n0;last\r\n\r\n" GET("/now"));
    if (MHD_VERSION < 0x01000000) {
        expect(&client, "HTTP/1.1 200 OK\r\n", "\nbody 4:defg");
        expect(&client, "HTTP/1.1 200 OK\r\n", "hello");
    } else {
        expect(&client, "HTTP/1.1 400 Bad Request\r\n", NULL);
        expect_closed(&client);
        assert_int_equal(place->handled, 0);
    }
    hang_up_client(&client);
}

static void test_what_cannot_be_read_is_left_to_the_handler_to_refuse(void **state)
{
    static const struct {
        const char *request, *begins, *refused;
    } cases[] = {
        {GET("/%00"), "HTTP/1.1 400 ", "refused 400 the address cannot be read: "},
        {GET("/%zz"), "HTTP/1.1 400 ", "refused 400 the address cannot be read: "},
        {GET("/?a=%"), "HTTP/1.1 400 ", "refused 400 the address cannot be read: "},
        {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
         "Content-Type: application/x-www-form-urlencoded;charset=UTF-8\r\n\r\na=%",
         "HTTP/1.1 400 ", "refused 400 the form cannot be read: "},
        {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
         "Content-Type: multipart/form-data\r\n\r\na=b",
         "HTTP/1.1 400 ", "refused 400 the form cannot be read: "},
        {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
         "Content-Encoding: gzip\r\n\r\na=b",
         "HTTP/1.1 415 ", "refused 415 a body in a content encoding\n"},
        {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
         "Content-Type: application/json\r\n\r\n%%%",
         "HTTP/1.1 200 ", "body 3:%%%"},
    };
    struct place *place = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct client client = dial(place->port);
        say(&client, cases[i].request);
        expect(&client, cases[i].begins, cases[i].refused);
        say(&client, GET("/now")); /* nothing is wrong with the connection */
        expect(&client, "HTTP/1.1 200 OK\r\n", "hello");
        hang_up_client(&client);
    }
}

static void test_queries_of_many_fields_are_left_to_the_handler(void **state)
{
    struct place *place = *state;
    struct client client = dial(place->port);

    say(&client, "GET /x?");
    for (int i = 0; i < 1000; i++)
        say(&client, "a&");
    say(&client, " HTTP/1.1\r\nHost: a\r\n\r\n" GET("/now"));
    expect(&client, "HTTP/1.1 400 ", "refused 400 the address cannot be read: more than 100");
    expect(&client, "HTTP/1.1 200 OK\r\n", "hello");
    hang_up_client(&client);
}

/* ---- assets ---- */

#define ASSET(headers) "GET /asset HTTP/1.1\r\nHost: a\r\n" headers "\r\n"

static const struct {
    const char *request, *begins;
    const char *holds[4]; /* with a '-' before it: does not hold */
} asset_cases[] = {
    {ASSET(""),
     "HTTP/1.1 200 OK\r\n",
     {"ETag: \"0123456789abcdef\"\r\n", "Content-Length: 2000\r\n", "Vary: Accept-Encoding\r\n",
      "-Content-Encoding"}},
    {ASSET(""),
     "HTTP/1.1 200 OK\r\n",
     {"Cache-Control: no-cache\r\n", "Content-Type: text/css; charset=utf-8\r\n",
      "X-Content-Type-Options: nosniff\r\n"}},
    {"GET /asset/fixed HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 200 OK\r\n",
     {"Cache-Control: public, max-age=31536000, immutable\r\n"}},
    {ASSET("Accept-Encoding: br, gzip\r\n"),
     "HTTP/1.1 200 OK\r\n",
     {"Content-Encoding: gzip\r\n", "ETag: \"0123456789abcdef-gz\"\r\n", "\r\n\r\n\x1F\x8B",
      "Vary: Accept-Encoding\r\n"}},
    {ASSET("Accept-Encoding: gzip;q=0, *\r\n"), "HTTP/1.1 200 OK\r\n", {"-Content-Encoding"}},
    {ASSET("If-None-Match: \"0123456789abcdef\"\r\n"),
     "HTTP/1.1 304 Not Modified\r\n",
     {"ETag: \"0123456789abcdef\"\r\n", "Content-Length: 2000\r\n",
      "-\nContent-Type:", "Cache-Control: no-cache\r\n"}},
    {ASSET("If-None-Match: \"x\", W/\"0123456789abcdef-gz\"\r\nAccept-Encoding: gzip\r\n"),
     "HTTP/1.1 304 Not Modified\r\n",
     {"ETag: \"0123456789abcdef-gz\"\r\n", "-Content-Encoding"}},
    {ASSET("If-None-Match: *\r\n"), "HTTP/1.1 304 Not Modified\r\n", {NULL}},
    {ASSET("If-None-Match: \"other\"\r\n"), "HTTP/1.1 200 OK\r\n", {NULL}},
    {"POST /asset HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\nContent-Length: 0\r\n\r\n",
     "HTTP/1.1 200 OK\r\n",
     {NULL}},
    {"HEAD /asset HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n",
     "HTTP/1.1 200 OK\r\n",
     {"Content-Encoding: gzip\r\n", "-\r\n\r\n\x1F"}},
};

static void test_assets_are_sent_as_the_client_takes_them(void **state)
{
    struct place *place = *state;

    for (size_t i = 0; i < COUNT(asset_cases); i++) {
        char *answer = ask(place, asset_cases[i].request);
        assert_non_null(answer);
        if (strncmp(answer, asset_cases[i].begins, strlen(asset_cases[i].begins)) != 0)
            fail_msg("case %zu got:\n%s", i, answer);
        for (size_t h = 0; h < 4 && asset_cases[i].holds[h]; h++) {
            const char *what = asset_cases[i].holds[h];
            bool held = strstr(answer, what + (*what == '-')) != NULL;
            if (held == (*what == '-'))
                fail_msg("case %zu, '%s' in:\n%s", i, what, answer);
        }
        free(answer);
    }
}

/* ---- addresses ---- */

static int extra; /* a further listening socket of a test */

static void listen_too(struct loop_call *call)
{
    http_server_listen(PLACE_OF(call)->server, extra, false, NULL);
    PLACE_OF(call)->called = true;
}

static void ask_at(struct place *place, struct sockaddr *address, socklen_t len, const char *ip)
{
    struct client client = {.fd = socket(address->sa_family, SOCK_STREAM, 0)};

    on_loop(place, listen_too);
    assert_int_equal(connect(client.fd, address, len), 0);
    say(&client, GET("/x"));
    expect(&client, "HTTP/1.1 200 OK\r\n", ip);
    hang_up_client(&client);
}

static void test_addresses_are_text(void **state)
{
    struct place *place = *state;
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    struct client admin = dial(place->admin_port);

    say(&admin, "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(&admin, "HTTP/1.1 200 OK\r\n", "admin 1\n");
    hang_up_client(&admin);

    snprintf(path.sun_path, sizeof path.sun_path, "/tmp/http-spec-%d", (int)getpid());
    extra = listen_on((struct sockaddr *)&path, sizeof path);
    assert_true(extra >= 0);
    ask_at(place, (struct sockaddr *)&path, sizeof path, "\nip \n");
    unlink(path.sun_path);
    int unix_socket = extra;

    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
    socklen_t len = sizeof any;
    int both = extra = listen_on((struct sockaddr *)&any, len);
    if (extra >= 0) { /* else this machine has no IPv6 */
        getsockname(extra, (struct sockaddr *)&any, &len);
        struct sockaddr_in v4 = {.sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                 .sin_port = any.sin6_port};
        ask_at(place, (struct sockaddr *)&v4, sizeof v4, "\nip 127.0.0.1\n");
    }
    close_place(place);
    close(unix_socket);
    if (both >= 0)
        close(both);
    open_usual(state);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, open_usual, close_usual)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVER_TEST(test_a_connection_is_kept_for_further_requests),
        SERVER_TEST(test_pipelined_requests_are_answered_in_their_order),
        SERVER_TEST(test_a_request_may_come_byte_by_byte),
        SERVER_TEST(test_head_has_the_headers_of_get),
        SERVER_TEST(test_a_request_is_what_was_sent),
        SERVER_TEST(test_requests_have_ids_of_their_own),
        SERVER_TEST(test_bodies_may_be_chunked_or_announced),
        SERVER_TEST(test_chunk_extensions_are_ignored_or_refused),
        SERVER_TEST(test_what_cannot_be_read_is_left_to_the_handler_to_refuse),
        SERVER_TEST(test_queries_of_many_fields_are_left_to_the_handler),
        SERVER_TEST(test_assets_are_sent_as_the_client_takes_them),
        SERVER_TEST(test_addresses_are_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
