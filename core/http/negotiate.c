/* Lists in headers, element by element.  See negotiate.h. */
#include "http/negotiate.h"

#include "http/cut.h"

#include <string.h>

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

/* ---- If-None-Match ---- */

/* Tags may hold commas, so the list is read tag by tag; it ends at what is none. */
static bool lists_tag(struct slice list, const char *etag)
{
    for (;;) {
        while (list.len && (*list.data == ' ' || *list.data == '\t' || *list.data == ',')) {
            list = cut_from(list, 1);
        }
        if (list.len >= 2 && memcmp(list.data, "W/", 2) == 0) {
            list = cut_from(list, 2);
        }
        if (list.len < 2 || *list.data != '"')
            return false;
        const char *end = memchr(list.data + 1, '"', list.len - 1);
        if (!end)
            return false;
        struct slice tag = {.data = list.data, .len = (size_t)(end + 1 - list.data)};
        if (slice_is(tag, etag))
            return true;
        list = cut_from(list, tag.len);
    }
}

bool negotiate_none_match(const struct http_pairs *headers, const char *etag)
{
    for (size_t i = 0; i < headers->count; i++) {
        const struct http_pair *header = &headers->items[i];
        if (slice_is_nocase(header->name, "If-None-Match") &&
            (slice_is(cut_blanks(header->value), "*") || lists_tag(header->value, etag)))
            return true;
    }
    return false;
}
