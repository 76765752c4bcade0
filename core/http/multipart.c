/*
 * multipart/form-data (RFC 7578), as browsers write it (WHATWG HTML §4.10.21.8):
 *
 *   --BOUNDARY CRLF
 *   Content-Disposition: form-data; name="field"; filename="of a file" CRLF
 *   Content-Type: text/plain CRLF
 *   CRLF
 *   the bytes CRLF
 *   --BOUNDARY-- CRLF
 *
 * In a name %22, %0D and %0A are escapes, and \" where it cannot be the end of a name that ends
 * in a backslash; any other backslash is one.  A part with a file name is a file, any other a
 * field.  The CRLF behind the headers may be the delimiter's own: such a part is empty
 * (RFC 2046 §5.1.1).  Lines end in CRLF, and what is not closed by the last delimiter is
 * refused: a cut body must not look like a shorter form.
 */
#include "http/form.h"

#include "base/cut.h"
#include "base/mem.h"
#include "base/str.h"

#include <string.h>

enum { BOUNDARY_MAX = 70 /* RFC 2046 §5.1.1 */ };

/* What a delimiter looks like (CRLF included) and where the next part begins. */
struct reader {
    struct slice body;
    char mark[4 + BOUNDARY_MAX];
    size_t mark_len;
    size_t at;   /* of the next part's headers */
    bool closed; /* the last delimiter has been met */
};

struct part {
    struct slice name, filename, type;
    bool is_named, is_file;
};

/* ---- `; name=value` and `; name="value"` ---- */

/* Where the quoted text ends that begins at the rest: the place of its closing quote, or its
 * length where there is none.  With escapes, \\ and \" are two of its characters. */
static size_t find_quote(struct slice rest, bool escapes)
{
    size_t at = 0;

    while (at < rest.len && rest.data[at] != '"')
        at += escapes && rest.data[at] == '\\' ? 2 : 1;
    return at < rest.len ? at : rest.len;
}

/* Does a parameter end behind the quote at `at`? */
static bool ends_parameter(struct slice rest, size_t at)
{
    if (at == rest.len)
        return false;
    rest = cut_blanks(cut_from(rest, at + 1));
    return !rest.len || rest.data[0] == ';';
}

/* Takes a quoted text and its closing quote off the rest.  Some senders escape a quote by a
 * backslash, others send backslashes as they are: the first reading that comes to an end
 * stands. */
static bool cut_quoted(struct slice *rest, struct slice *ret_value)
{
    size_t at = find_quote(*rest, true);

    if (!ends_parameter(*rest, at))
        at = find_quote(*rest, false);
    if (!ends_parameter(*rest, at))
        return false;
    *ret_value = (struct slice){rest->data, at};
    *rest = cut_blanks(cut_from(*rest, at + 1));
    return true;
}

/* False at the end, and with *ret_bad at what is no parameter. */
static bool next_parameter(struct slice *rest, struct slice *ret_name, struct slice *ret_value,
                           bool *ret_bad)
{
    *ret_bad = false;
    *rest = cut_blanks(*rest);
    while (rest->len && rest->data[0] == ';')
        *rest = cut_blanks(cut_from(*rest, 1));
    if (!rest->len)
        return false;
    *ret_bad = true;
    if (!cut_has(*rest, '='))
        return false;
    *ret_name = cut_blanks(cut_until(rest, '='));
    *rest = cut_blanks(*rest);
    if (rest->len && rest->data[0] == '"') {
        *rest = cut_from(*rest, 1);
        if (!cut_quoted(rest, ret_value))
            return false;
    } else {
        *ret_value = cut_blanks(cut_until(rest, ';'));
    }
    *ret_bad = !str_is_token(*ret_name);
    return !*ret_bad;
}

/* Empty where there is none that can be used. */
static struct slice find_boundary(struct slice type)
{
    struct slice name, value;
    bool bad;

    cut_until(&type, ';');
    while (next_parameter(&type, &name, &value, &bad))
        if (slice_is_nocase(name, "boundary"))
            return value.len > BOUNDARY_MAX ? (struct slice){0} : value;
    return (struct slice){0};
}

/* ---- delimiters ---- */

/* What stands behind a delimiter at `after`: true if that makes it one. */
static bool ends_delimiter(struct reader *reader, size_t after)
{
    struct slice rest = cut_from(reader->body, after);

    if (rest.len >= 2 && memcmp(rest.data, "--", 2) == 0) {
        reader->closed = true;
        return true;
    }
    while (rest.len && (rest.data[0] == ' ' || rest.data[0] == '\t'))
        rest = cut_from(rest, 1);
    if (rest.len < 2 || memcmp(rest.data, "\r\n", 2) != 0)
        return false;
    reader->at = (size_t)(rest.data + 2 - reader->body.data);
    return true;
}

/* Finds the next delimiter from `from` on; *ret_end is where the data before it ends. */
static bool next_delimiter(struct reader *reader, size_t from, size_t *ret_end)
{
    for (;;) {
        struct slice rest = cut_from(reader->body, from);
        const char *found = memmem(rest.data, rest.len, reader->mark, reader->mark_len);
        if (!found)
            return false;
        *ret_end = (size_t)(found - reader->body.data);
        if (ends_delimiter(reader, *ret_end + reader->mark_len))
            return true;
        from = *ret_end + 1;
    }
}

/* The first delimiter may open the body; else what stands before it is a preamble. */
static bool first_delimiter(struct reader *reader)
{
    size_t len = reader->mark_len - 2, end;

    if (reader->body.len >= len && memcmp(reader->body.data, reader->mark + 2, len) == 0 &&
        ends_delimiter(reader, len))
        return true;
    return next_delimiter(reader, 0, &end);
}

/* ---- parts ---- */

