/* A growing list of lines.  See faults.h. */
#include "generation/faults.h"

#include "vm/files.h"

#include <stdlib.h>
#include <string.h>

void faults_add(struct faults *faults, const char *file, int line, const char *message)
{
    if (file && line > 0)
        buf_addf(&faults->text, "%s:%d: ", file, line);
    else if (file)
        buf_addf(&faults->text, "%s: ", file);
    buf_adds(&faults->text, message);
    buf_addc(&faults->text, '\n');
    faults->count++;
}

void faults_take(void *owner, const char *file, int line, const char *message)
{
    faults_add(owner, file, line, message);
}

bool faults_have(const struct faults *faults, const char *message)
{
    size_t len = strcspn(message, "\n");
    const char *at = faults->text.data, *end = at + faults->text.len;
    while (at < end) {
        size_t there = (size_t)((const char *)memchr(at, '\n', (size_t)(end - at)) - at);
        if (there == len && memcmp(at, message, len) == 0)
            return true;
        at += there + 1;
    }
    return false;
}

/* How long the name of the file is that the text begins with, 0 for another.  Lua keeps the
 * last 56 bytes of a long name, behind "...". */
static size_t name_length(struct slice text, const char *origin)
{
    size_t len = strlen(origin), kept = 0;
    if (text.len > len && memcmp(text.data, origin, len) == 0)
        return text.data[len] == ':' ? len : 0;
    if (text.len < 4 || memcmp(text.data, "...", 3) != 0)
        return 0;
    const char *colon = memchr(text.data, ':', text.len);
    if (colon)
        kept = (size_t)(colon - text.data) - 3;
    bool same = kept > 0 && kept < len && !memcmp(text.data + 3, origin + len - kept, kept);
    return same ? kept + 3 : 0;
}

/* The file that a line of text begins with, how long its name is there, and the number behind
 * it. */
static const struct vm_file *place_of(const struct vm_files *files, struct slice text,
                                      size_t *ret_name, unsigned long *ret_line)
{
    for (size_t i = 0; i < files->count; i++) {
        size_t len = name_length(text, files->items[i].origin);
        char *end;
        if (len == 0)
            continue;
        *ret_name = len;
        *ret_line = strtoul(text.data + len + 1, &end, 10);
        if (*end == ':' && *ret_line > 0)
            return &files->items[i];
    }
    return NULL;
}

static struct slice line_of(struct slice bytes, unsigned long number)
{
    const char *at = bytes.data, *end = bytes.data + bytes.len;
    for (; number > 1 && at < end; number--) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    return (struct slice){at, (size_t)((stop ? stop : end) - at)};
}

static void add_excerpt(struct buf *out, const struct vm_file *file, unsigned long number)
{
    struct slice line = line_of(file->bytes, number);
    if (line.len == 0)
        return;
    buf_addf(out, "    %lu | ", number);
    buf_add(out, line.data, line.len < 200 ? line.len : 200);
    buf_addc(out, '\n');
}

/* A line of text with its place in full, and the source that it speaks of. */
static void add_line(struct buf *out, const struct vm_files *files, struct slice text)
{
    unsigned long number;
    size_t name;
    const struct vm_file *file = place_of(files, text, &name, &number);
    if (file) {
        buf_adds(out, file->origin);
        text = (struct slice){text.data + name, text.len - name};
    }
    buf_add(out, text.data, text.len);
    if (file)
        add_excerpt(out, file, number);
}

void faults_excerpt(struct faults *faults, const struct vm_files *files)
{
    struct buf out = {0};
    const char *at = faults->text.data, *end = at + faults->text.len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline + 1 : end) - at);
        add_line(&out, files, (struct slice){at, len});
        at += len;
    }
    buf_done(&faults->text);
    faults->text = out;
}

void faults_done(struct faults *faults)
{
    buf_done(&faults->text);
    faults->count = 0;
}
