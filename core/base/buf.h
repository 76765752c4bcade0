/*
 * A growing run of bytes, and a borrowed one.
 *
 * struct buf owns its memory (buf_done frees it; a zeroed struct is a valid empty one); its
 * data is always followed by a NUL that len does not count.  struct slice owns nothing and is
 * valid as long as what it points into.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
    const char *data;
    size_t len;
};

struct buf {
    char *data;
    size_t len, cap;
};

void buf_done(struct buf *buf);  /* also leaves it empty; NULL is fine */
void buf_clear(struct buf *buf); /* keeps the memory */
void buf_reserve(struct buf *buf, size_t more);
size_t buf_room_for(const struct buf *buf, size_t more); /* its memory once that is added */
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The memory itself, NUL behind it, to be freed with free(); the buffer is empty afterwards. */
char *buf_take(struct buf *buf, size_t *ret_len);

/* These are here, so that the length of a literal is no work, and one character little: */

static inline void buf_addc(struct buf *buf, char c)
{
    if (buf->len + 1 >= buf->cap)
        buf_reserve(buf, 1);
    buf->data[buf->len++] = c;
    buf->data[buf->len] = '\0';
}

static inline void buf_adds(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

/* Of a C string; NULL gives an empty slice. */
static inline struct slice slice_of(const char *text)
{
    return (struct slice){.data = text, .len = text ? strlen(text) : 0};
}

static inline bool slice_is(struct slice slice, const char *text)
{
    return slice.len == strlen(text) &&
           (slice.len == 0 || memcmp(slice.data, text, slice.len) == 0);
}

bool slice_same_nocase(const char *text, const char *other, size_t len); /* ASCII only */

static inline bool slice_is_nocase(struct slice slice, const char *text)
{
    return slice.len == strlen(text) && slice_same_nocase(slice.data, text, slice.len);
}
