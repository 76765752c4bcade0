/*
 * See console_lines.h.
 *
 * libedit asks for one character at a time; there the descriptor is waited for together with
 * the signal and the moment.  What ends the waiting ends libedit's line too; of a late one the
 * characters are pushed back, to be typed again.
 */
#include "server/console_lines.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <histedit.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <wchar.h>

enum { HISTORY = 1000, CHUNK = 4096 };

struct lines {
    EditLine *edit; /* NULL: no terminal */
    History *history;
    int signals;
    const char *prompt;
    uint64_t until;
    enum line_event event; /* why nothing more is read; LINE_TYPED: nothing has happened */
    struct buf in;         /* read and not taken, where there is no terminal */
    mbstate_t state;
};

/* ---- waiting ---- */

/* At most so many milliseconds for poll(2); -1 for ever. */
static int timeout_of(const struct lines *lines)
{
    uint64_t now = clock_monotonic();
    if (lines->until == UINT64_MAX)
        return -1;
    uint64_t left = lines->until > now ? (lines->until - now) / NS_PER_MS + 1 : 0;
    return left < INT_MAX ? (int)left : INT_MAX;
}

/* Until there is something to read; false where something else has happened. */
static bool wait_for(struct lines *lines)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = lines->signals, .events = POLLIN}};
    struct signalfd_siginfo info;
    int count;
    do
        count = poll(fds, 2, timeout_of(lines));
    while (count < 0 && errno == EINTR);
    lines->event = LINE_TYPED;
    if (fds[1].revents && read(lines->signals, &info, sizeof info) > 0)
        lines->event = LINE_INTERRUPTED;
    else if (count == 0)
        lines->event = LINE_LATE;
    return lines->event == LINE_TYPED;
}

/* ---- without a terminal ---- */

/* Takes a line off what was read; the rest at the end counts as one. */
static bool take_line(struct lines *lines, bool all, struct buf *line)
{
    struct buf *in = &lines->in;
    const char *end = in->len ? memchr(in->data, '\n', in->len) : NULL;
    if (!end && (!all || in->len == 0))
        return false;
    size_t len = end ? (size_t)(end - in->data) : in->len;
    size_t gone = end ? len + 1 : len;
    buf_add(line, in->data, len);
    memmove(in->data, in->data + gone, in->len - gone);
    in->len -= gone;
    return true;
}

static enum line_event read_plain(struct lines *lines, struct buf *line)
{
    char part[CHUNK];
    while (!take_line(lines, false, line)) {
        if (!wait_for(lines))
            return lines->event;
        ssize_t len = read(STDIN_FILENO, part, sizeof part);
        if (len <= 0)
            return take_line(lines, true, line) ? LINE_TYPED : LINE_END;
        buf_add(&lines->in, part, (size_t)len);
    }
    return LINE_TYPED;
}

/* ---- on a terminal ---- */

static char *prompt_of(EditLine *edit)
{
    struct lines *lines;
    el_get(edit, EL_CLIENTDATA, &lines);
    return (char *)lines->prompt;
}

/* Ctrl-D that was typed while nothing was read: once lines are edited, the kernel gives it as a
 * NUL (so Linux's n_tty keeps the end of a file), which is of no other use on an empty line. */
static bool is_end(EditLine *edit, char byte)
{
    const LineInfo *info = el_line(edit);
    return byte == '\0' && info->lastchar == info->buffer;
}

/* 1 for a character, 0 at the end, -1 where there is none for now. */
static int read_character(EditLine *edit, wchar_t *character)
{
    struct lines *lines;
    el_get(edit, EL_CLIENTDATA, &lines);
    for (;;) {
        char byte;
        if (!wait_for(lines))
            return -1;
        if (read(STDIN_FILENO, &byte, 1) != 1 || is_end(edit, byte)) {
            lines->event = LINE_END;
            return 0;
        }
        size_t len = mbrtowc(character, &byte, 1, &lines->state);
        if (len == (size_t)-1)
            memset(&lines->state, 0, sizeof lines->state);
        else if (len != (size_t)-2)
            return 1;
    }
}

/* Keeps what was typed for the next time. */
static void push_back(const struct lines *lines)
{
    const LineInfo *info = el_line(lines->edit);
    CLEANUP(mem_freep)
    char *typed = mem_copy(info->buffer, (size_t)(info->lastchar - info->buffer));
    el_push(lines->edit, typed);
}

static enum line_event read_terminal(struct lines *lines, struct buf *line)
{
    int count = 0;
    lines->event = LINE_TYPED;
    const char *text = el_gets(lines->edit, &count);
    if (lines->event == LINE_LATE)
        push_back(lines);
    if (lines->event != LINE_TYPED) {
        putchar('\n');
        return lines->event;
    }
    if (!text || count <= 0) {
        putchar('\n');
        return LINE_END;
    }
    buf_add(line, text, (size_t)count - (text[count - 1] == '\n'));
    return LINE_TYPED;
}

/* ---- both ---- */

enum line_event lines_read(struct lines *lines, const char *prompt, uint64_t until,
                           struct buf *line)
{
    lines->prompt = prompt;
    lines->until = until;
    return lines->edit ? read_terminal(lines, line) : read_plain(lines, line);
}

void lines_remember(struct lines *lines, const char *entry)
{
    HistEvent event;
    if (lines->history)
        history(lines->history, &event, H_ENTER, entry);
}

bool lines_is_terminal(const struct lines *lines)
{
    return lines->edit != NULL;
}

static void open_terminal(struct lines *lines)
{
    HistEvent event;
    setlocale(LC_CTYPE, "");
    lines->edit = el_init("timecapsule", stdin, stdout, stderr);
    if (!lines->edit)
        return;
    lines->history = history_init();
    history(lines->history, &event, H_SETSIZE, HISTORY);
    history(lines->history, &event, H_SETUNIQUE, 1);
    el_set(lines->edit, EL_CLIENTDATA, lines);
    el_set(lines->edit, EL_PROMPT, prompt_of);
    el_set(lines->edit, EL_EDITOR, "emacs");
    el_set(lines->edit, EL_HIST, history, lines->history);
    el_set(lines->edit, EL_GETCFN, read_character);
    el_source(lines->edit, NULL); /* the person's own ~/.editrc */
}

struct lines *lines_new(int signals)
{
    struct lines *lines = mem_new(1, sizeof *lines);
    lines->signals = signals;
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        open_terminal(lines);
    return lines;
}

void lines_free(struct lines *lines)
{
    if (!lines)
        return;
    if (lines->history)
        history_end(lines->history);
    if (lines->edit)
        el_end(lines->edit);
    buf_done(&lines->in);
    free(lines);
}
