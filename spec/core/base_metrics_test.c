/* Metrics: the text that Prometheus reads, and many threads that record. */
#include "base/limits.h"
#include "base/mem.h"
#include "base/metrics.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { THREADS = 4, RECORDS = 20000 };

static bool count(const char *name, double value)
{
    return metric_record(METRIC_COUNTER, name, NULL, 0, value);
}

static void assert_rendered(const char *part)
{
    struct buf text = {0};

    metrics_render(&text);
    if (!strstr(text.data, part))
        fail_msg("%s\nis not in\n%s", part, text.data);
    buf_done(&text);
}

static void test_counters_add_and_gauges_are_set(void **state)
{
    (void)state;
    assert_true(count("t_count_total", 1));
    assert_true(count("t_count_total", 41.5));
    assert_true(metric_record(METRIC_GAUGE, "t_gauge", NULL, 0, 5));
    assert_true(metric_record(METRIC_GAUGE, "t_gauge", NULL, 0, -0.1));
    assert_rendered("# TYPE t_count_total counter\nt_count_total 42.5\n"
                    "# TYPE t_gauge gauge\nt_gauge -0.1\n");
    assert_true(metric_record(METRIC_GAUGE, "t_gauge", NULL, 0, INFINITY));
    assert_rendered("\nt_gauge +Inf\n");
    assert_true(metric_record(METRIC_GAUGE, "t_gauge", NULL, 0, 4294967296.0 * 1048576));
    assert_rendered("\nt_gauge 4503599627370496\n");
}

static void test_labels_are_sorted_and_escaped(void **state)
{
    const struct metric_label one[] = {{"status", "200"},
                                       {"route", "a\"b\\c\nd\xFF\xE4\xBD\xA0"}};
    const struct metric_label same[] = {one[1], one[0]};
    const struct metric_label other[] = {{"status", "404"}, one[1]};

    (void)state;
    assert_true(metric_record(METRIC_COUNTER, "t_labels", one, 2, 1));
    assert_true(metric_record(METRIC_COUNTER, "t_labels", same, 2, 1));
    assert_true(metric_record(METRIC_COUNTER, "t_labels", other, 2, 1));
    assert_true(count("t_labels", 7));
    assert_rendered(
        "# TYPE t_labels counter\n"
        "t_labels{route=\"a\\\"b\\\\c\\nd\xEF\xBF\xBD\xE4\xBD\xA0\",status=\"200\"} 2\n"
        "t_labels{route=\"a\\\"b\\\\c\\nd\xEF\xBF\xBD\xE4\xBD\xA0\",status=\"404\"} 1\n"
        "t_labels 7\n");
}

static void test_histograms_are_cumulative(void **state)
{
    const struct metric_label label = {"route", "put"};
    static const double seconds[] = {0, 0.001, 0.0011, 0.3, 10, 11};

    (void)state;
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
        assert_true(metric_record(METRIC_HISTOGRAM, "t_seconds", &label, 1, seconds[i]));
    assert_rendered("# TYPE t_seconds histogram\n"
                    "t_seconds_bucket{route=\"put\",le=\"0.001\"} 2\n"
                    "t_seconds_bucket{route=\"put\",le=\"0.0025\"} 3\n");
    assert_rendered("t_seconds_bucket{route=\"put\",le=\"0.25\"} 3\n"
                    "t_seconds_bucket{route=\"put\",le=\"0.5\"} 4\n");
    assert_rendered("t_seconds_bucket{route=\"put\",le=\"10\"} 5\n"
                    "t_seconds_bucket{route=\"put\",le=\"+Inf\"} 6\n"
                    "t_seconds_sum{route=\"put\"} 21.3021\n"
                    "t_seconds_count{route=\"put\"} 6\n");
}

