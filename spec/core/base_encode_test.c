/* Compression and QR codes, judged by what reads them. */
#include "base/gzip.h"
#include "base/mem.h"
#include "base/qr.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

enum { LARGE = 300000 };

static void assert_unzips_to(const struct buf *member, size_t skip, struct slice expected)
{
    CLEANUP(mem_freep) char *out = mem_new(expected.len + 1, 1);
    z_stream stream = {.next_in = (Bytef *)member->data + skip,
                       .avail_in = (uInt)(member->len - skip),
                       .next_out = (Bytef *)out,
                       .avail_out = (uInt)expected.len + 1};

    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK); /* gzip alone */
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.avail_in, 0); /* one member, nothing behind it */
    assert_int_equal(stream.total_out, expected.len);
    if (expected.len)
        assert_memory_equal(out, expected.data, expected.len);
    inflateEnd(&stream);
}

static void test_a_member_unzips_to_what_went_in(void **state)
{
    CLEANUP(mem_freep) char *noise = mem_new(LARGE, 1);
    CLEANUP(mem_freep) char *text = mem_new(LARGE, 1);
    struct buf member = {0};

    (void)state;
    random_bytes(noise, LARGE);
    memset(text, 'a', LARGE);
    gzip_compress((struct slice){NULL, 0}, &member);
    assert_unzips_to(&member, 0, (struct slice){NULL, 0});
    buf_clear(&member);
    gzip_compress((struct slice){noise, LARGE}, &member);
    assert_unzips_to(&member, 0, (struct slice){noise, LARGE});
    buf_clear(&member);
    buf_adds(&member, "before");
    gzip_compress((struct slice){text, LARGE}, &member);
    assert_memory_equal(member.data, "before", 6);
    assert_unzips_to(&member, 6, (struct slice){text, LARGE});
    assert_true(member.len < 1000);
    buf_done(&member);
}

static void test_the_same_bytes_give_the_same_member(void **state)
{
    struct buf one = {0}, two = {0};

    (void)state;
    gzip_compress(slice_of("body { color: #123 }"), &one);
    gzip_compress(slice_of("body { color: #123 }"), &two);
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.data, two.data, one.len);
    assert_memory_equal(one.data + 4, "\0\0\0\0", 4); /* no time */
    buf_done(&one);
    buf_done(&two);
}

/* What is stored before each of two texts, and behind them. */
static size_t put_together(const struct gzip_text texts[2], const struct slice stored[3],
                           char *at, bool again)
{
    struct gzip gzip;

    gzip_begin(&gzip, at, again);
    for (size_t i = 0; i < 3; i++) {
        gzip_store(&gzip, stored[i]);
        if (i < 2)
            gzip_add(&gzip, &texts[i]);
    }
    gzip_end(&gzip);
    return (size_t)(gzip.at - at);
}

static void assert_member(const struct gzip_text texts[2], const struct slice stored[3],
                          const struct buf *member)
{
    struct buf expected = {0};

    for (size_t i = 0; i < 3; i++) {
        buf_add(&expected, stored[i].data, stored[i].len);
        if (i < 2)
            buf_add(&expected, texts[i].bytes.data, texts[i].bytes.len);
    }
    assert_unzips_to(member, 0, (struct slice){expected.data, expected.len});
    buf_done(&expected);
}

static void test_a_member_of_texts_and_stored_bytes_unzips(void **state)
{
    CLEANUP(mem_freep) char *noise = mem_new(LARGE, 1);
    CLEANUP(mem_freep) char *words = mem_new(LARGE, 1);
    static const size_t lens[][3] = {
        {0, 0, 0}, {1, 0, 7}, {0, GZIP_STORED, 0}, {GZIP_STORED, 300, GZIP_STORED}};
    struct gzip_text texts[2] = {{.bytes = {words, LARGE}}, {.bytes = {words + 7, 500}}};

    (void)state;
    random_bytes(noise, LARGE);
    for (size_t i = 0; i < LARGE; i++)
        words[i] = "what a page says "[i % 17] ^ (char)(i % 1003 == 0);
    gzip_text_init(&texts[0]);
    gzip_text_init(&texts[1]);
    assert_true(texts[0].len < LARGE / 50 && texts[1].len < 100);
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        size_t all = lens[i][0] + lens[i][1] + lens[i][2];
        struct buf member = {0};
        buf_reserve(&member, GZIP_FRAME + all + texts[0].len + texts[1].len + 2 * GZIP_TEXT);
        for (size_t turn = 0; turn < 3; turn++) { /* others of the same length, in its place */
            const char *from = noise + turn * 1000;
            const struct slice stored[] = {
                {from, lens[i][0]}, {from + 10, lens[i][1]}, {from + 20, lens[i][2]}};
            member.len = put_together(texts, stored, member.data, turn > 0);
            assert_int_equal(member.len,
                             GZIP_FRAME + all + texts[0].len + texts[1].len + 2 * GZIP_TEXT);
            assert_member(texts, stored, &member);
        }
        buf_done(&member);
    }
    gzip_text_done(&texts[0]);
    gzip_text_done(&texts[1]);
}

