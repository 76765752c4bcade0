/* Answers that are kept: which, how long, and what is copied into them. */
#include "base/limits.h"
#include "base/mem.h"
#include "http/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STANDING = 2000, MANY = 200, BUSY = 64 };

static char standing[STANDING];
static struct gzip_text text = {.bytes = {standing, STANDING}},
                        other = {.bytes = {standing, STANDING}};

/* A text that stands, a hole, and one of no visitor that is none. */
struct page {
    struct http_page page;
    struct http_reply reply;
};

static void add(struct http_reply *reply, const char *name, const char *value)
{
    struct err err;
    assert_true(http_headers_add(&reply->headers, slice_of(name), slice_of(value), &err));
}

static struct page page_of(const char *hole)
{
    struct page page = {.page = {.count = 3,
                                 .size = STANDING + strlen(hole) + 3,
                                 .standing = STANDING,
                                 .parts = {{text.bytes, &text},
                                           {slice_of(hole), NULL},
                                           {slice_of("end"), NULL}}},
                        .reply = {.status = 200}};
    add(&page.reply, "Content-Type", "text/html");
    return page;
}

static bool suits(const struct page *page)
{
    return http_answer_suits(&page->reply, &page->page);
}

static bool find(struct http_answers *answers, struct page *page)
{
    return http_answers_find(answers, &page->reply, &page->page);
}

/* Returns the anchor to let go. */
static int keep(struct http_answers **answers, struct page *page, int anchor)
{
    http_page_settle(&page->page, &page->reply);
    char *at = http_reply_join(&page->reply, http_page_bytes(&page->page));
    http_page_write(&page->page, at, false);
    http_answers_keep(answers, &page->reply, &page->page, &anchor);
    http_reply_done(&page->reply);
    return anchor;
}

static void assert_says(const struct page *page, const char *hole)
{
    CLEANUP(mem_freep) char *end = mem_format("%send", hole);
    struct http_reply copy = http_answer_reply(page->reply.answer);
    assert_int_equal(copy.body.len, STANDING + strlen(end));
    assert_memory_equal(copy.body.data, standing, STANDING);
    assert_memory_equal(copy.body.data + STANDING, end, strlen(end));
    assert_int_equal(copy.headers.count, 1);
    assert_string_equal(copy.headers.items[0].value.data, "text/html");
}

static void test_pages_are_kept_that_everybody_may_see(void **state)
{
    (void)state;
    struct page page = page_of("x");
    assert_true(suits(&page));
    page.reply.status = 404;
    assert_false(suits(&page));
    page = page_of("x");
    add(&page.reply, "cache-control", "no-store");
    assert_false(suits(&page));
    page = page_of("x");
    add(&page.reply, "Set-Cookie", "a=b");
    assert_false(suits(&page));
    page = page_of("x");
    page.page.standing = 100;
    assert_false(suits(&page));
    page = page_of("x");
    page.page.size = 1 << 20;
    assert_false(suits(&page));
}

static void test_only_what_is_between_is_copied(void **state)
{
    (void)state;
    struct http_answers *answers = NULL;
    struct page first = page_of("one"), second = page_of("two"), longer = page_of("three");
    assert_false(find(answers, &first));
    assert_int_equal(keep(&answers, &first, 7), -1);
    assert_says(&first, "one");
    assert_true(find(answers, &second));
    assert_ptr_equal(first.reply.answer, second.reply.answer);
    assert_says(&second, "two");
    assert_false(find(answers, &longer));
    http_answers_free(answers);
}

static void test_another_status_header_or_text_is_another_answer(void **state)
{
    (void)state;
    struct http_headers always = {0};
    struct http_answers *answers = NULL;
    struct page page = page_of("one");
    keep(&answers, &page, 1);
    page = page_of("one");
    page.reply.status = 201;
    assert_false(find(answers, &page));
    page = page_of("one");
    add(&page.reply, "X-More", "1");
    assert_false(find(answers, &page));
    page = page_of("one");
    page.reply.headers.items[0].value = slice_of("text/htm1");
    assert_false(find(answers, &page));
    page = page_of("one");
    page.reply.standing = &always;
    assert_false(find(answers, &page));
    page = page_of("one");
    page.page.parts[0].text = &other; /* the same bytes, of another page */
    assert_false(find(answers, &page));
    page = page_of("one");
    page.page.parts[0].text = NULL; /* … of a visitor */
    assert_false(find(answers, &page));
    http_answers_free(answers);
}

/* As gzip it is another answer than as it is, and what is filled anew is what is made anew. */
static void test_a_page_is_kept_as_gzip_too(void **state)
{
    (void)state;
    struct http_answers *answers = NULL;
    struct page plain = page_of("one"), zipped = page_of("one"), next = page_of("two"),
                wanted = page_of("two");
    keep(&answers, &plain, 1);
    zipped.page.gzip = next.page.gzip = wanted.page.gzip = true;
    assert_false(find(answers, &zipped));
    keep(&answers, &zipped, 2);
    assert_true(find(answers, &plain));
    assert_says(&plain, "one");
    assert_true(find(answers, &next));
    assert_ptr_equal(zipped.reply.answer, next.reply.answer);
    http_page_write(&wanted.page, http_reply_join(&wanted.reply, http_page_bytes(&wanted.page)),
                    false);
    struct http_reply copy = http_answer_reply(next.reply.answer);
    assert_true(copy.gzip && copy.varies && copy.body.len < STANDING / 10);
    assert_int_equal(copy.body.len, wanted.reply.body.len);
    assert_memory_equal(copy.body.data, wanted.reply.joined, copy.body.len);
    http_reply_done(&wanted.reply);
    http_answers_free(answers);
}