static void test_another_process_goes_on(void **state)
{
    const struct metric_label label = {"where", "a \"b\""};
    struct buf given = {0};

    (void)state;
    assert_true(metric_record(METRIC_COUNTER, "t_moved_total", &label, 1, 2.5));
    assert_true(metric_record(METRIC_HISTOGRAM, "t_moved_seconds", &label, 1, 0.003));
    assert_true(metric_record(METRIC_GAUGE, "t_moved_gauge", NULL, 0, 7));
    metrics_give(&given);
    assert_null(memmem(given.data, given.len, "t_moved_gauge", 13));
    assert_false(metrics_taken());
    assert_true(
        metrics_take((struct slice){given.data, given.len})); /* as if it were another's */
    assert_true(metrics_taken());
    assert_rendered("\nt_moved_total{where=\"a \\\"b\\\"\"} 5\n");
    assert_rendered("\nt_moved_seconds_bucket{where=\"a \\\"b\\\"\",le=\"0.0025\"} 0\n"
                    "t_moved_seconds_bucket{where=\"a \\\"b\\\"\",le=\"0.005\"} 2\n");
    assert_rendered("\nt_moved_seconds_sum{where=\"a \\\"b\\\"\"} 0.006\n");
    for (size_t len = 1; len < given.len; len += 7) { /* wherever it is cut */
        char *part = mem_copy(given.data, len);
        metrics_take((struct slice){part, len});
        free(part);
    }
    assert_false(metrics_take(slice_of("nonsense")));
    buf_done(&given);
}

static void test_what_makes_no_sense_is_refused(void **state)
{
    static const char *const names[] = {"",    "Upper", "1st",
                                        "a-b", "a b",   "tc_metrics_dropped_total"};
    const struct metric_label le = {"le", "1"}, odd = {"a\"b", "1"};
    const struct metric_label five[] = {{"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}, {"e", ""}};
    const struct metric_label twice[] = {{"a", "1"}, {"b", "1"}, {"a", "2"}};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_false(count(names[i], 1));
    assert_true(count("t_typed", 1));
    assert_false(metric_record(METRIC_GAUGE, "t_typed", NULL, 0, 1));
    assert_false(metric_record(METRIC_GAUGE, "t_typed", five, 1, 1));
    assert_false(count("t_typed", -1));
    assert_false(count("t_typed", NAN));
    assert_false(count("t_typed", INFINITY));
    assert_false(metric_record(METRIC_HISTOGRAM, "t_bad", NULL, 0, -1));
    assert_false(metric_record(METRIC_HISTOGRAM, "t_bad", &le, 1, 1));
    assert_false(metric_record(METRIC_COUNTER, "t_bad", &odd, 1, 1));
    assert_false(metric_record(METRIC_COUNTER, "t_bad", five, 5, 1));
    assert_false(metric_record(METRIC_COUNTER, "t_bad", twice, 3, 1));
    assert_true(metric_record(METRIC_COUNTER, "t_four", five, 4, 1));
    assert_rendered("\nt_typed 1\n");
}

static void *record_much(void *unused)
{
    char text[8];
    const struct metric_label label = {"n", text};

    for (int i = 0; i < RECORDS; i++) {
        snprintf(text, sizeof text, "%d", i % 10); /* all threads make these ten at once */
        metric_record(METRIC_COUNTER, "t_threads", &label, 1, 0.5);
        metric_record(METRIC_HISTOGRAM, "t_threads_seconds", NULL, 0, 1);
    }
    return unused;
}

static void test_threads_lose_nothing(void **state)
{
    pthread_t threads[THREADS];
    struct buf text = {0};
    char expected[80];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, record_much, NULL), 0);
    metrics_render(&text); /* meanwhile */
    buf_done(&text);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    snprintf(expected, sizeof expected, "t_threads{n=\"7\"} %d\n", THREADS * RECORDS / 20);
    assert_rendered(expected);
    snprintf(expected, sizeof expected, "t_threads_seconds_count %d\n", THREADS * RECORDS);
    assert_rendered(expected);
    snprintf(expected, sizeof expected, "t_threads_seconds_sum %d\n", THREADS * RECORDS);
    assert_rendered(expected);
}

static void test_words_take_the_place_of_those_before(void **state)
{
    (void)state;
    metric_word("t_info", "What it is.", "digest", "one");
    metric_word("t_info", "What it is.", "digest", "t\"wo");
    metric_word("t_other_info", "Other.", "word", "");
    assert_rendered(
        "# HELP t_info What it is.\n"
        "# TYPE t_info gauge\nt_info{digest=\"t\\\"wo\"} 1\n"
        "# HELP t_other_info Other.\n# TYPE t_other_info gauge\nt_other_info{word=\"\"} 1\n");
}

