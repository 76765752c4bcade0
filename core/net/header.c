/*
 * Writing header fields.  See header.h.
 *
 * A field is written into *out at once, with `column` telling how far its last line has come;
 * where a check fails what was written so far is the caller's to throw away.
 */
#include "net/header.h"

#include "base/limits.h"
#include "base/str.h"

#include <string.h>

enum {
    LINE_MAX_COLUMNS = 76,
    WORD_MAX = 60,       /* of plain text before it is encoded, so that it can be divided */
    UNBROKEN_MAX = 900,  /* of a field that may not be encoded; RFC 5322 allows 998 */
    SEGMENT_COLUMNS = 48 /* of one RFC 2231 continuation */
};

static bool refuse(struct err *err, const char *name, const char *what)
{
    return err_set(err, ERR_INPUT, "%s: %s", name, what);
}

static bool check(const char *name, struct slice text, struct err *err)
{
    if (text.len > LIMIT_MAIL_HEADER)
        return err_set(err, ERR_INPUT, "%s: it is longer than %d bytes", name,
                       LIMIT_MAIL_HEADER);
    if (!str_is_utf8(text))
        return refuse(err, name, "it is not valid UTF-8");
    for (size_t i = 0; i < text.len; i++)
        if (((unsigned char)text.data[i] < 0x20 && text.data[i] != '\t') ||
            text.data[i] == 0x7f)
            return refuse(err, name, "it holds a line break or another control character");
    return true;
}

static bool is_ascii(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    return true;
}

/* ---- base64 ---- */

static void add_base64(const unsigned char *bytes, size_t len, struct buf *out)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        unsigned b = i + 1 < len ? bytes[i + 1] : 0, c = i + 2 < len ? bytes[i + 2] : 0;
        unsigned group = (unsigned)bytes[i] << 16 | b << 8 | c;
        char four[4] = {digits[group >> 18], digits[group >> 12 & 63],
                        i + 1 < len ? digits[group >> 6 & 63] : '=',
                        i + 2 < len ? digits[group & 63] : '='};
        buf_add(out, four, sizeof four);
    }
}

void header_base64_lines(struct slice bytes, struct buf *out)
{
    enum { PER_LINE = LINE_MAX_COLUMNS / 4 * 3 };
    buf_reserve(out, bytes.len / PER_LINE * (LINE_MAX_COLUMNS + 2) + LINE_MAX_COLUMNS + 2);
    for (size_t i = 0; i < bytes.len; i += PER_LINE) {
        size_t rest = bytes.len - i;
        add_base64((const unsigned char *)bytes.data + i, rest < PER_LINE ? rest : PER_LINE,
                   out);
        buf_adds(out, "\r\n");
    }
}

/* ---- encoded words ---- */

/* Bytes of whole characters at the text's beginning, at most `room`. */
static size_t whole_characters(struct slice text, size_t room)
{
    size_t len = 0;
    while (len < text.len) {
        size_t next = str_character((struct slice){text.data + len, text.len - len});
        if (len + next > room)
            break;
        len += next;
    }
    return len;
}

static void add_words(struct slice text, size_t *column, struct buf *out)
{
    static const char open[] = "=?UTF-8?B?", close[] = "?=";
    enum { FRAME = sizeof open + sizeof close - 2, LONGEST_CHARACTER = 4 };
    while (text.len > 0) {
        size_t used = *column + FRAME;
        size_t room = used < LINE_MAX_COLUMNS ? (LINE_MAX_COLUMNS - used) / 4 * 3 : 0;
        if (room < LONGEST_CHARACTER) {
            buf_adds(out, "\r\n ");
            *column = 1;
            continue;
        }
        size_t len = whole_characters(text, room);
        buf_adds(out, open);
        add_base64((const unsigned char *)text.data, len, out);
        buf_adds(out, close);
        *column = used + (len + 2) / 3 * 4;
        text = (struct slice){text.data + len, text.len - len};
        if (text.len > 0) {
            buf_adds(out, "\r\n ");
            *column = 1;
        }
    }
}

/* ---- plain text ---- */

/* The longest run without a space. */
static size_t longest_word(struct slice text)
{
    size_t longest = 0, len = 0;
    for (size_t i = 0; i < text.len; i++) {
        len = text.data[i] == ' ' ? 0 : len + 1;
        longest = len > longest ? len : longest;
    }
    return longest;
}

/* ASCII whose spaces are single and inside, so that folding keeps them, and that nobody takes
 * for an encoded word. */