/* … but for one that must not be encoded. */
static void test_a_reply_with_a_tag_is_sent_as_it_is(void **state)
{
    (void)state;
    struct http_answers *answers = NULL;
    struct page page = page_of("one"), next = page_of("two");
    add(&page.reply, "etag", "x");
    add(&next.reply, "etag", "x");
    page.page.gzip = true;
    keep(&answers, &page, 1);
    for (int i = 0; i < 2; i++) {
        next.page.gzip = i;
        assert_true(find(answers, &next));
        assert_false(next.page.gzip);
        struct http_reply copy = http_answer_reply(next.reply.answer);
        assert_false(copy.gzip || copy.varies);
        assert_memory_equal(copy.body.data + STANDING, "twoend", 6);
    }
    http_answers_free(answers);
    page = page_of("");
    page.reply.status = 204;
    page.page.gzip = true;
    http_page_settle(&page.page, &page.reply);
    assert_false(page.reply.gzip || page.reply.varies);
}

static void test_one_on_its_way_is_left_alone(void **state)
{
    (void)state;
    struct http_answers *answers = NULL;
    struct http_request request = {.method = "GET"}, head = {.method = "HEAD"};
    struct page first = page_of("one"), second = page_of("two");
    keep(&answers, &first, 1);
    assert_non_null(http_answer_take(first.reply.answer, &request));
    assert_int_equal(request.status, 200);
    assert_int_equal(request.sent, STANDING + 6);
    assert_false(find(answers, &second));
    assert_says(&first, "one");
    http_answer_give(first.reply.answer);
    assert_true(find(answers, &second));
    assert_non_null(http_answer_take(second.reply.answer, &head));
    assert_int_equal(head.sent, 0);
    http_answers_free(answers);
}

static void test_the_oldest_makes_room(void **state)
{
    (void)state;
    struct http_answers *answers = NULL;
    char hole[MANY + 1] = "";
    for (int i = 1; i <= MANY; i++) {
        hole[i - 1] = 'x';
        struct page page = page_of(hole), first = page_of("x");
        int gone = keep(&answers, &page, i);
        assert_true(find(answers, &first)); /* used all the time: it stays */
        assert_true(i <= BUSY ? gone == -1 : gone == i - BUSY + 1);
    }
    http_answers_free(answers);
}

static void test_where_all_are_on_their_way_none_is_kept(void **state)
{
    (void)state;
    struct http_answers *answers = NULL;
    struct http_request request = {.method = "GET"};
    for (int i = 1; i <= BUSY; i++) {
        struct page page = page_of("x");
        keep(&answers, &page, i);
        http_answer_take(page.reply.answer, &request);
    }
    struct page page = page_of("x");
    size_t size = STANDING + 4;
    memset(http_reply_join(&page.reply, size), 'x', size);
    int anchor = 99;
    http_answers_keep(&answers, &page.reply, &page.page, &anchor);
    assert_null(page.reply.answer);
    assert_non_null(page.reply.joined);
    assert_int_equal(anchor, 99);
    http_reply_done(&page.reply);
    http_answers_free(answers);
}

static void test_the_memory_of_a_page_is_taken_again(void **state)
{
    static const size_t sizes[] = {20000, 1, 30000, 40000, 20000};
    struct http_reply reply = {.status = 200};
    const char *first = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *bytes = http_reply_join(&reply, sizes[i]);
        memset(bytes, 'x', sizes[i]);
        assert_int_equal(0, (uintptr_t)bytes % _Alignof(max_align_t));
        if (i == 0)
            first = bytes;
        else
            assert_int_equal(sizes[i] == 30000 || sizes[i] == 20000, bytes == first);
        http_reply_done(&reply);
    }
    for (size_t i = 0; i < MANY; i++) {
        char *bytes = http_reply_join(&reply, 20000);
        memset(bytes, 'x', 20000);
    }
    http_reply_done(&reply);
    http_bodies_done();
    http_bodies_done();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_are_kept_that_everybody_may_see),
        cmocka_unit_test(test_only_what_is_between_is_copied),
        cmocka_unit_test(test_another_status_header_or_text_is_another_answer),
        cmocka_unit_test(test_a_page_is_kept_as_gzip_too),
        cmocka_unit_test(test_a_reply_with_a_tag_is_sent_as_it_is),
        cmocka_unit_test(test_one_on_its_way_is_left_alone),
        cmocka_unit_test(test_the_oldest_makes_room),
        cmocka_unit_test(test_where_all_are_on_their_way_none_is_kept),
        cmocka_unit_test(test_the_memory_of_a_page_is_taken_again),
    };
    memset(standing, 's', sizeof standing);
    gzip_text_init(&text);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gzip_text_done(&text);
    return failed;
}
