/*
 * Wall time to instants and back.
 *
 * GLib's zones are made once per name and state of the database and kept: a page shows several
 * times, and making one reads a file.  They are immutable, so threads share them without a
 * lock. GLib remembers them by their identifier for as long as anybody has one, so that each
 * state of the database needs identifiers of its own: paths that differ in how they are
 * written.  The calendar is the proleptic Gregorian one, libc's without its zones.
 */
#include "base/zone.h"

#include "base/mem.h"
#include "base/zone_file.h"
#include "base/zone_names.h"

#include <locale.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* 0001-01-01 00:00:00 and 9999-12-31 23:59:59, in seconds since 1970 of any wall clock. */
#define FIRST_SECOND INT64_C(-62135596800)
#define LAST_SECOND INT64_C(253402300799)

/* ---- zones ---- */

struct zone {
    GTimeZone *tz;
    GTimeZone *rule; /* in tz's place at and after rule_from; mostly NULL (zone_file.h) */
    int64_t rule_from;
};

static void zone_free(struct zone *zone)
{
    g_time_zone_unref(zone->tz);
    if (zone->rule)
        g_time_zone_unref(zone->rule);
    free(zone);
}

/* The file's path with so many "./" in it. */
static char *identifier(const char *file, unsigned number)
{
    CLEANUP(buf_done) struct buf name = {0};

    for (unsigned i = 0; i < number; i++)
        buf_adds(&name, "./");
    buf_adds(&name, file);
    buf_addc(&name, '\0');
    return zone_file_path(name.data);
}

static struct zone *zone_new(const char *name, unsigned number)
{
    const char *file = zone_names_file(name);
    /* "UTC" is GLib's own, and there without a file. */
    bool by_path = number > 0 && strcmp(file, "UTC") != 0;
    CLEANUP(mem_freep) char *path = by_path ? identifier(file, number) : mem_text(file);
    GTimeZone *tz = g_time_zone_new_identifier(path);

    if (!tz)
        return NULL;
    struct zone *zone = mem_new(1, sizeof *zone);
    zone->tz = tz;
    zone->rule = zone_file_rule(file, &zone->rule_from);
    return zone;
}

static const struct zone *find_zone(const char *name, struct err *err)
{
    const struct zone_list *list = zone_list();
    size_t index;

    if (!zone_list_find(list, name, &index)) {
        err_set(err, ERR_INPUT, "there is no time zone '%.64s'", name ? name : "");
        return NULL;
    }
    _Atomic(struct zone *) *slot = &list->zones[index];
    struct zone *found = atomic_load_explicit(slot, memory_order_acquire);
    if (found)
        return found;
    struct zone *fresh = zone_new(list->names[index], list->number);
    if (!fresh)
        err_set(err, ERR_IO, "the zone database cannot be read for '%s'", list->names[index]);
    else if (atomic_compare_exchange_strong(slot, &found, fresh))
        return fresh;
    else
        zone_free(fresh); /* another thread was first */
    return found;
}

/* ---- offsets ---- */

/* A time without a change of clocks: start ≤ t < end. */
struct span {
    int64_t start, end;
    int offset; /* seconds east of Greenwich */
};

static gint interval_at(GTimeZone *tz, int64_t t)
{
    return g_time_zone_find_interval(tz, G_TIME_TYPE_UNIVERSAL, t);
}

static GTimeZone *in_force(const struct zone *zone, int64_t t)
{
    return zone->rule && t >= zone->rule_from ? zone->rule : zone->tz;
}

/* The span from start to the next change, at most to limit. */
static struct span span_from(const struct zone *zone, int64_t start, int64_t limit)
{
    GTimeZone *tz = in_force(zone, start);
    gint interval = interval_at(tz, start);

    if (tz != in_force(zone, limit - 1))
        limit = zone->rule_from;
    struct span span = {start, limit, g_time_zone_get_offset(tz, interval)};
    if (interval_at(tz, limit - 1) == interval)
        return span;
    while (span.end - start > 1) { /* the change is after start and not after end */
        int64_t middle = start + (span.end - start) / 2;
        if (interval_at(tz, middle) == interval)
            start = middle;
        else
            span.end = middle;
    }
    return span;
}

/* ---- the calendar ---- */

static struct tm civil_of(int64_t wall)
{
    const time_t seconds = wall;
    struct tm tm;

