/* Letters as bytes: fields, encoded words, folding, parts, refusals.  What a MIME parser of
 * another hand reads out of them is in spec/net. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "net/header.h"
#include "net/message.h"

#include <stdlib.h>
#include <string.h>

#define S(text)                                                                                \
    {                                                                                          \
        text, sizeof(text) - 1                                                                 \
    }
#define NIHAO "\xe4\xbd\xa0\xe5\xa5\xbd"

static struct message_plan plan(void)
{
    return (struct message_plan){.from = {S("from@b.example"), S("")},
                                 .to = {S("to@b.example"), S("")},
                                 .subject = S("Hello"),
                                 .text = S("text\n")};
}

/* Every line ends with CR LF and is short; no CR or LF stands alone. */
static void assert_lines(const struct buf *bytes, size_t longest)
{
    assert_true(bytes->len > 2);
    assert_memory_equal(bytes->data + bytes->len - 2, "\r\n", 2);
    for (const char *at = bytes->data; *at;) {
        const char *end = strstr(at, "\r\n");
        assert_non_null(end);
        assert_null(memchr(at, '\n', (size_t)(end - at)));
        assert_null(memchr(at, '\r', (size_t)(end - at)));
        if ((size_t)(end - at) > longest)
            fail_msg("a line of %zu: %s", (size_t)(end - at), at);
        at = end + 2;
    }
}

static struct message build(const struct message_plan *plan)
{
    struct message message = {.bytes = {0}};
    struct err err = {0};
    if (!message_build(plan, &message, &err))
        fail_msg("%s", err.text);
    assert_lines(&message.bytes, 76);
    return message;
}

static void assert_refused(const struct message_plan *plan, enum err_kind kind,
                           const char *words)
{
    struct message message = {.bytes = {0}};
    struct err err = {0};
    if (message_build(plan, &message, &err))
        fail_msg("was built: %s", message.bytes.data);
    assert_int_equal(err.kind, kind);
    if (!strstr(err.text, words))
        fail_msg("expected '%s' in: %s", words, err.text);
    assert_null(message.bytes.data);
}

/* ---- fields ---- */

static char *subject(struct slice text)
{
    struct buf out = {0};
    struct err err = {0};
    if (!header_text("Subject", text, &out, &err))
        fail_msg("%s", err.text);
    assert_lines(&out, 76);
    return buf_take(&out, NULL);
}

