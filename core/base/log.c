/*
 * Lines of the log.  Lines are made in memory of their thread and written whole by one
 * write(2), so that those of different threads do not mix and no lock is held while the reader
 * is slow.
 *
 * The times are the machine's, also where a spec has moved clock_now(): the log tells what
 * really happened when.
 */
#include "base/log.h"

#include "base/cut.h"
#include "base/log_kept.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* Whole lines of this thread that are still to be written, of one sink each. */
static _Thread_local struct waiting {
    size_t len;
    char bytes[8 * 1024];
} waiting, waiting_requests;

static enum log_level lowest = LOG_INFO;
static enum log_format chosen = LOG_TEXT;
static bool is_journal; /* reads priorities */

static struct {
    bool wanted;
    enum log_level level;
    char *path; /* NULL: among the others */
    int fd;     /* of the path; its number never changes */
} requests = {.wanted = true, .level = LOG_INFO, .fd = -1};

/* systemd says which stream is the journal's: standard error may lead elsewhere by now. */
static bool leads_to_journal(void)
{
    const char *told = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat stream;

    return told && sscanf(told, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &stream) == 0 && stream.st_dev == device &&
           stream.st_ino == inode;
}

void log_setup(enum log_level level, enum log_format format)
{
    lowest = level;
    chosen = format;
    is_journal = leads_to_journal();
}

/* -1: it cannot be. */
static int open_requests(struct err *err)
{
    int fd = open(requests.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

    if (fd < 0)
        err_set(err, ERR_IO, "cannot open '%s' for the lines of requests: %s", requests.path,
                strerror(errno));
    return fd;
}

bool log_setup_requests(bool wanted, enum log_level level, const char *path, struct err *err)
{
    requests.wanted = wanted;
    requests.level = level;
    if (!path)
        return true;
    free(requests.path);
    requests.path = mem_text(path);
    requests.fd = open_requests(err);
    return requests.fd >= 0;
}

bool log_reopen_requests(struct err *err)
{
    if (requests.fd < 0)
        return true;
    int fd = open_requests(err);
    if (fd < 0)
        return false;
    dup3(fd, requests.fd, O_CLOEXEC);
    close(fd);
    return true;
}

bool log_wants_requests(void)
{
    return requests.wanted && (requests.fd >= 0 || log_enabled(requests.level));
}

bool log_enabled(enum log_level level)
{
    return level >= lowest;
}

bool log_level_parse(const char *text, enum log_level *ret)
{
    for (int level = LOG_DEBUG; level <= LOG_ERROR; level++) {
        if (strcmp(text, level_names[level]) != 0)
            continue;
        *ret = (enum log_level)level;
        return true;
    }
    return false;
}

/* All but the milliseconds is made once a second. */
static void add_time(struct buf *line)
{
    static _Thread_local time_t made;
    static _Thread_local char second[sizeof "2026-01-02T03:04:05"];
    struct timespec now;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != made && gmtime_r(&now.tv_sec, &utc)) {
        strftime(second, sizeof second, "%Y-%m-%dT%H:%M:%S", &utc);
        made = now.tv_sec;
    }
    int ms = (int)(now.tv_nsec / 1000000);
    const char rest[] = {'.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
                         (char)('0' + ms % 10), 'Z'};
    buf_adds(line, second);
    buf_add(line, rest, sizeof rest);
}

/* The longest line: most readers of logs cut longer ones, or split them. */
enum { LINE = 8192 };

/* No more of a value than so many bytes, in whole characters, and whether that is all of it. */
static bool shorten(struct slice *text, size_t most)
{
    if (text->len <= most)
        return true;
    while (most && ((unsigned char)text->data[most] & 0xC0) == 0x80)
        most--;
    text->len = most;
    return false;
}

/* ---- text ---- */

/* U+0080 … U+009F: terminals obey some of them as they do ESC. */
static bool is_control_pair(const char *s, size_t len)
{
    return len == 2 && (unsigned char)s[0] == 0xC2 && (unsigned char)s[1] < 0xA0;
}

static void add_escaped_byte(struct buf *line, char c)
{
    if (c == '\n')
        buf_adds(line, "\\n");
    else if (c == '\r')
        buf_adds(line, "\\r");
    else if (c == '\t')
        buf_adds(line, "\\t");
    else
        buf_addf(line, "\\x%02x", (unsigned char)c);
}