    gmtime_r(&seconds, &tm);
    return tm;
}

/* False where there is no such day. */
static bool midnight_of(int year, int month, int day, int64_t *ret_wall)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};

    *ret_wall = timegm(&tm); /* which makes March of the 30th of February */
    return year >= 1 && tm.tm_mon == month - 1 && tm.tm_mday == day;
}

/* ---- text to instant ---- */

/* Reads what the shape says: '0' is a digit, ' ' a space or 'T', the rest stands for itself. */
static bool has_shape(struct slice text, const char *shape)
{
    if (text.len != strlen(shape))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool good = shape[i] == '0'   ? c >= '0' && c <= '9'
                    : shape[i] == ' ' ? c == ' ' || c == 'T'
                                      : c == shape[i];
        if (!good)
            return false;
    }
    return true;
}

static int digits(struct slice text, size_t at, size_t count)
{
    int number = 0;

    for (size_t i = at; i < at + count; i++)
        number = number * 10 + (text.data[i] - '0');
    return number;
}

/* The seconds since 1970 that a wall clock in UTC would have counted. */
static bool read_wall(struct slice text, int64_t *ret_wall, struct err *err)
{
    bool seconds = has_shape(text, "0000-00-00 00:00:00");

    if (!seconds && !has_shape(text, "0000-00-00 00:00"))
        return err_set(err, ERR_INPUT,
                       "a time is written YYYY-MM-DD HH:MM or "
                       "YYYY-MM-DD HH:MM:SS");
    int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    int hour = digits(text, 11, 2), minute = digits(text, 14, 2);
    int second = seconds ? digits(text, 17, 2) : 0;

    if (!midnight_of(year, month, day, ret_wall))
        return err_set(err, ERR_INPUT, "%04d-%02d-%02d is no day of the calendar", year, month,
                       day);
    if (hour > 23 || minute > 59 || second > 59)
        return err_set(err, ERR_INPUT, "%02d:%02d:%02d is no time of a day", hour, minute,
                       second);
    *ret_wall += hour * HOUR + minute * MINUTE + second;
    return true;
}

static void minute_text(int64_t wall, char text[ZONE_MINUTE])
{
    struct tm tm = civil_of(wall);
    strftime(text, ZONE_MINUTE, "%4Y-%m-%d %H:%M", &tm);
}

/* Between the two spans clocks jumped over the wall time. */
static bool refuse_gap(const char *zone, int64_t wall, const struct span *before,
                       const struct span *after, struct zone_gap *ret_gap, struct err *err)
{
    int64_t first = after->start + after->offset;
    struct zone_gap gap = {0};
    char skipped[ZONE_MINUTE];

    minute_text(wall, skipped);
    minute_text(after->start - 1 + before->offset, gap.before);
    minute_text(first + (MINUTE - first % MINUTE) % MINUTE, gap.after);
    if (ret_gap)
        *ret_gap = gap;
    return err_set(err, ERR_INPUT, "%s does not exist in %s: clocks there go from %s to %s",
                   skipped, zone, gap.before, gap.after);
}

/* Offsets are below a day, so the instant is within a day of what the wall time would be in
 * UTC.  Each span in these two days is asked whether it holds the wall time; of several that
 * do, the last is taken. */
bool zone_to_unix(struct slice text, const char *zone, int64_t *ret_unix,
                  struct zone_gap *ret_gap, struct err *err)
{
    int64_t wall = 0;
    const struct zone *found = find_zone(zone, err);

    if (ret_gap)
        *ret_gap = (struct zone_gap){0};
    if (!found || !read_wall(text, &wall, err))
        return false;
    bool holds = false;
    struct span span = {0}, before = {0}, gap_before = {0}, gap_after = {0};
    for (int64_t at = wall - DAY; at <= wall + DAY; at = span.end, before = span) {
        span = span_from(found, at, wall + DAY + 1);
        int64_t instant = wall - span.offset;
        if (instant >= span.start && instant < span.end) {
            holds = true;
            *ret_unix = instant;
        } else if (at > wall - DAY && instant < span.start &&
                   wall - before.offset >= span.start) {
            gap_before = before;
            gap_after = span;
        }
    }
    return holds || refuse_gap(zone, wall, &gap_before, &gap_after, ret_gap, err);
}

