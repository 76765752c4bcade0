/*
 * Wall times in zones.  The first line of the input names a zone, the second is a wall time,
 * the rest a pattern.  What is read as an instant is written as the same wall time again,
 * unless a clock change had it twice or the text left its seconds out.
 */
#include "fuzz.h"

#include "base/str.h"
#include "base/zone.h"

#include <string.h>

static struct slice line_of(struct slice *rest)
{
    const char *end = rest->len > 0 ? memchr(rest->data, '\n', rest->len) : NULL;
    struct slice line = {rest->data, end ? (size_t)(end - rest->data) : rest->len};
    size_t past = line.len + (end != NULL);

    *rest = (struct slice){rest->data + past, rest->len - past};
    return line;
}

static void round_trip(struct slice text, const char *zone)
{
    struct buf written = {0};
    struct err err;
    int64_t instant, again;

    if (!zone_to_unix(text, zone, &instant, NULL, &err)) {
        MUST(err.kind == ERR_INPUT && str_is_utf8(slice_of(err.text)));
        return;
    }
    MUST(zone_format(instant, zone, "%Y-%m-%d %H:%M:%S", &written, &err));
    MUST(memcmp(written.data, text.data, 10) == 0);
    MUST(memcmp(written.data + 11, text.data + 11, text.len - 11) == 0);
    MUST(zone_to_unix((struct slice){written.data, written.len}, zone, &again, NULL, &err));
    MUST(again == instant);
    buf_done(&written);
}

static void format(const char *zone, const char *pattern)
{
    static const int64_t instants[] = {0, 1893456000, 4102444800, -62135596800, 253402300799};
    struct buf out = {0};
    struct err err;

    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++)
        if (!zone_format(instants[i], zone, pattern, &out, &err))
            MUST(err.kind == ERR_INPUT);
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {(const char *)data, size};
    struct slice zone = line_of(&rest), text = line_of(&rest);
    struct buf name = {0}, pattern = {0};

    buf_add(&name, zone.data, zone.len);
    buf_add(&pattern, rest.data, rest.len);
    buf_reserve(&name, 1);
    buf_reserve(&pattern, 1);
    name.data[name.len] = pattern.data[pattern.len] = '\0';
    const char *used = zone_exists(name.data) ? name.data : "Europe/Berlin";
    round_trip(text, used);
    format(used, pattern.data);
    buf_done(&name);
    buf_done(&pattern);
    return 0;
}
