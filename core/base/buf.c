/* Growing bytes: doubling, always with room for the NUL behind them. */
#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 64 };

void buf_done(struct buf *buf)
{
    if (!buf)
        return;
    free(buf->data);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

size_t buf_room_for(const struct buf *buf, size_t more)
{
    size_t need;

    if (__builtin_add_overflow(buf->len, more, &need) ||
        __builtin_add_overflow(need, (size_t)1, &need))
        need = SIZE_MAX; /* refused by mem_resize() */
    if (need <= buf->cap)
        return buf->cap;
    size_t cap = buf->cap > SIZE_MAX / 2 ? need : buf->cap * 2;
    if (cap < FIRST_SIZE)
        cap = FIRST_SIZE;
    return cap < need ? need : cap;
}

void buf_reserve(struct buf *buf, size_t more)
{
    if (more < buf->cap - buf->len)
        return;
    size_t cap = buf_room_for(buf, more);
    if (cap == buf->cap)
        return;
    buf->data = mem_resize(buf->data, cap, 1);
    buf->cap = cap;
    buf->data[buf->len] = '\0';
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
    if (len >= buf->cap - buf->len)
        buf_reserve(buf, len);
    if (len)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args;

    buf_reserve(buf, FIRST_SIZE - 1);
    va_start(args, format);
    int len = vsnprintf(buf->data + buf->len, buf->cap - buf->len, format, args);
    va_end(args);
    if (len < 0)
        abort(); /* a format that no argument can satisfy */
    if ((size_t)len >= buf->cap - buf->len) {
        buf_reserve(buf, (size_t)len);
        va_start(args, format);
        vsnprintf(buf->data + buf->len, buf->cap - buf->len, format, args);
        va_end(args);
    }
    buf->len += (size_t)len;
}

char *buf_take(struct buf *buf, size_t *ret_len)
{
    buf_reserve(buf, 0); /* never NULL */
    char *data = buf->data;
    if (ret_len)
        *ret_len = buf->len;
    *buf = (struct buf){0};
    return data;
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool slice_same_nocase(const char *text, const char *other, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] != other[i] && lower(text[i]) != lower(other[i]))
            return false;
    return true;
}
