/* The clocks, and wall time in zones. */
#include "base/clock.h"
#include "base/zone.h"
#include "base/zone_file.h"
#include "base/zone_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void test_the_clocks_run(void **state)
{
    uint64_t start = clock_monotonic();
    int64_t now = clock_now();

    (void)state;
    assert_in_range(now, time(NULL) - 1, time(NULL) + 1);
    while (clock_monotonic() == start)
        ;
    assert_true(clock_monotonic() > start);
}

#ifdef TC_TEST_CLOCK
static void test_the_clock_can_be_set_and_runs_on_or_stands(void **state)
{
    static const int64_t times[] = {4102444800, 0, -86400, INT64_C(253402300799)};

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        clock_set(times[i]);
        assert_in_range(clock_now() - times[i], 0, 1);
    }
    const struct timespec second = {.tv_sec = 1, .tv_nsec = 10000000};
    clock_set(1000);
    nanosleep(&second, NULL);
    assert_true(clock_now() > 1000);
    clock_stop(1000);
    nanosleep(&second, NULL);
    assert_int_equal(clock_now(), 1000);
    clock_set(time(NULL));
}
#endif

static void test_zones_are_the_database_s_names_and_nothing_else(void **state)
{
    static const char *const good[] = {"UTC",        "Europe/Berlin",
                                       "Asia/Tokyo", "America/Argentina/Buenos_Aires",
                                       "Etc/GMT+5",  "Asia/Calcutta"};
    static const char *const bad[] = {"",
                                      "europe/berlin",
                                      "Europe/Atlantis",
                                      "Europe",
                                      "Europe/",
                                      "../x",
                                      "../zoneinfo/UTC",
                                      "Europe/../UTC",
                                      "/usr/share/zoneinfo/UTC",
                                      "+05:00",
                                      "UTC+3",
                                      "CET-1CEST,M3.5.0,M10.5.0/3",
                                      "posix/UTC",
                                      "zone.tab",
                                      "localtime",
                                      ":UTC"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(zone_exists(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(zone_exists(bad[i]));
    assert_false(zone_exists(NULL));
    assert_true(zone_exists(zone_system()));
}

static void test_zone_names_are_sorted_and_all_work(void **state)
{
    size_t count;
    const char *const *names = zone_names(&count);
    struct buf buf = {0};

    (void)state;
    assert_true(count > 400);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            assert_true(strcmp(names[i - 1], names[i]) < 0);
        assert_true(zone_format(0, names[i], "%Y", &buf, NULL));
    }
    assert_int_equal(buf.len, count * 4);
    buf_done(&buf);
}

struct moment {
    const char *text, *zone;
    int64_t instant;
};

static void assert_instant(const struct moment *moment)
{
    struct err err = {0};
    int64_t instant = -1;

    if (!zone_to_unix(slice_of(moment->text), moment->zone, &instant, NULL, &err))
        fail_msg("%s in %s: %s", moment->text, moment->zone, err.text);
    if (instant != moment->instant)
        fail_msg("%s in %s: %lld", moment->text, moment->zone, (long long)instant);
}

static void test_wall_time_becomes_an_instant(void **state)
{
    static const struct moment moments[] = {
        {"1970-01-01 00:00", "UTC", 0},
        {"1970-01-01T00:00:01", "UTC", 1},
        {"0001-01-01 00:00:00", "UTC", INT64_C(-62135596800)},
        {"9999-12-31 23:59:59", "UTC", INT64_C(253402300799)},
        {"2000-02-29 12:00", "UTC", 951825600},
        {"2099-07-01 12:00", "Europe/Berlin",
         INT64_C(4086583200)}, /* summer, long after 2037 */
        {"2099-01-01 12:00", "Europe/Berlin", INT64_C(4070948400)},
        {"2050-01-01 12:00", "Europe/Dublin", INT64_C(2524651200)}, /* where winter is "DST" */
        {"2050-07-01 12:00", "Europe/Dublin", INT64_C(2540286000)},
        {"2050-10-30 01:30", "Europe/Dublin", INT64_C(2550706200)},
        {"2030-01-01 00:00", "Asia/Kathmandu", 1893435300},
        {"2026-03-29 01:59:59", "Europe/Berlin", 1774745999}, /* around the gap */
        {"2026-03-29 03:00", "Europe/Berlin", 1774746000},
        {"2026-10-25 01:59:59", "Europe/Berlin", 1792886399}, /* around the overlap … */
        {"2026-10-25 02:00", "Europe/Berlin", 1792890000},    /* … the later of two */
        {"2026-10-25 02:59:59", "Europe/Berlin", 1792893599},
        {"2026-10-25 03:00", "Europe/Berlin", 1792893600},
        {"2026-11-01 01:30", "America/New_York", 1793514600},
        {"2027-04-04 01:45", "Australia/Lord_Howe", 1806765300}, /* half an hour back */
        {"2011-12-31 00:00", "Pacific/Apia", 1325239200},        /* a day is missing before */
    };

    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
        assert_instant(&moments[i]);
}

static void assert_refused(const char *text, const char *zone, const char *sentence)
{
    struct err err = {0};
    int64_t instant = 5;

    struct zone_gap gap;
    if (zone_to_unix(slice_of(text), zone, &instant, &gap, &err))
        fail_msg("'%s' in %s was taken", text, zone);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(instant, 5);
    assert_true(strstr(err.text, "clocks there go from ") ? gap.before[0] : !gap.before[0]);
    assert_non_null(strstr(err.text, gap.before));
    assert_non_null(strstr(err.text, gap.after));
    if (sentence)
        assert_string_equal(err.text, sentence);
}

static void test_a_gap_is_refused_with_its_neighbours(void **state)
{
    (void)state;
    assert_refused("2026-03-29 02:30", "Europe/Berlin",
                   "2026-03-29 02:30 does not exist in Europe/Berlin: clocks there go from "
                   "2026-03-29 01:59 to 2026-03-29 03:00");
    assert_refused("2026-03-29 02:00:00", "Europe/Berlin", NULL);
    assert_refused("2026-03-29 02:59:59", "Europe/Berlin", NULL);
    assert_refused("2011-12-30 12:00", "Pacific/Apia",
                   "2011-12-30 12:00 does not exist in Pacific/Apia: clocks there go from "
                   "2011-12-29 23:59 to 2011-12-31 00:00");
    assert_refused("2026-10-04 02:15", "Australia/Lord_Howe",
                   "2026-10-04 02:15 does not exist in Australia/Lord_Howe: clocks there go "
                   "from 2026-10-04 01:59 to 2026-10-04 02:30");
    assert_refused("2050-03-27 01:30", "Europe/Dublin",
                   "2050-03-27 01:30 does not exist in Europe/Dublin: clocks there go from "
                   "2050-03-27 00:59 to 2050-03-27 02:00");
    assert_refused("2090-03-26 02:30", "Europe/Berlin",
                   "2090-03-26 02:30 does not exist in Europe/Berlin: clocks there go from "
                   "2090-03-26 01:59 to 2090-03-26 03:00");
}

static void test_malformed_times_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "2030",
                                      "2030-01-01",
                                      "2030-01-01 1:00",
                                      "2030-01-01 10:00 ",
                                      " 2030-01-01 10:00",
                                      "2030-01-01  10:00",
                                      "2030-01-01t10:00",
                                      "2030-01-01 10:00:0",
                                      "2030-01-01 10:00:00Z",
                                      "2030-01-01 10:00:00.5",
                                      "2030-01-01 10-00",
                                      "2030/01/01 10:00",
                                      "+030-01-01 10:00",
                                      "12030-01-01 10:00",
                                      "2030-01-01 10:00:60",
                                      "2030-01-01 10:60",
                                      "2030-01-01 24:00",
                                      "2030-00-01 10:00",
                                      "2030-13-01 10:00",
                                      "2030-01-00 10:00",
                                      "2030-04-31 10:00",
                                      "2027-02-29 10:00",
                                      "2100-02-29 10:00",
                                      "0000-01-01 10:00",
                                      "2030-01-01 10:0\xD9\xA0"};
    int64_t instant;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(bad[i], "UTC", NULL);
    assert_false(
        zone_to_unix((struct slice){"2030-01-01 10:00\0", 17}, "UTC", &instant, NULL, NULL));
    assert_refused("2030-01-01 10:00", "+05:00", "there is no time zone '+05:00'");
}