static void test_what_does_not_become_shorter_is_not_deflated(void **state)
{
    CLEANUP(mem_freep) char *noise = mem_new(LARGE, 1);
    struct gzip_text texts[] = {{.bytes = {noise, LARGE}},
                                {.bytes = {noise, 0}},
                                {.bytes = slice_of("a a a a a a a a")}};

    (void)state;
    random_bytes(noise, LARGE);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        gzip_text_init(&texts[i]);
        assert_null(texts[i].deflated);
        gzip_text_done(&texts[i]);
    }
}

/* Paints the path of the SVG back into modules. */
static int paint(const char *svg, char modules[200][200])
{
    const char *path = strstr(svg, "<path fill=\"#000\" d=\"");
    int size, x, y, width, taken;

    assert_non_null(path);
    assert_int_equal(sscanf(strstr(svg, "viewBox"), "viewBox=\"0 0 %d", &size), 1);
    path += strlen("<path fill=\"#000\" d=\"");
    while (sscanf(path, "M%d %dh%dv1h-%*dz%n", &x, &y, &width, &taken) == 3) {
        for (int i = 0; i < width; i++)
            modules[y][x + i]++;
        path += taken;
    }
    assert_string_equal(path, "\"/></svg>");
    return size;
}

static void test_a_qr_code_has_its_finders_and_its_quiet_zone(void **state)
{
    static const char finder[7][8] = {"#######", "#.....#", "#.###.#", "#.###.#",
                                      "#.###.#", "#.....#", "#######"};
    static char modules[200][200];
    struct buf svg = {0};

    (void)state;
    assert_true(qr_svg(slice_of("https://example.org/open#abcdefgh"), &svg, NULL));
    assert_null(strstr(svg.data, "currentColor"));
    int size = paint(svg.data, modules);
    assert_int_equal((size - 8 - 17) % 4, 0); /* 4 × version + 17 and the zone */
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++) {
            bool outside = x < 4 || y < 4 || x >= size - 4 || y >= size - 4;
            assert_in_range(modules[y][x], 0, outside ? 0 : 1);
        }
    for (int y = 0; y < 7; y++)
        for (int x = 0; x < 7; x++) {
            int dark = finder[y][x] == '#';
            assert_int_equal(modules[4 + y][4 + x], dark);
            assert_int_equal(modules[4 + y][size - 5 - x], dark);
            assert_int_equal(modules[size - 5 - y][4 + x], dark);
        }
    buf_done(&svg);
}

static void test_a_text_that_is_too_long_or_empty_is_refused(void **state)
{
    CLEANUP(mem_freep) char *text = mem_new(3000, 1);
    struct buf svg = {0};
    struct err err;

    (void)state;
    memset(text, 'x', 3000);
    assert_true(qr_svg((struct slice){text, 2331}, &svg, &err)); /* version 40, level M */
    assert_false(qr_svg((struct slice){text, 2332}, &svg, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_false(qr_svg((struct slice){NULL, 0}, &svg, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    buf_done(&svg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_member_unzips_to_what_went_in),
        cmocka_unit_test(test_the_same_bytes_give_the_same_member),
        cmocka_unit_test(test_a_member_of_texts_and_stored_bytes_unzips),
        cmocka_unit_test(test_what_does_not_become_shorter_is_not_deflated),
        cmocka_unit_test(test_a_qr_code_has_its_finders_and_its_quiet_zone),
        cmocka_unit_test(test_a_text_that_is_too_long_or_empty_is_refused),
    };

    return cmocka_run_group_tests_name("base: encode", tests, NULL, NULL);
}
