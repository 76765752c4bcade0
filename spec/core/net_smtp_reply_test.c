/* What a mail server says, and which kind of failure each reply is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "net/smtp_reply.h"

#include <stdio.h>
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

static const struct {
    const char *reply;
    enum smtp_stage stage;
    enum err_kind kind;
} kinds[] = {
    /* not for ever */
    {"421 4.3.2 too busy", SMTP_CONNECT, ERR_TEMPORARY},
    {"450 4.2.1 ada@example.org", SMTP_RCPT, ERR_TEMPORARY},
    {"451 5.7.1 greylisted", SMTP_LETTER, ERR_TEMPORARY},
    {"452", SMTP_MAIL, ERR_TEMPORARY},
    {"454 4.7.0 TLS is not available", SMTP_CONNECT, ERR_TEMPORARY},
    {"250 2.0.0 taken", SMTP_DATA, ERR_TEMPORARY},
    {"354 go on", SMTP_LETTER, ERR_TEMPORARY},
    /* the login, and who we are before there is a letter */
    {"535 5.7.8 wrong", SMTP_CONNECT, ERR_AUTH},
    {"534 5.7.9", SMTP_CONNECT, ERR_AUTH},
    {"538", SMTP_CONNECT, ERR_AUTH},
    {"530 5.7.0 log in first", SMTP_MAIL, ERR_AUTH},
    {"530 5.1.1 ada@example.org", SMTP_RCPT, ERR_AUTH},
    {"535 5.7.8", SMTP_LETTER, ERR_AUTH},
    {"554 5.7.1 you are on a list", SMTP_CONNECT, ERR_AUTH},
    /* this recipient */
    {"550 5.1.1 no such user", SMTP_RCPT, ERR_PERMANENT},
    {"550 5.1.1 no such user", SMTP_LETTER, ERR_PERMANENT},
    {"550 5.1.2 no such domain", SMTP_RCPT, ERR_PERMANENT},
    {"553 5.1.3 bad syntax", SMTP_RCPT, ERR_PERMANENT},
    {"551 5.1.6 has moved", SMTP_RCPT, ERR_PERMANENT},
    {"556 5.1.10 takes no mail", SMTP_RCPT, ERR_PERMANENT},
    {"550 5.2.1 is disabled", SMTP_RCPT, ERR_PERMANENT},
    {"552 5.2.2 is full", SMTP_RCPT, ERR_PERMANENT},
    {"550 4.2.1 is not here", SMTP_RCPT, ERR_PERMANENT}, /* the class differs */
    {"550 <Ada@Example.ORG>: unknown", SMTP_RCPT, ERR_PERMANENT},
    {"551 ada@example.org has moved", SMTP_RCPT, ERR_PERMANENT},
    {"553 ada@example.org is no name", SMTP_RCPT, ERR_PERMANENT},
    {"550 5.5.0 mailbox ada@example.org unavailable", SMTP_RCPT, ERR_PERMANENT},
    {"550 5.1.0 <ada@example.org> rejected", SMTP_RCPT, ERR_PERMANENT},
    {"552 mailbox full", SMTP_RCPT, ERR_PERMANENT},
    /* this letter */
    {"552 5.3.4 no", SMTP_MAIL, ERR_POLICY}, /* 3.x is about their system */
    {"552 too large", SMTP_MAIL, ERR_PERMANENT},
    {"552 too large", SMTP_LETTER, ERR_PERMANENT},
    {"554 5.6.0 malformed", SMTP_LETTER, ERR_PERMANENT},
    /* us, our sender, their rules */
    {"553 5.7.1 <capsule@site.example>: Sender address rejected: not owned by user "
     "bot@site.example",
     SMTP_RCPT, ERR_POLICY},
    {"554 5.7.1 <ada@example.org>: Relay access denied", SMTP_RCPT, ERR_POLICY},
    {"550 5.4.5 Daily user sending quota exceeded", SMTP_LETTER, ERR_POLICY},
    {"550 5.4.5 Daily user sending quota exceeded", SMTP_MAIL, ERR_POLICY},
    {"550 5.7.26 unauthenticated mail is prohibited", SMTP_LETTER, ERR_POLICY},
    {"554 Message rejected: Email address is not verified. The following identities failed "
     "the check in region EU-WEST-1: ada@example.org",
     SMTP_LETTER, ERR_POLICY},
    {"550 5.1.7 bad sender", SMTP_RCPT, ERR_POLICY},
    {"550 5.1.8 sender's domain does not exist", SMTP_RCPT, ERR_POLICY},
    {"550 5.1.8 sender's domain does not exist", SMTP_MAIL, ERR_POLICY},
    {"550 5.1.1 no such user", SMTP_MAIL, ERR_POLICY}, /* only the sender has been named */
    {"550 5.1.0 <ada@example.org> unknown", SMTP_MAIL, ERR_POLICY},
    {"550 ada@example.org unknown", SMTP_MAIL, ERR_POLICY},
    {"550 5.2.1 is disabled", SMTP_MAIL, ERR_POLICY},
    {"554 5.3.0", SMTP_DATA, ERR_POLICY},
    {"550 relay not permitted", SMTP_RCPT, ERR_POLICY},
    {"550 sender bot@site.example unknown", SMTP_RCPT, ERR_POLICY},
    {"553 sender is not allowed", SMTP_MAIL, ERR_POLICY},
    {"501 malformed", SMTP_MAIL, ERR_POLICY},
    {"500 what", SMTP_DATA, ERR_POLICY},
    {"550", SMTP_RCPT, ERR_POLICY},
    {"550 5.1", SMTP_RCPT, ERR_POLICY},
    {"550 5.1.1x", SMTP_RCPT, ERR_POLICY},
    {"550 5.0.0 no", SMTP_RCPT, ERR_POLICY},
};

