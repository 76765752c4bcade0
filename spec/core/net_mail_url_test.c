/* The option --mail: what each form means, and that no refusal repeats it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/mail.h"
#include "net/mail_url.h"

#include <string.h>

static struct mail_url parse(const char *text)
{
    struct mail_url url;
    struct err err = {0};
    if (!mail_url_parse(text, &url, &err))
        fail_msg("%s: %s", text, err.text);
    return url;
}

static void servers_are_read(void **state)
{
    static const struct {
        const char *text, *host, *user, *password;
        int port;
        enum mail_scheme scheme;
    } cases[] = {
        {"smtp://mail.example.org", "mail.example.org", NULL, NULL, 587, MAIL_SMTP},
        {"smtps://mail.example.org", "mail.example.org", NULL, NULL, 465, MAIL_SMTPS},
        {"smtp://me@mail.example.org:25", "mail.example.org", "me", NULL, 25, MAIL_SMTP},
        {"smtp://me@example.org@mail.example.org", "mail.example.org", "me@example.org", NULL,
         587, MAIL_SMTP},
        {"smtps://me%40qq.com@smtp.qq.com:465", "smtp.qq.com", "me@qq.com", NULL, 465,
         MAIL_SMTPS},
        {"smtp://me:s%3Acr%40t@h.example", "h.example", "me", "s:cr@t", 587, MAIL_SMTP},
        {"smtp://me:@h.example", "h.example", "me", "", 587, MAIL_SMTP},
        {"smtp://127.0.0.1:2525/", "127.0.0.1", NULL, NULL, 2525, MAIL_SMTP},
        {"smtp://[::1]:2525", "::1", NULL, NULL, 2525, MAIL_SMTP},
        {"smtp://[::1]", "::1", NULL, NULL, 587, MAIL_SMTP},
        {"smtp://\xe4\xbe\x8b\xe5\xad\x90.example", "xn--fsqu00a.example", NULL, NULL, 587,
         MAIL_SMTP},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mail_url url = parse(cases[i].text);
        assert_int_equal(url.scheme, cases[i].scheme);
        assert_string_equal(url.host, cases[i].host);
        assert_int_equal(url.port, cases[i].port);
        assert_string_equal(url.user ? url.user : "-", cases[i].user ? cases[i].user : "-");
        assert_string_equal(url.password ? url.password : "-",
                            cases[i].password ? cases[i].password : "-");
        mail_url_done(&url);
    }
}

static void tls_is_required_but_for_this_machine(void **state)
{
    static const struct {
        const char *text, *password;
        enum mail_tls tls;
    } cases[] = {
        {"smtp://h.example", NULL, MAIL_TLS_REQUIRED},
        {"smtp://me@h.example", "hush", MAIL_TLS_REQUIRED},
        {"smtp://10.0.0.1", NULL, MAIL_TLS_REQUIRED},
        {"smtp://localhost", NULL, MAIL_TLS_OFF},
        {"smtp://127.0.0.1:25", NULL, MAIL_TLS_OFF},
        {"smtp://127.9.9.9", NULL, MAIL_TLS_OFF},
        {"smtp://[::1]", NULL, MAIL_TLS_OFF},
        {"smtp://me@localhost", NULL, MAIL_TLS_OFF}, /* no password, no login */
        {"smtp://me@localhost", "hush", MAIL_TLS_REQUIRED},
        {"smtp://me:hush@localhost", NULL, MAIL_TLS_REQUIRED},
        {"smtp://127.example.org", NULL, MAIL_TLS_REQUIRED},
        {"smtps://localhost", NULL, MAIL_TLS_REQUIRED},
        {"smtp://me:hush@localhost?tls=off", NULL, MAIL_TLS_OFF},
        {"smtp://me@localhost?tls=off", "hush", MAIL_TLS_OFF},
        {"smtp://h.example/?tls=opportunistic", NULL, MAIL_TLS_OPPORTUNISTIC},
        {"smtp://localhost?tls=required", NULL, MAIL_TLS_REQUIRED},
        {"smtps://h.example?tls=required", NULL, MAIL_TLS_REQUIRED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mail_url url = parse(cases[i].text);
        if (cases[i].password)
            mail_url_set_password(&url, cases[i].password);
        if (url.tls != cases[i].tls)
            fail_msg("%s: tls is %d", cases[i].text, (int)url.tls);
        mail_url_done(&url);
    }
}

static void options_are_read(void **state)
{
    (void)state;
    struct mail_url url = parse("smtp://h.example?connections=8&connect-timeout=3&timeout=20"
                                "&ca=/etc/a%20b.pem");
    assert_int_equal(url.connections, 8);
    assert_int_equal(url.connect_timeout_s, 3);
    assert_int_equal(url.timeout_s, 20);
    assert_string_equal(url.ca, "/etc/a b.pem");
    mail_url_done(&url);
}

static void folders_are_read(void **state)
{
    (void)state;
    struct mail_url url = parse("file:/var/out%20box");
    assert_int_equal(url.scheme, MAIL_FILE);
    assert_string_equal(url.path, "/var/out box");
    mail_url_done(&url);
    url = parse("file:///var/outbox");
    assert_string_equal(url.path, "/var/outbox");
    mail_url_done(&url);
    url = parse("file:");
    assert_null(url.path);
    mail_url_done(&url);
}