static const struct {
    const char *text;
    char means;
} name_escapes[] = {{"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}, {"\\\"", '"'}};

static struct slice unescaped(struct slice text, struct http_arena *arena)
{
    if (!cut_has(text, '%') && !cut_has(text, '"'))
        return text;
    char *copy = http_arena_take(arena, text.len);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        copy[len] = text.data[i];
        for (size_t e = 0; e < sizeof name_escapes / sizeof *name_escapes; e++) {
            struct slice escape = slice_of(name_escapes[e].text);
            if (text.len - i >= escape.len &&
                memcmp(text.data + i, escape.data, escape.len) == 0) {
                copy[len] = name_escapes[e].means;
                i += escape.len - 1;
                break;
            }
        }
        len++;
    }
    return (struct slice){.data = copy, .len = len};
}

static bool read_disposition(struct slice value, struct http_arena *arena, struct part *part,
                             struct err *err)
{
    struct slice name, parameter;
    bool bad;

    if (!slice_is_nocase(cut_blanks(cut_until(&value, ';')), "form-data"))
        return err_set(err, ERR_INPUT, "a part that is not form-data");
    while (next_parameter(&value, &name, &parameter, &bad)) {
        if (slice_is_nocase(name, "name") && !part->is_named) {
            part->name = unescaped(parameter, arena);
            part->is_named = true;
        } else if (slice_is_nocase(name, "filename") && !part->is_file) {
            part->filename = unescaped(parameter, arena);
            part->is_file = true;
        }
    }
    if (bad)
        return err_set(err, ERR_INPUT, "a malformed Content-Disposition");
    return true;
}

/* RFC 7578 §4.7: encodings are not used; one that changes the bytes is refused. */
static bool is_plain(struct slice encoding)
{
    return slice_is_nocase(encoding, "binary") || slice_is_nocase(encoding, "8bit") ||
           slice_is_nocase(encoding, "7bit");
}

static bool read_header(struct slice line, struct http_arena *arena, struct part *part,
                        struct err *err)
{
    struct slice value = line, name = cut_until(&value, ':');

    if (name.len == line.len || !str_is_token(name) || !str_is_field_value(value))
        return err_set(err, ERR_INPUT, "a malformed header of a part");
    value = cut_blanks(value);
    if (slice_is_nocase(name, "Content-Disposition"))
        return read_disposition(value, arena, part, err);
    if (slice_is_nocase(name, "Content-Type"))
        part->type = value;
    if (slice_is_nocase(name, "Content-Transfer-Encoding") && !is_plain(value))
        return err_set(err, ERR_INPUT, "a part in a transfer encoding");
    return true;
}

/* Reads the headers at reader->at; *ret_data is where the part's bytes begin. */
static bool read_headers(const struct reader *reader, struct http_arena *arena,
                         struct part *part, size_t *ret_data, struct err *err)
{
    size_t at = reader->at;

    for (;;) {
        struct slice rest = cut_from(reader->body, at);
        const char *end = memmem(rest.data, rest.len, "\r\n", 2);
        if (!end)
            return err_set(err, ERR_INPUT, "a part without an end to its headers");
        size_t len = (size_t)(end - rest.data);
        at += len + 2;
        if (len == 0)
            break;
        if (!read_header((struct slice){rest.data, len}, arena, part, err))
            return false;
    }
    *ret_data = at;
    if (!part->is_named)
        return err_set(err, ERR_INPUT, "a part without a name");
    return true;
}

/* Room for one more of so many items: a new place, twice as large, at every power of two. */
static void *grown(struct http_arena *arena, void *items, size_t count, size_t size)
{
    if (count & (count - 1))
        return items;
    void *place = http_arena_take(arena, (count ? 2 * count : 1) * size);
    if (count)
        memcpy(place, items, count * size);
    return place;
}

static void keep(const struct part *part, struct slice data, struct http_arena *arena,
                 struct http_pairs *fields, struct http_files *files)
{
    if (part->is_file) {
        files->items = grown(arena, files->items, files->count, sizeof *files->items);
        files->items[files->count++] = (struct http_file){
            .name = part->name, .filename = part->filename, .type = part->type, .data = data};
    } else {
        fields->items = grown(arena, fields->items, fields->count, sizeof *fields->items);
        fields->items[fields->count++] = (struct http_pair){.name = part->name, .value = data};
    }
}

bool form_parse_multipart(struct slice type, struct slice body, size_t most,
                          struct http_arena *arena, struct http_pairs *ret_fields,
                          struct http_files *ret_files, struct err *err)
{
    struct reader reader = {.body = body.data ? body : slice_of("")};
    struct slice boundary = find_boundary(type);
    if (!boundary.len)
        return err_set(err, ERR_INPUT, "multipart/form-data without a usable boundary");
    memcpy(reader.mark, "\r\n--", 4);
    memcpy(reader.mark + 4, boundary.data, boundary.len);
    reader.mark_len = 4 + boundary.len;
    if (!first_delimiter(&reader))
        return err_set(err, ERR_INPUT, "a multipart body without its boundary");

    struct http_pairs fields = {0};
    struct http_files files = {0};
    while (!reader.closed) {
        struct part part = {0};
        size_t data = 0, end = 0;
        if (fields.count + files.count == most)
            return err_set(err, ERR_LIMIT, "more than %zu fields", most);
        if (!read_headers(&reader, arena, &part, &data, err))
            return false;
        if (!next_delimiter(&reader, data - 2, &end)) /* CR LF stand before the data */
            return err_set(err, ERR_INPUT, "a multipart body that is cut off");
        size_t len = end > data ? end - data : 0;
        keep(&part, (struct slice){body.data + data, len}, arena, &fields, &files);
    }
    *ret_fields = fields;
    *ret_files = files;
    return true;
}
