/* Files of the zone database (RFC 8536): where they are, and the rule that ends each. */
#include "base/zone_file.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

char *zone_file_path(const char *name)
{
    const char *chosen = getenv("TZDIR"); /* which GLib honours too */

    return mem_format("%s/%s", chosen ? chosen : "/usr/share/zoneinfo", name);
}

bool zone_file_read(const char *name, char **ret_data, size_t *ret_len)
{
    CLEANUP(mem_freep) char *path = zone_file_path(name);

    return g_file_get_contents(path, ret_data, ret_len, NULL);
}

/* ---- the list of changes ---- */

enum {
    HEADER = 44,
    COUNTS = 20,     /* six counts of four bytes end the header */
    MOST = 26 * 3600 /* seconds that an offset may have (RFC 8536 §3.2) */
};

static uint64_t big_endian(const char *data, int bytes)
{
    uint64_t number = 0;

    for (int i = 0; i < bytes; i++)
        number = number << 8 | (unsigned char)data[i];
    return number;
}

static bool is_header(const char *data, size_t len)
{
    return len >= HEADER && memcmp(data, "TZif", 4) == 0;
}

struct changes {
    size_t count, ntypes;
    const char *times, *types, *offsets; /* of eight bytes, one, and six (an offset first) */
};

/* The file has the list twice, first with times of four bytes, then with times of eight. */
static bool find_changes(const char *data, size_t len, struct changes *ret)
{
    if (!is_header(data, len) || data[4] < '2')
        return false;
    uint64_t count[6]; /* of UT flags, standard flags, leap seconds, times, types, letters */
    for (int i = 0; i < 6; i++)
        count[i] = big_endian(data + COUNTS + i * 4, 4);
    uint64_t size =
        HEADER + count[3] * 5 + count[4] * 6 + count[5] + count[2] * 8 + count[1] + count[0];
    if (size > len || !is_header(data + size, len - size))
        return false;
    uint64_t times = big_endian(data + size + COUNTS + 12, 4);
    uint64_t types = big_endian(data + size + COUNTS + 16, 4);
    if (times * 9 + types * 6 > len - size - HEADER)
        return false;
    const char *list = data + size + HEADER;
    *ret = (struct changes){times, types, list, list + times * 8, list + times * 9};
    return true;
}

static int64_t time_of(const struct changes *changes, size_t i)
{
    return (int64_t)big_endian(changes->times + i * 8, 8);
}

/* ---- offsets ---- */

/* Does the line that ends the file tell of changes, too? */
static bool has_rule(const char *data, size_t len)
{
    const char *line = data[len - 1] == '\n' ? memrchr(data, '\n', len - 1) : NULL;

    return !line || memchr(line, ',', (size_t)(data + len - line));
}

static bool offset_at(const struct changes *changes, int64_t t, int *ret_offset)
{
    size_t before = changes->count, type = 0;

    while (before > 0 && time_of(changes, before - 1) > t)
        before--;
    if (before > 0)
        type = (unsigned char)changes->types[before - 1];
    if (type >= changes->ntypes || (before == 0 && changes->count > 0))
        return false;
    *ret_offset = (int32_t)big_endian(changes->offsets + type * 6, 4);
    return *ret_offset <= MOST && *ret_offset >= -MOST;
}

bool zone_file_offset(const char *name, int64_t t, int *ret_offset)
{
    struct changes changes;
    char *data;
    size_t len;

    if (!zone_file_read(name, &data, &len))
        return false;
    bool known = find_changes(data, len, &changes) && offset_at(&changes, t, ret_offset);
    if (known && (!changes.count || t >= time_of(&changes, changes.count - 1)))
        known = !has_rule(data, len);
    g_free(data);
    return known;
}

/* ---- the rule ---- */

/* Steps over a name: letters, or anything between < and >. */
static const char *after_name(const char *text)
{
    if (*text == '<') {
        const char *end = strchr(text, '>');
        return end ? end + 1 : text;
    }
    while (isalpha((unsigned char)*text))
        text++;
    return text;
}

/* Steps over [+-]h[h][:mm[:ss]]; west of Greenwich is positive. */
static const char *after_offset(const char *text, long *ret_seconds)
{
    long sign = *text == '-' ? -1 : 1, unit = 3600;

    *ret_seconds = 0;
    if (*text == '-' || *text == '+')
        text++;
    for (; isdigit((unsigned char)*text) && unit > 0; unit /= 60) {
        char *end;
        *ret_seconds += sign * unit * strtol(text, &end, 10);
        text = end;
        if (*text == ':')
            text++;
    }
    return text;
}

/* NAME1 OFFSET1 NAME2 OFFSET2 , CHANGE1 , CHANGE2 becomes NAME2 OFFSET2 NAME1 OFFSET1 ,
 * CHANGE2 , CHANGE1: each change is told in the time that is left, so nothing else differs.
 * NULL where summer time is ahead, as GLib expects it. */
static char *turn_round(const char *rule)
{
    long first_offset, second_offset;
    const char *name = after_name(rule);
    const char *second = after_offset(name, &first_offset);
    const char *offset = after_name(second);
    const char *changes = after_offset(offset, &second_offset);
    const char *comma = *changes == ',' ? strchr(changes + 1, ',') : NULL;

    if (name == rule || offset == second || changes == offset || !comma ||
        second_offset <= first_offset)
        return NULL;
    return mem_format("%.*s%.*s%s,%.*s", (int)(changes - second), second, (int)(second - rule),
                      rule, comma, (int)(comma - changes - 1), changes + 1);
}

GTimeZone *zone_file_rule(const char *name, int64_t *ret_from)
{
    char *data, *start;
    size_t len;
    GTimeZone *rule = NULL;

    if (!zone_file_read(name, &data, &len))
        return NULL;
    struct changes changes;
    if (find_changes(data, len, &changes) && data[len - 1] == '\n') {
        *ret_from = changes.count ? time_of(&changes, changes.count - 1) : INT64_MIN;
        data[len - 1] = '\0'; /* the rule is the last line */
        start = memrchr(data, '\n', len - 1);
        CLEANUP(mem_freep) char *turned = start ? turn_round(start + 1) : NULL;
        if (turned)
            rule = g_time_zone_new_identifier(turned);
    }
    g_free(data);
    return rule;
}
