/* Lists in headers, element by element.  See negotiate.h. */
#include "http/negotiate.h"

#include "base/cut.h"

#include <string.h>
#include <time.h>

/* ---- Accept-Encoding ---- */

/* "0", "0." and "0.000" forbid; what is no weight counts as 1. */
static bool is_zero(struct slice weight)
{
    if (!weight.len || weight.data[0] != '0')
        return false;
    for (size_t i = 1; i < weight.len; i++)
        if (weight.data[i] != (i == 1 ? '.' : '0'))
            return false;
    return true;
}

/* The parameters of one coding: true unless its weight is 0. */
static bool is_allowed(struct slice parameters)
{
    while (parameters.len) {
        struct slice value = cut_until(&parameters, ';');
        if (slice_is_nocase(cut_blanks(cut_until(&value, '=')), "q"))
            return !is_zero(cut_blanks(value));
    }
    return true;
}

bool negotiate_gzip(const struct http_pairs *headers)
{
    bool is_named = false, any = false;

    for (size_t i = 0; i < headers->count; i++) {
        if (!slice_is_nocase(headers->items[i].name, "Accept-Encoding"))
            continue;
        struct slice list = headers->items[i].value;
        while (list.len) {
            struct slice element = cut_until(&list, ',');
            struct slice coding = cut_blanks(cut_until(&element, ';'));
            bool allowed = is_allowed(element);
            if (slice_is_nocase(coding, "gzip") || slice_is_nocase(coding, "x-gzip")) {
                if (allowed)
                    return true;
                is_named = true;
            } else if (slice_is(coding, "*")) {
                any = allowed;
            }
        }
    }
    return any && !is_named;
}

/* ---- conditions ---- */

/* Tags may hold commas, so the list is read tag by tag; it ends at what is none.  Compared
 * strongly, a weak tag is like no other. */
static bool lists_tag(struct slice list, const char *etag, bool strongly)
{
    for (;;) {
        while (list.len && (*list.data == ' ' || *list.data == '\t' || *list.data == ','))
            list = cut_from(list, 1);
        bool is_weak = list.len >= 2 && memcmp(list.data, "W/", 2) == 0;
        if (is_weak)
            list = cut_from(list, 2);
        if (list.len < 2 || *list.data != '"')
            return false;
        const char *end = memchr(list.data + 1, '"', list.len - 1);
        if (!end)
            return false;
        struct slice tag = {.data = list.data, .len = (size_t)(end + 1 - list.data)};
        if (slice_is(tag, etag) && !(is_weak && strongly))
            return true;
        list = cut_from(list, tag.len);
    }
}

/* Is the header "*", or does it list the tag? */
static bool matches(struct slice value, const char *etag, bool strongly)
{
    return slice_is(cut_blanks(value), "*") || lists_tag(value, etag, strongly);
}

bool negotiate_none_match(const struct http_pairs *headers, const char *etag)
{
    const struct slice *tags = http_find_header(headers, "If-None-Match");

    return tags && matches(*tags, etag, false);
}

/* A date in the form that is sent, or in one of the two that once were (RFC 9110 §5.6.7). */
static bool read_date(struct slice text, int64_t *ret)
{
    static const char *const forms[] = {"%a, %d %b %Y %H:%M:%S GMT",
                                        "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"};
    char copy[48];

    if (text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm tm = {0};
        const char *end = strptime(copy, forms[i], &tm);
        if (end && !*end) {
            *ret = timegm(&tm);
            return true;
        }
    }
    return false;
}

bool negotiate_precondition(const struct http_pairs *headers, const char *etag,
                            int64_t modified)
{
    const struct slice *tags = http_find_header(headers, "If-Match");
    const struct slice *date = http_find_header(headers, "If-Unmodified-Since");
    int64_t since;

    if (tags)
        return !matches(*tags, etag, true);
    return date && read_date(*date, &since) && since < modified;
}

/* ---- Range ---- */

/* The only header of that name; NULL for none and for several. */
static const struct slice *find_single(const struct http_pairs *headers, const char *name)
{
    const struct slice *found = NULL;

    for (size_t i = 0; i < headers->count; i++) {
        if (!slice_is_nocase(headers->items[i].name, name))
            continue;
        if (found)
            return NULL;
        found = &headers->items[i].value;
    }
    return found;
}

/* Digits and nothing else; what is too large for any file stays SIZE_MAX. */
static bool read_position(struct slice text, size_t *ret)
{
    size_t value = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        size_t digit = (size_t)(text.data[i] - '0');
        value = value > (SIZE_MAX - digit) / 10 ? SIZE_MAX : value * 10 + digit;
    }
    *ret = value;
    return text.len > 0;
}

/* "first-last", "first-" or "-count". */
static enum negotiate_range read_range(struct slice range, size_t size, size_t *ret_from,
                                       size_t *ret_len)
{
    struct slice first = cut_until(&range, '-');
    size_t from = 0, last = SIZE_MAX;

    if (!first.len) {
        if (!read_position(range, &last))
            return RANGE_WHOLE;
        if (!last || !size)
            return RANGE_NOWHERE;
        *ret_len = last < size ? last : size;
        *ret_from = size - *ret_len;
        return RANGE_PART;
    }
    if (!read_position(first, &from) || (range.len && !read_position(range, &last)) ||
        last < from)
        return RANGE_WHOLE;
    if (from >= size)
        return RANGE_NOWHERE;
    *ret_from = from;
    *ret_len = (last < size ? last + 1 : size) - from;
    return RANGE_PART;
}

enum negotiate_range negotiate_range(const struct http_pairs *headers, const char *etag,
                                     size_t size, size_t *ret_from, size_t *ret_len)
{
    const struct slice *range = find_single(headers, "Range");
    bool has_condition = false, holds = true;

    for (size_t i = 0; i < headers->count; i++)
        if (slice_is_nocase(headers->items[i].name, "If-Range")) {
            holds = !has_condition && slice_is(cut_blanks(headers->items[i].value), etag);
            has_condition = true;
        }
    if (!range || !holds)
        return RANGE_WHOLE;
    struct slice list = *range, unit = cut_blanks(cut_until(&list, '='));
    list = cut_blanks(list);
    if (!slice_is_nocase(unit, "bytes") || !cut_has(list, '-') || cut_has(list, ','))
        return RANGE_WHOLE;
    return read_range(list, size, ret_from, ret_len);
}
