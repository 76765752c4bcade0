/*
 * Wall time to instants and back.
 *
 * GLib's zones are made once per name and kept: a page shows several times, and making one
 * reads a file.  They are immutable, so threads share them without a lock.  The calendar is
 * the proleptic Gregorian one, computed in days since 1970 (Howard Hinnant's algorithms).
 */
#include "base/zone.h"

#include "base/mem.h"
#include "base/zone_file.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* 0001-01-01 00:00:00 and 9999-12-31 23:59:59, in seconds since 1970 of any wall clock. */
#define FIRST_SECOND INT64_C(-62135596800)
#define LAST_SECOND INT64_C(253402300799)

struct civil {
    int year, month, day, hour, minute, second, weekday; /* 0: Sunday */
};

/* ---- zones ---- */

struct zone {
    GTimeZone *tz;
    GTimeZone *rule; /* in tz's place at and after rule_from; mostly NULL (zone_file.h) */
    int64_t rule_from;
};

static _Atomic(struct zone *) *made; /* one for each of zone_names(), NULL until asked for */

static void make_table(void)
{
    size_t count;

    zone_names(&count);
    made = mem_new(count, sizeof *made);
}

static int by_name(const void *name, const void *element)
{
    return strcmp(name, *(const char *const *)element);
}

static const char *const *find_name(const char *zone)
{
    size_t count;
    const char *const *names = zone_names(&count);

    return zone ? bsearch(zone, names, count, sizeof *names, by_name) : NULL;
}

bool zone_exists(const char *zone)
{
    return find_name(zone) != NULL;
}

static void zone_free(struct zone *zone)
{
    g_time_zone_unref(zone->tz);
    if (zone->rule)
        g_time_zone_unref(zone->rule);
    free(zone);
}

static struct zone *zone_new(const char *name)
{
    GTimeZone *tz = g_time_zone_new_identifier(name);

    if (!tz)
        return NULL;
    struct zone *zone = mem_new(1, sizeof *zone);
    zone->tz = tz;
    zone->rule = zone_file_rule(name, &zone->rule_from);
    return zone;
}

static const struct zone *find_zone(const char *name, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    size_t count;
    const char *const *known = find_name(name);

    if (!known) {
        err_set(err, ERR_INPUT, "there is no time zone '%.64s'", name ? name : "");
        return NULL;
    }
    pthread_once(&once, make_table);
    _Atomic(struct zone *) *slot = made + (known - zone_names(&count));
    struct zone *found = atomic_load_explicit(slot, memory_order_acquire);
    if (found)
        return found;
    struct zone *fresh = zone_new(*known);
    if (!fresh)
        err_set(err, ERR_IO, "the zone database cannot be read for '%s'", *known);
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

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year; /* years begin in March: leap days end them */
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - 719468;
}

static struct civil civil_of(int64_t wall)
{
    int64_t days = floor_div(wall, DAY);
    int second = (int)(wall - days * DAY);
    int64_t shifted = days + 719468, era = floor_div(shifted, 146097);
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int march = (int)((5 * of_year + 2) / 153);
    int month = march < 10 ? march + 3 : march - 9;

    return (struct civil){
        .year = (int)(year + era * 400) + (month <= 2),
        .month = month,
        .day = (int)of_year - (153 * march + 2) / 5 + 1,
        .hour = second / HOUR,
        .minute = second % HOUR / MINUTE,
        .second = second % MINUTE,
        .weekday = (int)(days + 4 - floor_div(days + 4, 7) * 7),
    };
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 && leap ? 29 : days[month - 1];
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

    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return err_set(err, ERR_INPUT, "%04d-%02d-%02d is no day of the calendar", year, month,
                       day);
    if (hour > 23 || minute > 59 || second > 59)
        return err_set(err, ERR_INPUT, "%02d:%02d:%02d is no time of a day", hour, minute,
                       second);
    *ret_wall =
        days_of(year, month, day) * DAY + (int64_t)hour * HOUR + minute * MINUTE + second;
    return true;
}

static void minute_text(int64_t wall, char text[ZONE_MINUTE])
{
    struct civil c = civil_of(wall);
    snprintf(text, ZONE_MINUTE, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour,
             c.minute);
}

/* Between the two spans clocks jumped over the wall time. */
static bool refuse_gap(const char *zone, int64_t wall, const struct span *before,
                       const struct span *after, struct zone_gap *ret_gap, struct err *err)
{
    int64_t first = after->start + after->offset;
    struct zone_gap gap;
    char skipped[ZONE_MINUTE];

    minute_text(wall, skipped);
    minute_text(after->start - 1 + before->offset, gap.before);
    minute_text(floor_div(first + MINUTE - 1, MINUTE) * MINUTE, gap.after);
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

static void add_number(struct buf *out, int number, int width, char fill)
{
    char text[4];

    for (int i = width - 1; i >= 0; i--) {
        if (number || i == width - 1)
            text[i] = (char)('0' + number % 10);
        else
            text[i] = fill;
        number /= 10;
    }
    buf_add(out, text, (size_t)width);
}

static void add_offset(struct buf *out, int offset, bool colon)
{
    int minutes = abs(offset) / MINUTE;

    buf_addc(out, offset < 0 ? '-' : '+');
    add_number(out, minutes / 60, 2, '0');
    if (colon)
        buf_addc(out, ':');
    add_number(out, minutes % 60, 2, '0');
}

static const char *day_name(const struct civil *civil)
{
    static const char *const names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};

    return names[civil->weekday];
}

static const char *month_name(const struct civil *civil)
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};

    return names[civil->month - 1];
}

/* One conversion without a text of its own; false for a letter that is none. */
static bool add_field(struct buf *out, char letter, const struct civil *civil)
{
    switch (letter) {
    case 'Y':
        add_number(out, civil->year, 4, '0');
        return true;
    case 'm':
        add_number(out, civil->month, 2, '0');
        return true;
    case 'd':
        add_number(out, civil->day, 2, '0');
        return true;
    case 'e':
        add_number(out, civil->day, 2, ' ');
        return true;
    case 'H':
        add_number(out, civil->hour, 2, '0');
        return true;
    case 'M':
        add_number(out, civil->minute, 2, '0');
        return true;
    case 'S':
        add_number(out, civil->second, 2, '0');
        return true;
    case 'A':
        buf_adds(out, day_name(civil));
        return true;
    case 'B':
        buf_adds(out, month_name(civil));
        return true;
    case '%':
        buf_addc(out, '%');
        return true;
    default:
        return false;
    }
}

static bool refuse_year(struct err *err)
{
    return err_set(err, ERR_INPUT, "only times of the years 1 to 9999 can be shown");
}

bool zone_format(int64_t unix_seconds, const char *zone, const char *pattern, struct buf *out,
                 struct err *err)
{
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
    struct civil civil = civil_of(wall);

    for (const char *p = pattern; *p; p++) {
        if (*p != '%') {
            buf_addc(out, *p);
        } else if (p[1] == 'z' || (p[1] == ':' && p[2] == 'z')) {
            add_offset(out, offset, p[1] == ':');
            p += p[1] == ':' ? 2 : 1;
        } else if (p[1] == 'Z') {
            buf_adds(out, g_time_zone_get_abbreviation(tz, interval));
            p++;
        } else if (add_field(out, p[1], &civil)) {
            p++;
        } else {
            return err_set(err, ERR_INPUT, "'%.16s' begins with no conversion that is known",
                           p);
        }
    }
    return true;
}
