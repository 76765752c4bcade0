/*
 * multipart/form-data: the first line of the input is the Content-Type, the rest the body.
 * Every part that is read lies inside the body, or in memory of its own; no two share bytes.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "http/form.h"

#include <string.h>

/* Reads every byte, so that one that is not there is found. */
static size_t touch(struct slice text)
{
    size_t sum = 0;

    for (size_t i = 0; i < text.len; i++)
        sum += (unsigned char)text.data[i];
    return sum;
}

static void judge(struct slice body, const struct http_pairs *fields,
                  const struct http_files *files)
{
    const char *end = body.data;

    MUST(fields->count + files->count <= LIMIT_FORM_FIELDS);
    for (size_t i = 0; i < fields->count; i++) {
        touch(fields->items[i].name);
        touch(fields->items[i].value);
    }
    for (size_t i = 0; i < files->count; i++) {
        struct slice bytes = files->items[i].data;
        touch(files->items[i].name);
        touch(files->items[i].filename);
        touch(files->items[i].type);
        touch(bytes);
        MUST(bytes.data >= end && bytes.data + bytes.len <= body.data + body.len);
        end = bytes.data + bytes.len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    struct http_arena arena = {0};
    struct http_pairs fields;
    struct http_files files;
    struct err err;

    if (!line)
        return 0;
    struct slice type = {(const char *)data, (size_t)(line - data)};
    struct slice body = {(const char *)line + 1, size - type.len - 1};
    if (form_parse_multipart(type, body, LIMIT_FORM_FIELDS, &arena, &fields, &files, &err))
        judge(body, &fields, &files);
    else
        MUST(err.kind == ERR_INPUT || err.kind == ERR_LIMIT);
    http_arena_done(&arena);
    return 0;
}