static void faults_are_named_without_the_text(void **state)
{
    static const char *const cases[][2] = {
        {"hush", "begins with none"},
        {"pop3://me:hush@h.example", "begins with none"},
        {"smtp:/me:hush@h.example", "begins with none"},
        {"smtp://me:hush@", "names no host"},
        {"smtp://", "names no host"},
        {"smtp://:hush@h.example", "no user"},
        {"smtp://@h.example?hush", "no user"},
        {"smtp://a%0d%0aRSET:hush@h.example", "no user"},
        {"smtp://me:hush%zz@h.example", "%-escape"},
        {"smtp://me:hush%00@h.example", "%-escape"},
        {"smtp://me:hush@h.example:0", "port"},
        {"smtp://me:hush@h.example:65536", "port"},
        {"smtp://me:hush@h.example:", "port"},
        {"smtp://me:hush@h_h.example", "names no host"},
        {"smtp://me:hush@[::1", "names no host"},
        {"smtp://me:hush@h.example/path", "path"},
        {"smtp://me:hush@h.example?tls=maybe", "tls="},
        {"smtps://me:hush@h.example?tls=off", "not to use TLS"},
        {"smtp://me:hush@h.example?connections=0", "connections="},
        {"smtp://me:hush@h.example?connections=65", "connections="},
        {"smtp://me:hush@h.example?timeout=1h", "time-out"},
        {"smtp://me:hush@h.example?verify=off", "none of tls"},
        {"smtp://me:hush@h.example?tls", "name=value"},
        {"smtp://me:hush@h.example?ca=a.pem", "absolute"},
        {"file:hush", "absolute"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mail_url url;
        struct err err = {0};
        if (mail_url_parse(cases[i][0], &url, &err))
            fail_msg("%s was taken", cases[i][0]);
        assert_int_equal(err.kind, ERR_INPUT);
        if (!strstr(err.text, cases[i][1]))
            fail_msg("%s: expected '%s' in: %s", cases[i][0], cases[i][1], err.text);
        assert_null(strstr(err.text, "hush"));
    }
}

/* ---- the sender that follows from it ---- */

static void the_sender_is_the_user_where_that_is_an_address(void **state)
{
    static const char *const cases[][2] = {
        {"smtp://me%40qq.com@smtp.qq.com", "me@qq.com"},
        {"smtp://me@mail.example.org", "me@mail.example.org"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mail_settings settings = {.url = cases[i][0], .outbox = "/nowhere"};
        struct mail *mail = NULL;
        struct err err = {0};
        if (!mail_open(&settings, &mail, &err))
            fail_msg("%s", err.text);
        assert_string_equal(mail_from(mail), cases[i][1]);
        assert_string_equal(mail_kind(mail), "smtp");
        mail_close(mail);
    }
}

static void the_sender_is_an_address_whatever_the_machine_is_called(void **state)
{
    static const char *const urls[] = {NULL, "smtp://127.0.0.1:25", "smtp://me@127.0.0.1:25",
                                       "smtp://a%20b@h.example"};
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct mail_settings settings = {.url = urls[i], .outbox = "/nowhere"};
        struct mail *mail = NULL;
        char address[ADDRESS_MAX + 1];
        assert_true(mail_open(&settings, &mail, NULL));
        assert_true(address_read(slice_of(mail_from(mail)), address, NULL));
        mail_close(mail);
    }
}

static void a_sender_that_is_given_is_checked(void **state)
{
    struct mail_settings settings = {.from = "Me <me@b", .outbox = "/nowhere"};
    struct mail *mail = NULL;
    struct err err = {0};
    (void)state;
    assert_false(mail_open(&settings, &mail, &err));
    assert_non_null(strstr(err.text, "the sender of letters"));
    settings.from = "Me <me@b.example>";
    assert_true(mail_open(&settings, &mail, &err));
    assert_string_equal(mail_from(mail), "me@b.example");
    assert_string_equal(mail_from_name(mail), "Me");
    mail_close(mail);
    settings.from = "me@b.example";
    assert_true(mail_open(&settings, &mail, &err));
    assert_string_equal(mail_from(mail), "me@b.example");
    assert_string_equal(mail_from_name(mail), "");
    assert_string_equal(mail_kind(mail), "file");
    mail_close(mail);
}

static void certificates_that_cannot_be_read_are_told_at_once(void **state)
{
    struct mail_settings settings = {.url = "smtp://h.example?ca=/nowhere.pem"};
    struct mail *mail = NULL;
    struct err err = {0};
    (void)state;
    assert_false(mail_open(&settings, &mail, &err));
    assert_non_null(strstr(err.text, "/nowhere.pem"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_read),
        cmocka_unit_test(tls_is_required_but_for_this_machine),
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(folders_are_read),
        cmocka_unit_test(faults_are_named_without_the_text),
        cmocka_unit_test(the_sender_is_the_user_where_that_is_an_address),
        cmocka_unit_test(the_sender_is_an_address_whatever_the_machine_is_called),
        cmocka_unit_test(a_sender_that_is_given_is_checked),
        cmocka_unit_test(certificates_that_cannot_be_read_are_told_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