static void assert_format(int64_t instant, const char *zone, const char *pattern,
                          const char *expected)
{
    struct buf buf = {0};
    struct err err = {0};

    if (!zone_format(instant, zone, pattern, &buf, &err))
        fail_msg("%s", err.text);
    assert_string_equal(buf.data, expected);
    buf_done(&buf);
}

static void test_instants_are_shown_in_a_zone(void **state)
{
    struct buf buf = {0};
    struct err err;

    (void)state;
    assert_format(0, "UTC", "%Y-%m-%d %H:%M:%S %Z %z %:z",
                  "1970-01-01 00:00:00 UTC +0000 +00:00");
    assert_format(1774746000, "Europe/Berlin", "%A, %e. %B %Y, %H:%M %Z (%:z)",
                  "Sunday, 29. March 2026, 03:00 CEST (+02:00)");
    assert_format(1893435300, "Asia/Kathmandu", "%H:%M %z", "00:00 +0545");
    assert_format(1893435300, "America/St_Johns", "%d %H:%M %:z", "31 14:45 -03:30");
    assert_format(INT64_C(4086583200), "Europe/Berlin", "%Y-%m-%d %H:%M %Z",
                  "2099-07-01 12:00 CEST");
    assert_format(INT64_C(253402300799), "UTC", "%e%%%d", "31%31");
    assert_format(1893553445, "UTC", "%-d %-m %-H:%-M:%-S %-Y|%d %m %H:%M:%S",
                  "2 1 3:4:5 2030|02 01 03:04:05");
    assert_format(1893456000, "UTC", "%-H:%-M", "0:0");
    assert_format(INT64_C(-62135596800), "UTC", "%Y|%e|%A", "0001| 1|Monday");
    assert_format(-1, "UTC", "%Y-%m-%d %H:%M:%S", "1969-12-31 23:59:59");

    assert_false(zone_format(0, "Mars/Base", "%Y", &buf, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_false(zone_format(0, "UTC", "%Q", &buf, &err));
    assert_false(zone_format(0, "UTC", "%", &buf, &err));
    assert_false(zone_format(0, "UTC", "%:", &buf, &err));
    assert_string_equal(err.text, "'%:' begins with no conversion that is known");
    assert_false(zone_format(INT64_C(253402300800), "UTC", "%Y", &buf, &err));
    assert_false(zone_format(INT64_MIN, "UTC", "%Y", &buf, &err));
    assert_false(zone_format(INT64_MAX, "UTC", "%Y", &buf, &err));
    buf_done(&buf);
}

/* Every day of four hundred years, the whole cycle of the calendar. */
static void test_the_calendar_there_and_back(void **state)
{
    struct buf buf = {0};
    int64_t back = 0;

    (void)state;
    for (int64_t t = INT64_C(-5364662400); t < INT64_C(7258118400); t += 86400 + 61) {
        buf_clear(&buf);
        assert_true(zone_format(t, "UTC", "%Y-%m-%d %H:%M:%S", &buf, NULL));
        assert_true(zone_to_unix((struct slice){buf.data, buf.len}, "UTC", &back, NULL, NULL));
        assert_true(back == t);
    }
    buf_done(&buf);
}

static void dates_of_certificates_are_read(void **state)
{
    (void)state;
    int64_t moment = 0;
    assert_true(clock_of_certificate("Nov 29 19:25:39 2027 GMT", &moment));
    assert_int_equal(moment, 1827516339);
    assert_true(clock_of_certificate(" Jan  2 00:00:00 2070 GMT", &moment));
    assert_int_equal(moment, 3155846400);
    assert_true(clock_of_certificate("2027-11-29 19:25:39 GMT", &moment));
    assert_int_equal(moment, 1827516339);
    assert_false(clock_of_certificate("soon", &moment));
}

/* The blank takes the way by GLib's zone. */
static void assert_offset(const char *name, int64_t t, int offset)
{
    struct buf shown = {0};
    char expected[32];
    struct err err;

    assert_true(zone_format(t, name, "%:z ", &shown, &err));
    snprintf(expected, sizeof expected, "%c%02d:%02d ", offset < 0 ? '-' : '+',
             abs(offset) / 3600, abs(offset) / 60 % 60);
    if (strcmp(expected, shown.data) != 0)
        fail_msg("%s at %lld: %s, not %s", name, (long long)t, expected, shown.data);
    buf_done(&shown);
}

static void offsets_of_files_are_those_of_the_zones(void **state)
{
    static const int64_t times[] = {0,          500000000,  1700000000,
                                    1720000000, 1900000000, INT64_C(5000000000)};
    const struct zone_list *list = zone_list();
    size_t known = 0;
    int offset;

    (void)state;
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < sizeof times / sizeof *times; k++)
            if (zone_file_offset(zone_names_file(list->names[i]), times[k], &offset)) {
                assert_offset(list->names[i], times[k], offset);
                known++;
            }
    assert_true(known > list->count * 4);
    assert_false(zone_file_offset("No/Where", 0, &offset));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_of_certificates_are_read),
        cmocka_unit_test(test_the_clocks_run),
#ifdef TC_TEST_CLOCK
        cmocka_unit_test(test_the_clock_can_be_set_and_runs_on_or_stands),
#endif
        cmocka_unit_test(test_zones_are_the_database_s_names_and_nothing_else),
        cmocka_unit_test(test_zone_names_are_sorted_and_all_work),
        cmocka_unit_test(test_wall_time_becomes_an_instant),
        cmocka_unit_test(test_a_gap_is_refused_with_its_neighbours),
        cmocka_unit_test(test_malformed_times_are_refused),
        cmocka_unit_test(test_instants_are_shown_in_a_zone),
        cmocka_unit_test(offsets_of_files_are_those_of_the_zones),
        cmocka_unit_test(test_the_calendar_there_and_back),
    };

    return cmocka_run_group_tests_name("base: time", tests, NULL, NULL);
}