/* How many characters from `from` on are printable ASCII that needs no backslash. */
static size_t plain_run(struct slice text, size_t from)
{
    size_t at = from;

    while (at < text.len && text.data[at] >= ' ' && text.data[at] < 0x7F &&
           text.data[at] != '"' && text.data[at] != '\\')
        at++;
    return at - from;
}

/* Printable text as it is; quotes and backslashes behind a backslash where it is quoted. */
static void add_escaped(struct buf *line, struct slice text, bool quoted)
{
    for (size_t i = 0; i < text.len;) {
        size_t run = plain_run(text, i);
        buf_add(line, text.data + i, run);
        i += run;
        if (i == text.len)
            break;
        const char *s = text.data + i;
        size_t len = str_character((struct slice){s, text.len - i});
        size_t step = len ? len : 1;
        if (len == 0 || (unsigned char)*s < 0x20 || *s == 0x7F || is_control_pair(s, len)) {
            for (size_t k = 0; k < step; k++)
                add_escaped_byte(line, s[k]);
        } else {
            if (quoted && (*s == '"' || *s == '\\'))
                buf_addc(line, '\\');
            buf_add(line, s, step);
        }
        i += step;
    }
}

/* What can stand without quotes and still be told from what follows. */
static const bool of_plain[UINT8_MAX + 1] = {
    ['!'] = true, ['#' ... '<'] = true, ['>' ... '['] = true, [']' ... '~'] = true};

static bool is_plain(struct slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (!of_plain[(unsigned char)value.data[i]])
            return false;
    return value.len > 0;
}

/* " name=", what no name may have as "_". */
static void add_name(struct buf *line, struct slice name)
{
    buf_reserve(line, name.len + 2);
    char *at = line->data + line->len;
    *at++ = ' ';
    for (size_t i = 0; i < name.len; i++)
        *at++ = of_plain[(unsigned char)name.data[i]] ? name.data[i] : '_';
    *at++ = '=';
    *at = '\0';
    line->len += name.len + 2;
}

static void add_text_field(struct buf *line, const struct log_field *field, size_t most)
{
    struct slice value = slice_of(field->value);
    bool whole = shorten(&value, most);

    add_name(line, slice_of(field->name));
    if (whole && is_plain(value)) {
        buf_add(line, value.data, value.len);
        return;
    }
    buf_addc(line, '"');
    add_escaped(line, value, true);
    buf_adds(line, whole ? "\"" : "…\"");
}

static void add_text(struct buf *line, enum log_level level, const char *message,
                     const struct log_field *fields, int count, size_t most)
{
    struct slice text = slice_of(message);
    bool whole = shorten(&text, most);

    add_time(line);
    buf_addc(line, ' ');
    buf_adds(line, level_names[level]);
    buf_addc(line, ' ');
    add_escaped(line, text, false);
    if (!whole)
        buf_adds(line, "…");
    for (int i = 0; i < count; i++)
        add_text_field(line, &fields[i], most);
}

/* ---- JSON ---- */

/* Moves on over digits; is there any? */
static bool take_digits(const char **at)
{
    size_t count = strspn(*at, "0123456789");

    *at += count;
    return count > 0;
}

/* RFC 8259's number, or a boolean. */
static bool is_json_number(struct slice value)
{
    const char *at = value.data + (value.len && *value.data == '-');
    bool leads = *at == '0';

    if (slice_is(value, "true") || slice_is(value, "false"))
        return true;
    if ((leads && at[1] >= '0' && at[1] <= '9') || !take_digits(&at))
        return false;
    if (*at == '.' && (at++, !take_digits(&at)))
        return false;
    if (*at == 'e' || *at == 'E') {
        at += at[1] == '-' || at[1] == '+' ? 2 : 1;
        if (!take_digits(&at))
            return false;
    }
    return at == value.data + value.len;
}

static void add_json_number(struct buf *line, struct slice value)
{
    if (is_json_number(value))
        buf_add(line, value.data, value.len);
    else
        buf_adds(line, "null");
}

static void add_json_value(struct buf *line, struct slice value, size_t most)
{
    bool whole = shorten(&value, most);

    str_json(value, line);
    if (whole)
        return;
    line->len--; /* the quote at its end */
    buf_adds(line, "…\"");
}

