/* Filling in a struct err: see err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Copies text into err, cut where a character begins, so that the rest is still UTF-8. */
static void keep(struct err *err, const char *text)
{
    size_t len = strlen(text);

    if (len >= ERR_TEXT) {
        len = ERR_TEXT - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    memmove(err->text, text, len);
    err->text[len] = '\0';
}

/* The text is made in a buffer of its own: an argument may be the old err->text.  The buffer
 * holds one byte more than is kept, so that a cut is noticed. */
enum { ROOM = ERR_TEXT + 1 };

bool err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
    char text[ROOM];
    va_list args;

    if (!err)
        return false;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    err->kind = kind;
    keep(err, text);
    return false;
}

bool err_prefix(struct err *err, const char *format, ...)
{
    char prefix[ROOM], text[2 * ROOM + 2];
    va_list args;

    if (!err)
        return false;
    va_start(args, format);
    vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    snprintf(text, sizeof text, "%s: %s", prefix, err->text);
    keep(err, text);
    return false;
}

bool err_append(struct err *err, const char *format, ...)
{
    char more[ROOM], text[2 * ROOM];
    va_list args;

    if (!err)
        return false;
    va_start(args, format);
    vsnprintf(more, sizeof more, format, args);
    va_end(args);
    snprintf(text, sizeof text, "%s%s", err->text, more);
    keep(err, text);
    return false;
}

const char *err_kind_name(enum err_kind kind)
{
    static const char *const names[] = {"io",    "conflict",  "state",     "timeout", "limit",
                                        "input", "temporary", "permanent", "auth",    "policy"};

    return names[kind];
}
