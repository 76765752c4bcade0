/* A zone database without the files of old names, as Debian 13 has it. */
#include "base/mem.h"
#include "base/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

static const char compact[] = "# version 2026f\n"
                              "Z Asia/Kolkata 5:53:28 - LMT 1854 Jun 28\n"
                              "L Asia/Kolkata Asia/Calcutta\n"
                              "L Asia/Nowhere Asia/Neverwhere\n";

static char folder[] = "/tmp/tc-zones-XXXXXX";

static int make_database(void **state)
{
    char *data;
    size_t len;

    (void)state;
    assert_non_null(mkdtemp(folder));
    CLEANUP(mem_freep) char *asia = mem_format("%s/Asia", folder);
    CLEANUP(mem_freep) char *file = mem_format("%s/Kolkata", asia);
    CLEANUP(mem_freep) char *names = mem_format("%s/tzdata.zi", folder);
    assert_int_equal(mkdir(asia, 0700), 0);
    assert_true(g_file_get_contents("/usr/share/zoneinfo/Asia/Kolkata", &data, &len, NULL));
    assert_true(g_file_set_contents(file, data, (gssize)len, NULL));
    assert_true(g_file_set_contents(names, compact, -1, NULL));
    g_free(data);
    setenv("TZDIR", folder, 1); /* before the names are read */
    return 0;
}

static int clear_away(void **state)
{
    static const char *const paths[] = {"Asia/Kolkata", "Asia", "tzdata.zi", ""};

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        CLEANUP(mem_freep) char *path = mem_format("%s/%s", folder, paths[i]);
        remove(path);
    }
    return 0;
}

static void test_an_old_name_stands_for_the_new_one(void **state)
{
    struct err err = {0};
    struct buf text = {0};
    int64_t instant = 0;
    size_t count;

    (void)state;
    assert_true(zone_exists("Asia/Calcutta"));
    assert_true(
        zone_to_unix(slice_of("2030-01-01 05:30"), "Asia/Calcutta", &instant, NULL, &err));
    assert_int_equal(instant, 1893456000);
    assert_true(zone_format(instant, "Asia/Calcutta", "%H:%M %:z", &text, &err));
    assert_int_equal(text.len, 12);
    assert_memory_equal(text.data, "05:30 +05:30", 12);
    buf_done(&text);
    zone_names(&count);
    assert_int_equal(count, 3); /* UTC, and both */
}

static void test_one_that_stands_for_nothing_is_no_zone(void **state)
{
    (void)state;
    assert_false(zone_exists("Asia/Neverwhere"));
}

static void copy_zone(const char *from, const char *version)
{
    CLEANUP(mem_freep) char *source = mem_format("/usr/share/zoneinfo/%s", from);
    CLEANUP(mem_freep) char *file = mem_format("%s/Asia/Kolkata", folder);
    CLEANUP(mem_freep) char *names = mem_format("%s/tzdata.zi", folder);
    CLEANUP(mem_freep)
    char *text = mem_format("# version %s\n%s", version, strchr(compact, '\n') + 1);
    char *data;
    size_t len;
    assert_true(g_file_get_contents(source, &data, &len, NULL));
    assert_true(g_file_set_contents(file, data, (gssize)len, NULL));
    assert_true(g_file_set_contents(names, text, -1, NULL));
    g_free(data);
}

static void test_a_new_database_counts_once_it_is_read(void **state)
{
    static const struct {
        const char *zone, *version, *shown;
    } cases[] = {{"Asia/Tokyo", "2026g", "+09:00"}, {"UTC", "2027a", "+00:00"}};
    int64_t modified;

    (void)state;
    assert_false(zone_refresh());
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        copy_zone(cases[i].zone, cases[i].version);
        assert_true(zone_refresh());
        assert_false(zone_refresh());
        assert_string_equal(zone_version(&modified), cases[i].version);
        assert_true(modified > 0);
        CLEANUP(buf_done) struct buf text = {0};
        assert_true(zone_format(0, "Asia/Calcutta", "%:z", &text, NULL));
        assert_memory_equal(text.data, cases[i].shown, 6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_old_name_stands_for_the_new_one),
        cmocka_unit_test(test_one_that_stands_for_nothing_is_no_zone),
        cmocka_unit_test(test_a_new_database_counts_once_it_is_read), /* last: it changes it */
    };
    return cmocka_run_group_tests(tests, make_database, clear_away);
}
