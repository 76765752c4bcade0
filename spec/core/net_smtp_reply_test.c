/* What a mail server says, and which kind of failure each reply is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "net/smtp_reply.h"

#include <string.h>

static void replies_are_kept_on_one_line(void **state)
{
    static const struct {
        const char *lines[4], *text;
        int code;
    } cases[] = {
        {{"250 2.0.0 taken as 42\r\n"}, "250 2.0.0 taken as 42", 250},
        {{"250-first\r\n", "250-second\r\n", "250 last\r\n"}, "250 first second last", 250},
        {{"354\r\n"}, "354", 354},
        {{"250 \r\n"}, "250", 250},
        {{"220 hello\r\n", "421 not now\r\n"}, "421 not now", 421}, /* a new reply */
        {{"550 a\tb\x1b[31m\r\n"}, "550 a?b?[31m", 550},
        {{"550 \xff\xe4\xbd\xa0\r\n"}, "550 ?\xe4\xbd\xa0", 550},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct smtp_reply reply = {0};
        for (size_t j = 0; j < 4 && cases[i].lines[j]; j++)
            assert_true(smtp_reply_add(&reply, slice_of(cases[i].lines[j])));
        assert_true(reply.complete);
        assert_int_equal(reply.code, cases[i].code);
        assert_string_equal(reply.text, cases[i].text);
        assert_int_equal(reply.len, strlen(reply.text));
    }
}

static void an_unfinished_reply_is_told_apart(void **state)
{
    struct smtp_reply reply = {0};
    (void)state;
    assert_true(smtp_reply_add(&reply, slice_of("250-first\r\n")));
    assert_false(reply.complete);
}

static void what_is_no_reply_is_refused(void **state)
{
    static const char *const cases[] = {"",      "25",     "hello", "150 x",
                                        "650 x", "2500 x", "25x y", "HTTP/1.1 400 Bad Request",
                                        "250_x"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct smtp_reply reply = {0};
        assert_false(smtp_reply_add(&reply, slice_of(cases[i])));
    }
}

static void long_replies_are_cut_between_characters(void **state)
{
    char line[1000];
    struct smtp_reply reply = {0};
    (void)state;
    memcpy(line, "550 ", 4);
    for (size_t i = 4; i + 3 < sizeof line; i += 3)
        memcpy(line + i, "\xe4\xbd\xa0", 3);
    assert_true(smtp_reply_add(&reply, (struct slice){line, 4 + 330 * 3}));
    assert_true(reply.len <= SMTP_REPLY_TEXT && reply.len > SMTP_REPLY_TEXT - 4);
    assert_true(str_is_utf8((struct slice){reply.text, reply.len}));
    for (int i = 0; i < 10; i++)
        assert_true(smtp_reply_add(&reply, slice_of("550-more and more and more")));
    assert_true(reply.len <= SMTP_REPLY_TEXT);
}

static void every_reply_is_of_one_kind(void **state)
{
    static const struct {
        int code;
        enum smtp_stage stage;
        enum err_kind kind;
    } cases[] = {
        {421, SMTP_CONNECT, ERR_TEMPORARY}, {450, SMTP_RCPT, ERR_TEMPORARY},
        {451, SMTP_LETTER, ERR_TEMPORARY},  {452, SMTP_MAIL, ERR_TEMPORARY},
        {454, SMTP_CONNECT, ERR_TEMPORARY}, {550, SMTP_RCPT, ERR_PERMANENT},
        {553, SMTP_RCPT, ERR_PERMANENT},    {554, SMTP_LETTER, ERR_PERMANENT},
        {552, SMTP_MAIL, ERR_PERMANENT},    {552, SMTP_LETTER, ERR_PERMANENT},
        {500, SMTP_DATA, ERR_PERMANENT},    {535, SMTP_CONNECT, ERR_AUTH},
        {534, SMTP_CONNECT, ERR_AUTH},      {538, SMTP_CONNECT, ERR_AUTH},
        {530, SMTP_MAIL, ERR_AUTH},         {530, SMTP_RCPT, ERR_AUTH},
        {535, SMTP_LETTER, ERR_AUTH},       {554, SMTP_CONNECT, ERR_AUTH},
        {501, SMTP_MAIL, ERR_AUTH},         {553, SMTP_MAIL, ERR_AUTH},
        {0, SMTP_RCPT, ERR_TEMPORARY},      {250, SMTP_DATA, ERR_TEMPORARY},
        {354, SMTP_LETTER, ERR_TEMPORARY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (smtp_reply_kind(cases[i].code, cases[i].stage) != cases[i].kind)
            fail_msg("%d to %s", cases[i].code, smtp_stage_name(cases[i].stage));
    assert_string_equal(err_kind_name(ERR_TEMPORARY), "temporary");
    assert_string_equal(err_kind_name(ERR_PERMANENT), "permanent");
    assert_string_equal(err_kind_name(ERR_AUTH), "auth");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_kept_on_one_line),
        cmocka_unit_test(an_unfinished_reply_is_told_apart),
        cmocka_unit_test(what_is_no_reply_is_refused),
        cmocka_unit_test(long_replies_are_cut_between_characters),
        cmocka_unit_test(every_reply_is_of_one_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