static bool is_plain(struct slice text)
{
    if (!is_ascii(text) || memmem(text.data, text.len, "=?", 2) ||
        (text.len > 0 && memchr(text.data, '\t', text.len)))
        return false;
    if (text.len > 0 && (text.data[0] == ' ' || text.data[text.len - 1] == ' '))
        return false;
    return !memmem(text.data, text.len, "  ", 2);
}

/* Words divided by single spaces, folded where a line would become too long. */
static void add_folded(struct slice text, size_t *column, struct buf *out)
{
    for (bool first = true; text.len > 0; first = false) {
        const char *space = memchr(text.data, ' ', text.len);
        size_t len = space ? (size_t)(space - text.data) : text.len;
        if (!first) {
            bool fold = *column + 1 + len > LINE_MAX_COLUMNS;
            buf_adds(out, fold ? "\r\n " : " ");
            *column = fold ? 1 : *column + 1;
        }
        buf_add(out, text.data, len);
        *column += len;
        size_t used = len + (space ? 1 : 0);
        text = (struct slice){text.data + used, text.len - used};
    }
}

/* ---- fields ---- */

static size_t begin(const char *name, struct buf *out)
{
    buf_adds(out, name);
    buf_adds(out, ": ");
    return strlen(name) + 2;
}

bool header_text(const char *name, struct slice text, struct buf *out, struct err *err)
{
    if (!check(name, text, err))
        return false;
    size_t column = begin(name, out);
    if (is_plain(text) && longest_word(text) <= WORD_MAX)
        add_folded(text, &column, out);
    else
        add_words(text, &column, out);
    buf_adds(out, "\r\n");
    return true;
}

bool header_extra(const char *name, struct slice value, struct buf *out, struct err *err)
{
    if (!check(name, value, err))
        return false;
    size_t column = begin(name, out);
    if (!is_ascii(value))
        add_words(value, &column, out);
    else if (!is_plain(value) || longest_word(value) > UNBROKEN_MAX)
        return refuse(err, name,
                      "it has a tab, spaces at an end or two together, '=?', or more "
                      "than 900 characters without a space");
    else
        add_folded(value, &column, out);
    buf_adds(out, "\r\n");
    return true;
}

static void add_quoted(struct slice text, struct buf *out)
{
    buf_addc(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            buf_addc(out, '\\');
        buf_addc(out, text.data[i]);
    }
    buf_addc(out, '"');
}

bool header_mailbox(const char *name, struct slice person, const char *address, struct buf *out,
                    struct err *err)
{
    if (!check(name, person, err))
        return false;
    size_t column = begin(name, out), before = out->len;
    if (person.len > 0 && is_plain(person) && person.len <= WORD_MAX) {
        add_quoted(person, out);
        column += out->len - before;
    } else {
        add_words(person, &column, out);
    }
    if (person.len > 0)
        buf_adds(out, column + 3 + strlen(address) > LINE_MAX_COLUMNS ? "\r\n " : " ");
    buf_adds(out, "<");
    buf_adds(out, address);
    buf_adds(out, ">\r\n");
    return true;
}

bool header_may(struct slice name)
{
    static const char *const names[] = {
        "from",          "to",          "cc",       "bcc",
        "sender",        "subject",     "received", "mime-version",
        "apparently-to", "return-path", NULL};
    if (!str_is_token(name) || name.len > WORD_MAX)
        return false;
    for (size_t i = 0; names[i]; i++)
        if (slice_is_nocase(name, names[i]))
            return false;
    return !(name.len >= 8 && slice_is_nocase((struct slice){name.data, 8}, "content-")) &&
           !(name.len >= 7 && slice_is_nocase((struct slice){name.data, 7}, "resent-"));
}

/* ---- parameters ---- */

static void add_extended(const char *name, struct slice value, struct buf *out)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    size_t column = SEGMENT_COLUMNS;
    int segment = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (column >= SEGMENT_COLUMNS) {
            buf_addf(out, "%s\r\n %s*%d*=%s", segment ? ";" : "", name, segment,
                     segment ? "" : "UTF-8''");
            segment++;
            column = 0;
        }
        char c = value.data[i];
        if (c && strchr(plain, c)) {
            buf_addc(out, c);
            column++;
        } else {
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)c);
            column += 3;
        }
    }
}

bool header_parameter(const char *name, struct slice value, struct buf *out, struct err *err)
{
    if (!check(name, value, err))
        return false;
    buf_addc(out, ';');
    if (is_ascii(value) && value.len <= WORD_MAX && !memchr(value.data, '\t', value.len)) {
        buf_addf(out, "\r\n %s=", name);
        add_quoted(value, out);
    } else {
        add_extended(name, value, out);
    }
    return true;
}
