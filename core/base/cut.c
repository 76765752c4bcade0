/* Slices of slices.  See cut.h. */
#include "base/cut.h"

#include <string.h>

static const char *find(struct slice text, char c)
{
    return text.len ? memchr(text.data, c, text.len) : NULL; /* memchr takes no NULL */
}

struct slice cut_from(struct slice text, size_t from)
{
    if (from == 0)
        return text;
    return (struct slice){.data = text.data + from, .len = text.len - from};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct slice cut_blanks(struct slice text)
{
    while (text.len && is_blank(text.data[0]))
        text = cut_from(text, 1);
    while (text.len && is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

struct slice cut_until(struct slice *rest, char c)
{
    const char *end = find(*rest, c);
    struct slice taken = *rest;

    if (!end) {
        *rest = cut_from(*rest, rest->len);
        return taken;
    }
    taken.len = (size_t)(end - rest->data);
    *rest = cut_from(*rest, taken.len + 1);
    return taken;
}

bool cut_has(struct slice text, char c)
{
    return find(text, c) != NULL;
}
