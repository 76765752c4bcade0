/*
 * The smaller grammars: urlencoded forms and queries, cookies, targets; and the arena that
 * holds what they decode.  Multipart has a file of its own.
 *
 * Text that needs no decoding is not copied: a pair then points into what was parsed.
 */
#include "http/form.h"

#include "base/cut.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* ---- the arena ---- */

enum { ARENA_BLOCK = 1000, ARENA_ALIGN = sizeof(void *) };

struct http_arena_block {
    struct http_arena_block *next;
    size_t used, size;
    char data[];
};

void *http_arena_take(struct http_arena *arena, size_t len)
{
    struct http_arena_block *block = arena->blocks;

    len = (len + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (!block || block->size - block->used < len) {
        size_t size = len > ARENA_BLOCK ? len : ARENA_BLOCK;
        block = mem_resize(NULL, 1, sizeof *block + size);
        *block = (struct http_arena_block){.next = arena->blocks, .size = size};
        arena->size += sizeof *block + size;
        arena->blocks = block;
    }
    char *taken = block->data + block->used;
    block->used += len;
    return taken;
}

void http_arena_done(struct http_arena *arena)
{
    while (arena->blocks) {
        struct http_arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
    arena->size = 0;
}

/* ---- decoding ---- */

static bool decode(struct slice text, bool plus, struct http_arena *arena, struct slice *ret,
                   struct err *err)
{
    if (!cut_has(text, '%') && !(plus && cut_has(text, '+'))) {
        *ret = text;
        return true;
    }
    char *decoded = http_arena_take(arena, text.len);
    ret->data = decoded;
    if (!str_percent_decode(text, plus, decoded, &ret->len))
        return err_set(err, ERR_INPUT, "a percent sign is not followed by two hex digits");
    if (cut_has(*ret, '\0'))
        return err_set(err, ERR_INPUT, "an encoded NUL character");
    return true;
}

/* ---- urlencoded ---- */

static size_t count_pieces(struct slice text, char separator)
{
    size_t count = 1;

    while (cut_has(text, separator)) {
        cut_until(&text, separator);
        count++;
    }
    return count;
}

static struct http_pair *room_for(size_t count, size_t most, struct http_arena *arena)
{
    return http_arena_take(arena, (count < most ? count : most) * sizeof(struct http_pair));
}

bool form_parse_urlencoded(struct slice text, size_t most, struct http_arena *arena,
                           struct http_pairs *ret, struct err *err)
{
    struct http_pairs pairs = {0};

    if (cut_has(text, '\0'))
        return err_set(err, ERR_INPUT, "a NUL character");
    if (text.len)
        pairs.items = room_for(count_pieces(text, '&'), most, arena);
    while (text.len) {
        struct slice piece = cut_until(&text, '&');
        if (!piece.len)
            continue;
        if (pairs.count == most)
            return err_set(err, ERR_LIMIT, "more than %zu fields", most);
        struct slice name = cut_until(&piece, '=');
        struct http_pair *pair = &pairs.items[pairs.count];
        if (!decode(name, true, arena, &pair->name, err) ||
            !decode(piece, true, arena, &pair->value, err))
            return false;
        pairs.count++;
    }
    *ret = pairs;
    return true;
}

/* ---- cookies ---- */

static struct slice unquoted(struct slice text)
{
    if (text.len >= 2 && text.data[0] == '"' && text.data[text.len - 1] == '"')
        return (struct slice){.data = text.data + 1, .len = text.len - 2};
    return text;
}

void form_parse_cookies(struct slice header, size_t most, struct http_arena *arena,
                        struct http_pairs *ret)
{
    struct http_pairs pairs = {0};

    if (header.len)
        pairs.items = room_for(count_pieces(header, ';'), most, arena);
    while (header.len && pairs.count < most) {
        struct slice value = cut_until(&header, ';');
        if (!cut_has(value, '='))
            continue;
        struct slice name = cut_blanks(cut_until(&value, '='));
        if (!str_is_token(name))
            continue;
        pairs.items[pairs.count++] =
            (struct http_pair){.name = name, .value = unquoted(cut_blanks(value))};
    }
    *ret = pairs;
}

/* ---- the target ---- */

bool form_parse_target(struct slice target, size_t most, struct http_arena *arena,
                       struct slice *ret_path, struct http_pairs *ret_query, struct err *err)
{
    struct slice path = {0}, raw = cut_until(&target, '?'); /* target is the query now */
    struct http_pairs query = {0};

    if (cut_has(raw, '\0'))
        return err_set(err, ERR_INPUT, "a NUL character");
    if (!decode(raw, false, arena, &path, err) ||
        !form_parse_urlencoded(target, most, arena, &query, err))
        return false;
    if (!str_is_utf8(path))
        return err_set(err, ERR_INPUT, "the path is not UTF-8");
    *ret_path = path;
    *ret_query = query;
    return true;
}