static void add_json(struct buf *line, enum log_level level, const char *message,
                     const struct log_field *fields, int count, size_t most)
{
    buf_adds(line, "{\"time\":\"");
    add_time(line);
    buf_addf(line, "\",\"level\":\"%s\",\"message\":", level_names[level]);
    add_json_value(line, slice_of(message), most);
    for (int i = 0; i < count; i++) {
        buf_addc(line, ',');
        str_json(slice_of(fields[i].name), line);
        buf_addc(line, ':');
        if (fields[i].kind == LOG_NUMBER && fields[i].value)
            add_json_number(line, slice_of(fields[i].value));
        else
            add_json_value(line, slice_of(fields[i].value), most);
    }
    buf_addc(line, '}');
}

/* ---- both ---- */

/* A reader that takes only a part gets the rest; one that is gone or full loses the line. */
static void write_lines(int fd, const char *lines, size_t len)
{
    size_t written = 0;

    while (written < len) {
        ssize_t got = write(fd, lines + written, len - written);
        if (got < 0 && errno != EINTR)
            return;
        if (got > 0)
            written += (size_t)got;
    }
}

static void flush(struct waiting *lines, int fd)
{
    write_lines(fd, lines->bytes, lines->len);
    lines->len = 0;
}

void log_flush(void)
{
    flush(&waiting, STDERR_FILENO);
    flush(&waiting_requests, requests.fd);
}

static void add_priority(struct buf *line, enum log_level level)
{
    static const char priorities[] = {'7', '6', '4', '3'};

    if (is_journal)
        buf_addf(line, "<%c>", priorities[level]);
}

static void make_line(struct buf *line, enum log_level level, const char *message,
                      const struct log_field *fields, int count, bool own_file)
{
    for (size_t most = LINE; most; most /= 2) { /* until what is left of each value fits */
        buf_clear(line);
        if (!own_file)
            add_priority(line, level);
        if (chosen == LOG_JSON)
            add_json(line, level, message, fields, count, most);
        else
            add_text(line, level, message, fields, count, most);
        if (line->len < LINE)
            break;
    }
    buf_addc(line, '\n');
}

static void add_line(enum log_level level, const char *message, const struct log_field *fields,
                     int count, bool own_file)
{
    CLEANUP(buf_done) struct buf line = {0};
    struct waiting *lines = own_file ? &waiting_requests : &waiting;
    int fd = own_file ? requests.fd : STDERR_FILENO;

    buf_reserve(&line, 500);
    make_line(&line, level, message, fields, count, own_file);
    if (line.len > sizeof lines->bytes - lines->len)
        flush(lines, fd);
    if (line.len > sizeof lines->bytes) {
        write_lines(fd, line.data, line.len);
        return;
    }
    memcpy(lines->bytes + lines->len, line.data, line.len);
    lines->len += line.len;
}

void log_request(const char *message, const struct log_field *fields, int count)
{
    if (log_wants_requests())
        add_line(requests.level, message, fields, count, requests.fd >= 0);
}

static void keep(const char *message, const struct log_field *fields, int count)
{
    CLEANUP(buf_done) struct buf line = {0};

    for (size_t most = LOG_KEPT_LINE; most; most /= 2) {
        buf_clear(&line);
        add_json(&line, LOG_ERROR, message, fields, count, most);
        if (line.len <= LOG_KEPT_LINE)
            break;
    }
    log_keep((struct slice){line.data, line.len});
}

void log_event(enum log_level level, const char *message, const struct log_field *fields,
               int count)
{
    if (level == LOG_ERROR)
        keep(message, fields, count);
    if (log_enabled(level))
        add_line(level, message, fields, count, false);
    log_flush();
}

void log_line(enum log_level level, const char *format, ...)
{
    va_list args;

    if (!log_enabled(level))
        return;
    va_start(args, format);
    CLEANUP(mem_freep) char *message = mem_format_list(format, args);
    va_end(args);
    log_event(level, message, NULL, 0);
}

void log_lines(enum log_level level, struct slice text)
{
    while (text.len > 0) {
        struct slice line = cut_until(&text, '\n');
        log_line(level, "%.*s", (int)line.len, line.data);
    }
}