static void every_reply_is_of_one_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct smtp_reply reply = {0};
        assert_true(smtp_reply_add(&reply, slice_of(kinds[i].reply)));
        enum err_kind kind = smtp_reply_kind(&reply, kinds[i].stage, "ada@example.org");
        if (kind != kinds[i].kind)
            fail_msg("%s to %s is %s", kinds[i].reply, smtp_stage_name(kinds[i].stage),
                     err_kind_name(kind));
    }
    assert_string_equal(err_kind_name(ERR_TEMPORARY), "temporary");
    assert_string_equal(err_kind_name(ERR_PERMANENT), "permanent");
    assert_string_equal(err_kind_name(ERR_AUTH), "auth");
    assert_string_equal(err_kind_name(ERR_POLICY), "policy");
}

/* The enhanced status alone decides, whatever the code: these are this recipient's or this
 * letter's fault, every other of RFC 3463 and the registry of RFC 5248 is ours or the rules'.
 */
static bool is_the_recipients(int subject, int detail)
{
    static const char *const theirs[] = {
        "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.9", "1.10", "2.0", "2.1", "2.2", "2.3",
        "2.4", "6.0", "6.1", "6.2", "6.3", "6.4", "6.5", "6.6",  "6.7", "6.8", "6.9", "6.10"};
    char status[8];
    snprintf(status, sizeof status, "%d.%d", subject, detail);
    for (size_t i = 0; i < sizeof theirs / sizeof theirs[0]; i++)
        if (strcmp(theirs[i], status) == 0)
            return true;
    return false;
}

/* "X.0.z", "X.1.0" and "X.5.z" (the protocol) leave it to the code and to whom the reply names.
 */
static bool is_silent(int subject, int detail)
{
    return subject == 0 || subject == 5 || (subject == 1 && detail == 0);
}

static void expect_at_each_stage(int code, int subject, int detail)
{
    static const char *const named[] = {"no", "<ada@example.org>: no"};
    bool telling = code == 550 || code == 551 || code == 553;
    for (enum smtp_stage stage = SMTP_MAIL; stage <= SMTP_LETTER; stage++)
        for (int names = 0; names < 2; names++) {
            struct smtp_reply reply = {0};
            char line[80];
            snprintf(line, sizeof line, "%d 5.%d.%d %s", code, subject, detail, named[names]);
            assert_true(smtp_reply_add(&reply, slice_of(line)));
            bool theirs = is_silent(subject, detail) ? stage != SMTP_MAIL && names && telling
                                                     : is_the_recipients(subject, detail) &&
                                                           (stage != SMTP_MAIL || subject == 6);
            enum err_kind kind = smtp_reply_kind(&reply, stage, "ada@example.org");
            if (kind != (theirs ? ERR_PERMANENT : ERR_POLICY))
                fail_msg("%s to %s is %s", line, smtp_stage_name(stage), err_kind_name(kind));
        }
}

static void every_status_has_its_kind_at_every_stage(void **state)
{
    static const int last[] = {0, 10, 4, 7, 7, 7, 10, 30}; /* of each subject */
    static const int codes[] = {550, 551, 553, 554, 556, 501, 571};
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        for (int subject = 0; subject < 8; subject++)
            for (int detail = 0; detail <= last[subject]; detail++)
                expect_at_each_stage(codes[i], subject, detail);
}

static void without_a_recipient_a_reply_has_a_kind_too(void **state)
{
    struct smtp_reply reply = {0};
    (void)state;
    assert_true(smtp_reply_add(&reply, slice_of("550 ada@example.org")));
    assert_int_equal(smtp_reply_kind(&reply, SMTP_RCPT, NULL), ERR_POLICY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_kept_on_one_line),
        cmocka_unit_test(an_unfinished_reply_is_told_apart),
        cmocka_unit_test(what_is_no_reply_is_refused),
        cmocka_unit_test(long_replies_are_cut_between_characters),
        cmocka_unit_test(every_reply_is_of_one_kind),
        cmocka_unit_test(every_status_has_its_kind_at_every_stage),
        cmocka_unit_test(without_a_recipient_a_reply_has_a_kind_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