static void test_what_is_described_is_there_before_it_happens(void **state)
{
    const struct metric_label label = {"route", "put"};

    (void)state;
    assert_true(metric_describe(METRIC_COUNTER, "t_described_total", "a\\b\nc"));
    assert_rendered("# HELP t_described_total a\\\\b\\nc\n# TYPE t_described_total counter\n#");
    assert_true(metric_begin(METRIC_COUNTER, "t_described_total", &label, 1));
    assert_rendered("\nt_described_total{route=\"put\"} 0\n");
    assert_true(metric_record(METRIC_COUNTER, "t_described_total", &label, 1, 2));
    assert_true(metric_begin(METRIC_COUNTER, "t_described_total", &label, 1));
    assert_true(metric_describe(METRIC_COUNTER, "t_described_total", "Other words."));
    assert_rendered("# HELP t_described_total Other words.\n# TYPE t_described_total counter\n"
                    "t_described_total{route=\"put\"} 2\n");
    assert_true(metric_begin(METRIC_HISTOGRAM, "t_begun_seconds", NULL, 0));
    assert_rendered("\nt_begun_seconds_count 0\n");
    assert_false(metric_describe(METRIC_GAUGE, "t_described_total", "x"));
    assert_false(metric_begin(METRIC_GAUGE, "t_described_total", &label, 1));
    assert_false(metric_describe(METRIC_COUNTER, "tc_metrics_dropped_total", "x"));
}

static void set_sampled(void *value)
{
    metric_record(METRIC_GAUGE, "t_sampled", NULL, 0, *(double *)value);
}

static void test_gauges_are_taken_when_somebody_asks(void **state)
{
    double value = 7;

    (void)state;
    metrics_sample(set_sampled, &value);
    assert_rendered("\nt_sampled 7\n");
    value = 8;
    assert_rendered("\nt_sampled 8\n");
    metrics_sample(NULL, NULL);
    value = 9;
    assert_rendered("\nt_sampled 8\n");
}

static double process_value(const char *name)
{
    struct buf text = {0};

    metrics_render(&text);
    const char *at = strstr(text.data, name);
    double value = at ? strtod(at + strlen(name), NULL) : -1;
    buf_done(&text);
    return value;
}

static void test_the_process_is_measured(void **state)
{
    double files = process_value("\nprocess_open_fds ");
    FILE *file = fopen("/dev/null", "r");

    (void)state;
    assert_true(process_value("\nprocess_open_fds ") - files > 0.5);
    fclose(file);
    assert_true(process_value("\nprocess_max_fds ") >= files);
    assert_true(process_value("\nprocess_cpu_seconds_total ") > 0);
    assert_true(process_value("\nprocess_resident_memory_bytes ") > 1e6);
    assert_true(process_value("\nprocess_virtual_memory_bytes ") > 1e6);
    assert_true(process_value("\nprocess_threads ") > 0);
    double age = (double)time(NULL) - process_value("\nprocess_start_time_seconds ");
    assert_true(age > -2 && age < 600);
}

/* The last one: it fills the table. */
static void test_too_many_series_are_dropped_and_counted(void **state)
{
    char text[12];
    const struct metric_label label = {"n", text};
    struct buf rendered = {0};
    int lines = 0;

    (void)state;
    assert_rendered("# TYPE tc_metrics_dropped_total counter\n"
                    "tc_metrics_dropped_total 0\n");
    for (int i = 0; i < LIMIT_METRICS; i++) {
        snprintf(text, sizeof text, "%d", i);
        assert_true(metric_record(METRIC_COUNTER, "t_too_many", &label, 1, 1));
    }
    metrics_render(&rendered);
    for (const char *at = rendered.data; (at = strstr(at, "\nt_too_many{")); at++)
        lines++;
    assert_in_range(lines, LIMIT_METRICS - 100, LIMIT_METRICS - 1);
    assert_null(strstr(rendered.data, "tc_metrics_dropped_total 0\n"));
    buf_done(&rendered);
    assert_true(count("t_typed", 1)); /* what is there goes on */
    assert_rendered("\nt_typed 2\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters_add_and_gauges_are_set),
        cmocka_unit_test(test_labels_are_sorted_and_escaped),
        cmocka_unit_test(test_histograms_are_cumulative),
        cmocka_unit_test(test_another_process_goes_on),
        cmocka_unit_test(test_what_makes_no_sense_is_refused),
        cmocka_unit_test(test_threads_lose_nothing),
        cmocka_unit_test(test_words_take_the_place_of_those_before),
        cmocka_unit_test(test_what_is_described_is_there_before_it_happens),
        cmocka_unit_test(test_gauges_are_taken_when_somebody_asks),
        cmocka_unit_test(test_the_process_is_measured),
        cmocka_unit_test(test_too_many_series_are_dropped_and_counted),
    };

    return cmocka_run_group_tests_name("base: metrics", tests, NULL, NULL);
}