/* ---- instant to text ---- */

/* libc's own, which is neither made nor freed. */
static locale_t english(void)
{
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* The digits of a number below 10000, at least so many, `fill` in the places of missing ones.
 */
static void add_digits(struct buf *out, int number, int width, char fill)
{
    char text[4];
    int at = sizeof text;

    do
        text[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while ((int)sizeof text - at < width)
        text[--at] = fill;
    while (at < (int)sizeof text)
        buf_addc(out, text[at++]);
}

/* Without strftime(), which takes many times as long for the letters that are numbers. */
static bool add_number(struct buf *out, char letter, bool bare, const struct tm *tm)
{
    int number, width = bare ? 1 : 2;

    switch (letter) {
    case 'Y':
        number = tm->tm_year + 1900;
        width = bare ? 1 : 4;
        break;
    case 'm':
        number = tm->tm_mon + 1;
        break;
    case 'd':
    case 'e':
        number = tm->tm_mday;
        break;
    case 'H':
        number = tm->tm_hour;
        break;
    case 'M':
        number = tm->tm_min;
        break;
    case 'S':
        number = tm->tm_sec;
        break;
    default:
        return false;
    }
    add_digits(out, number, width, letter == 'e' ? ' ' : '0');
    return true;
}

/* One conversion; how long it is in the pattern, 0 where it is none that we have. */
static size_t add_field(struct buf *out, const char *pattern, const struct tm *tm)
{
    bool colon = pattern[1] == ':', bare = pattern[1] == '-';
    char letter = pattern[colon || bare ? 2 : 1], text[64];
    const char format[] = {'%', letter, '\0'};

    if (!colon && add_number(out, letter, bare, tm))
        return bare ? 3 : 2;
    if (letter == '\0' || bare || !strchr(colon ? "z" : "ABzZ%", letter))
        return 0;
    size_t len = strftime_l(text, sizeof text, format, tm, english());
    buf_add(out, text, colon ? 3 : len);
    if (colon)
        buf_addf(out, ":%s", text + 3);
    return colon ? 3 : 2;
}

static bool refuse_year(struct err *err)
{
    return err_set(err, ERR_INPUT, "only times of the years 1 to 9999 can be shown");
}

/* All that "%:z" asks for: where every zone is offered with its offset, none need be made,
 * which takes GLib some hundred times as long as looking into the file. */
static bool format_offset(int64_t unix_seconds, const char *zone, struct buf *out)
{
    const struct zone_list *list = zone_list();
    size_t index;
    int offset;

    if (!zone_list_find(list, zone, &index) ||
        atomic_load_explicit(&list->zones[index], memory_order_acquire) ||
        unix_seconds < FIRST_SECOND + DAY || unix_seconds > LAST_SECOND - DAY ||
        !zone_file_offset(zone_names_file(list->names[index]), unix_seconds, &offset) ||
        offset % MINUTE != 0)
        return false;
    int minutes = abs(offset) / MINUTE;
    buf_addf(out, "%c%02d:%02d", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
    return true;
}

bool zone_format(int64_t unix_seconds, const char *zone, const char *pattern, struct buf *out,
                 struct err *err)
{
    if (strcmp(pattern, "%:z") == 0 && format_offset(unix_seconds, zone, out))
        return true;
    const struct zone *found = find_zone(zone, err);
    if (!found)
        return false;
    if (unix_seconds < FIRST_SECOND - DAY || unix_seconds > LAST_SECOND + DAY)
        return refuse_year(err);
    GTimeZone *tz = in_force(found, unix_seconds);
    gint interval = interval_at(tz, unix_seconds);
    int offset = g_time_zone_get_offset(tz, interval);
    int64_t wall = unix_seconds + offset;
    if (wall < FIRST_SECOND || wall > LAST_SECOND)
        return refuse_year(err);
    struct tm tm = civil_of(wall);
    tm.tm_gmtoff = offset;
    tm.tm_zone = g_time_zone_get_abbreviation(tz, interval);

    while (*pattern) {
        size_t len = 1;
        if (*pattern != '%')
            buf_addc(out, *pattern);
        else if ((len = add_field(out, pattern, &tm)) == 0)
            return err_set(err, ERR_INPUT, "'%.16s' begins with no conversion that is known",
                           pattern);
        pattern += len;
    }
    return true;
}