static void subjects_are_plain_where_they_can_be(void **state)
{
    static const char *const cases[][2] = {
        {"Hello", "Subject: Hello\r\n"},
        {"", "Subject: \r\n"},
        {".", "Subject: .\r\n"},
        {"aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa b",
         "Subject: aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa b\r\n"},
        {"aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa bb",
         "Subject: aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa aaaaaaaaaa\r\n"
         " bb\r\n"},
        {NIHAO, "Subject: =?UTF-8?B?5L2g5aW9?=\r\n"},
        {"=?UTF-8?Q?x?=", "Subject: =?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=\r\n"},
        {" a", "Subject: =?UTF-8?B?IGE=?=\r\n"},
        {"a  b", "Subject: =?UTF-8?B?YSAgYg==?=\r\n"},
        {"a\tb", "Subject: =?UTF-8?B?YQli?=\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *line = subject(slice_of(cases[i][0]));
        assert_string_equal(line, cases[i][1]);
        free(line);
    }
}

static void long_subjects_are_divided_between_characters(void **state)
{
    char text[3 * 400 + 1];
    (void)state;
    for (size_t i = 0; i < 400; i++)
        memcpy(text + 3 * i, "\xe4\xbd\xa0", 4);
    for (size_t count = 1; count <= 400; count += 7) {
        char *line = subject((struct slice){text, 3 * count});
        size_t characters = 0;
        for (const char *at = strstr(line, "?B?"); at; at = strstr(at + 3, "?B?")) {
            size_t digits = strcspn(at + 3, "?");
            assert_int_equal(digits % 4, 0); /* three bytes are four digits */
            characters += digits / 4;
        }
        assert_int_equal(characters, count);
        free(line);
    }
}

static void an_unbroken_subject_is_encoded(void **state)
{
    char text[901];
    (void)state;
    memset(text, 'a', 900);
    text[900] = '\0';
    char *line = subject(slice_of(text));
    assert_non_null(strstr(line, "=?UTF-8?B?"));
    free(line);
}

static void names_are_quoted_or_encoded(void **state)
{
    static const char *const cases[][2] = {
        {"", "To: <a@b.example>\r\n"},
        {"Ada", "To: \"Ada\" <a@b.example>\r\n"},
        {"Ada, \"the\" <c@d.example> \\", "To: \"Ada, \\\"the\\\" <c@d.example> \\\\\" "
                                          "<a@b.example>\r\n"},
        {NIHAO, "To: =?UTF-8?B?5L2g5aW9?= <a@b.example>\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out = {0};
        assert_true(header_mailbox("To", slice_of(cases[i][0]), "a@b.example", &out, NULL));
        assert_lines(&out, 76);
        assert_string_equal(out.data, cases[i][1]);
        buf_done(&out);
    }
}

static void what_would_end_a_field_is_refused(void **state)
{
    static const struct slice cases[] = {S("a\r\nBcc: c@d.example"),
                                         S("a\nb"),
                                         S("a\rb"),
                                         S("a\0b"),
                                         S("\x01"),
                                         S("a\x7f"),
                                         S("\xff")};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct message_plan p = plan();
        p.subject = cases[i];
        assert_refused(&p, ERR_INPUT, "Subject: it");
        p = plan();
        p.to.name = cases[i];
        assert_refused(&p, ERR_INPUT, "To: it");
        p = plan();
        p.from.name = cases[i];
        assert_refused(&p, ERR_INPUT, "From: it");
        p = plan();
        p.fields[p.nfields++] = (struct message_field){S("X-Note"), cases[i]};
        assert_refused(&p, ERR_INPUT, "X-Note: it");
        p = plan();
        p.attachments[p.nattachments++] = (struct message_attachment){cases[i], S(""), S("x")};
        assert_refused(&p, ERR_INPUT, "attachments");
        p = plan();
        p.attachments[p.nattachments++] = (struct message_attachment){S("a"), cases[i], S("x")};
        assert_refused(&p, ERR_INPUT, "attachments");
    }
}

static void fields_of_scripts_stand_as_they_are(void **state)
{
    struct message_plan p = plan();
    (void)state;
    p.fields[0] = (struct message_field){S("List-Unsubscribe"), S("<https://x.example/stop>")};
    p.fields[1] = (struct message_field){S("X-Note"), S(NIHAO)};
    p.fields[2] = (struct message_field){S("Reply-To"), S("c@d.example")};
    p.nfields = 3;
    struct message message = build(&p);
    assert_non_null(
        strstr(message.bytes.data, "\r\nList-Unsubscribe: <https://x.example/stop>\r\n"));
    assert_non_null(strstr(message.bytes.data, "\r\nX-Note: =?UTF-8?B?5L2g5aW9?=\r\n"));
    assert_non_null(strstr(message.bytes.data, "\r\nReply-To: <c@d.example>\r\n"));
    message_done(&message);

    p.fields[2].value = (struct slice)S("c@d.example, e@f.example");
    assert_refused(&p, ERR_INPUT, "Reply-To: the address");
}

static void some_fields_are_not_for_scripts(void **state)
{
    static const char *const no[] = {"To",      "FROM",         "cc",           "Bcc",
                                     "Subject", "Content-Type", "MIME-Version", "Resent-To",
                                     "Sender",  "Received",     "Return-Path",  "",
                                     "a b",     "a:",           "X\r\nBcc"};
    static const char *const yes[] = {
        "Date",     "Message-ID", "Auto-Submitted", "X-Tag", "List-Unsubscribe-Post",
        "Reply-To", "Precedence"};
    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(header_may(slice_of(no[i])));
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_true(header_may(slice_of(yes[i])));
}

/* ---- identifiers and dates ---- */

static void the_given_identifier_is_used(void **state)
{
    struct message_plan p = plan();
    (void)state;
    p.fields[p.nfields++] = (struct message_field){S("message-id"), S("<1.a@b.example>")};
    struct message message = build(&p);
    assert_string_equal(message.id, "<1.a@b.example>");
    const char *at = strstr(message.bytes.data, "Message-ID: <1.a@b.example>\r\n");
    assert_non_null(at);
    assert_null(strcasestr(at + 10, "message-id"));
    message_done(&message);

    static const struct slice bad[] = {
        S("1.a@b.example"), S("<1.ab.example>"), S("<a@>"),      S("<@b>"),     S("<a@b@c>"),
        S("<a@b> <c@d>"),   S("<a b@c>"),        S("<a@b\r\n>"), S("<\xe4@b>"), S("")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        p.fields[0].value = bad[i];
        assert_refused(&p, ERR_INPUT, "Message-ID");
    }
}

static void an_identifier_is_made(void **state)
{
    struct message_plan p = plan();
    (void)state;
    struct message one = build(&p), two = build(&p);
    assert_int_equal(strlen(one.id), 1 + 32 + strlen("@b.example") + 1);
    assert_string_not_equal(one.id, two.id);
    assert_non_null(strstr(one.id, "@b.example>"));
    message_done(&one);
    message_done(&two);
}

static void the_date_is_the_clock_s(void **state)
{
    struct message_plan p = plan();
    (void)state;
#ifdef TC_TEST_CLOCK
    clock_set(4102444800); /* 2100-01-01, after 2038 */
    struct message message = build(&p);
    assert_non_null(strstr(message.bytes.data, "Date: Fri, 1 Jan 2100 00:00:0"));
    message_done(&message);
#endif
    p.fields[p.nfields++] =
        (struct message_field){S("Date"), S("Sat, 1 Feb 2025 00:00:00 +0800")};
    struct message given = build(&p);
    const char *at = strstr(given.bytes.data, "Date: Sat, 1 Feb 2025 00:00:00 +0800\r\n");
    assert_non_null(at);
    assert_null(strstr(at + 5, "\r\nDate:"));
    message_done(&given);
}

/* ---- parts ---- */

static size_t count(const char *text, const char *what)
{
    size_t found = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        found++;
    return found;
}

static void parts_are_nested_as_they_should_be(void **state)
{
    struct message_plan p = plan();
    (void)state;
    struct message message = build(&p);
    assert_int_equal(count(message.bytes.data, "multipart/"), 0);
    assert_non_null(strstr(message.bytes.data, "\r\n\r\ndGV4dA0K\r\n")); /* "text\r\n" */
    assert_non_null(strstr(message.bytes.data, "Auto-Submitted: auto-generated\r\n"));
    message_done(&message);

    p.html = (struct slice)S("<p>html");
    message = build(&p);
    assert_int_equal(count(message.bytes.data, "multipart/alternative"), 1);
    assert_true(strstr(message.bytes.data, "text/plain") <
                strstr(message.bytes.data, "text/html"));
    message_done(&message);

    p.attachments[p.nattachments++] =
        (struct message_attachment){S("a.ics"), S("text/calendar; method=PUBLISH"), S("x")};
    p.attachments[p.nattachments++] = (struct message_attachment){S(NIHAO), S(""), S("\0y")};
    message = build(&p);
    assert_int_equal(count(message.bytes.data, "multipart/mixed"), 1);
    assert_int_equal(count(message.bytes.data, "multipart/alternative"), 1);
    assert_int_equal(count(message.bytes.data, "Content-Disposition: attachment"), 2);
    assert_non_null(strstr(message.bytes.data, "filename=\"a.ics\""));
    assert_non_null(strstr(message.bytes.data, "filename*0*=UTF-8''%E4%BD%A0%E5%A5%BD"));
    message_done(&message);
}

static void boundaries_are_random(void **state)
{
    struct message_plan p = plan();
    (void)state;
    p.html = (struct slice)S("<p>html");
    struct message one = build(&p), two = build(&p);
    const char *a = strstr(one.bytes.data, "boundary=\"");
    const char *b = strstr(two.bytes.data, "boundary=\"");
    assert_non_null(a);
    assert_non_null(b);
    assert_memory_not_equal(a + 10, b + 10, 34);
    message_done(&one);
    message_done(&two);
}

static void text_has_to_be_text(void **state)
{
    struct message_plan p = plan();
    (void)state;
    p.text = (struct slice)S("a\0b");
    assert_refused(&p, ERR_INPUT, "text: it is not valid UTF-8");
    p.text = (struct slice)S("\xff");
    assert_refused(&p, ERR_INPUT, "text: it is not valid UTF-8");
    p = plan();
    p.html = (struct slice)S("\xff");
    assert_refused(&p, ERR_INPUT, "html: it is not valid UTF-8");
}

static void addresses_are_checked(void **state)
{
    struct message_plan p = plan();
    (void)state;
    p.to.address = (struct slice)S("a@b.example\r\nBcc: c@d.example");
    assert_refused(&p, ERR_INPUT, "to: the address holds a line break");
    p = plan();
    p.from.address = (struct slice)S("a@b.example, c@d.example");
    assert_refused(&p, ERR_INPUT, "from: the address holds a");
    p = plan();
    p.to.address = (struct slice)S("a@" NIHAO ".example");
    struct message message = build(&p);
    assert_string_equal(message.to, "a@xn--6qq79v.example");
    assert_non_null(strstr(message.bytes.data, "To: <a@xn--6qq79v.example>\r\n"));
    message_done(&message);
}

static void large_letters_are_refused(void **state)
{
    struct message_plan p = plan();
    (void)state;
    CLEANUP(mem_freep) char *data = mem_new(LIMIT_MAIL + 1, 1);
    memset(data, 'x', LIMIT_MAIL + 1);
    p.attachments[p.nattachments++] =
        (struct message_attachment){S("a.bin"), S(""), {data, LIMIT_MAIL - p.text.len}};
    struct message message = build(&p);
    message_done(&message);
    p.attachments[0].data.len++;
    assert_refused(&p, ERR_LIMIT, "at most");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subjects_are_plain_where_they_can_be),
        cmocka_unit_test(long_subjects_are_divided_between_characters),
        cmocka_unit_test(an_unbroken_subject_is_encoded),
        cmocka_unit_test(names_are_quoted_or_encoded),
        cmocka_unit_test(what_would_end_a_field_is_refused),
        cmocka_unit_test(fields_of_scripts_stand_as_they_are),
        cmocka_unit_test(some_fields_are_not_for_scripts),
        cmocka_unit_test(the_given_identifier_is_used),
        cmocka_unit_test(an_identifier_is_made),
        cmocka_unit_test(the_date_is_the_clock_s),
        cmocka_unit_test(parts_are_nested_as_they_should_be),
        cmocka_unit_test(boundaries_are_random),
        cmocka_unit_test(text_has_to_be_text),
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(large_letters_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
