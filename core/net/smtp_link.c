/* See smtp_link.h. */
#include "net/smtp_link.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "net/address.h"
#include "net/smtp_easy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum {
    RESET_S = 10,
    MAX_IN = 64 * 1024,              /* of replies: no server has that much to say */
    MAX_HEARD = 2 * SMTP_REPLY_LINES /* lines until it is connected: six replies */
};

static void set_timer(struct smtp_link *link, int seconds)
{
    loop_timer_set(link->curl->loop, &link->timer,
                   clock_monotonic() + (uint64_t)seconds * NS_PER_S);
}

/* ---- ends ---- */

static void close_link(struct smtp_link *link)
{
    struct loop *loop = link->curl->loop;
    if (link->watching)
        loop_remove(loop, &link->watch);
    link->watching = false;
    loop_timer_clear(loop, &link->timer);
    if (link->easy) {
        curl_loop_remove(link->curl, link->easy);
        curl_easy_cleanup(TAKE(link->easy));
    }
    link->state = SMTP_CLOSED;
}

/* The letter, where there is one, has failed. */
static void fail(struct smtp_link *link, enum err_kind kind, const char *what, const char *why)
{
    if (!link->message)
        return;
    link->message = NULL;
    link->outcome = SMTP_FAILED;
    smtp_easy_tell(link->url, kind, what, why, &link->err);
}

/* The connection is of no more use.  Where it had been kept from an earlier letter and dies at
 * the first word of the next, that letter has not been touched. */
static void lose(struct smtp_link *link, const char *what, const char *why)
{
    if (link->message && link->reused && link->stage == SMTP_MAIL) {
        link->message = NULL;
        link->outcome = SMTP_AGAIN;
    } else {
        fail(link, ERR_TEMPORARY, what, why);
    }
    close_link(link);
}

static void hung_up(struct smtp_link *link)
{
    CLEANUP(mem_freep)
    char *what =
        mem_format("closed the connection before it took %s", smtp_stage_name(link->stage));
    lose(link, what, "");
}

/* The server's words as they may be logged: it likes to repeat the recipient. */
static void mask_reply(struct smtp_link *link)
{
    struct buf masked = {0};
    struct slice text = {link->reply.text, link->reply.len};
    address_mask(text, link->message->to, &masked);
    smtp_printable(masked.data ? masked.data : "", link->reply.text);
    link->reply.len = strlen(link->reply.text);
    buf_done(&masked);
}

/* ---- writing ---- */

static void want(struct smtp_link *link, uint32_t events)
{
    if (link->events == events)
        return;
    link->events = events;
    loop_change(link->curl->loop, &link->watch, events, NULL);
}

static void flush(struct smtp_link *link)
{
    while (link->sent < link->out.len) {
        size_t count = 0;
        CURLcode code = curl_easy_send(link->easy, link->out.data + link->sent,
                                       link->out.len - link->sent, &count);
        if (code == CURLE_AGAIN || (code == CURLE_OK && count == 0)) {
            want(link, EPOLLIN | EPOLLRDHUP | EPOLLOUT);
            return;
        }
        if (code != CURLE_OK) {
            hung_up(link);
            return;
        }
        link->sent += count;
    }
    want(link, EPOLLIN | EPOLLRDHUP);
}

/* Begins a new turn of ours; `text` is borrowed for the call. */
static void say(struct smtp_link *link, enum smtp_stage stage, const char *command,
                const char *address, const char *rest)
{
    link->stage = stage;
    link->sent = 0;
    link->reply = (struct smtp_reply){0};
    buf_clear(&link->out);
    buf_addf(&link->out, "%s%s%s\r\n", command, address, rest);
    flush(link);
}

/* The letter with its final dot.  No line of ours begins with one, but whoever reads the bytes
 * here shall not have to know. */
static void say_letter(struct smtp_link *link)
{
    const struct buf *bytes = &link->message->bytes;
    link->stage = SMTP_LETTER;
    link->sent = 0;
    link->reply = (struct smtp_reply){0};
    buf_clear(&link->out);
    buf_reserve(&link->out, bytes->len + 8);
    for (const char *at = bytes->data, *end = at + bytes->len; at < end;) {
        const char *next = memmem(at, (size_t)(end - at), "\r\n", 2);
        next = next ? next + 2 : end;
        if (*at == '.')
            buf_addc(&link->out, '.');
        buf_add(&link->out, at, (size_t)(next - at));
        at = next;
    }
    buf_adds(&link->out, ".\r\n");
    flush(link);
}

static void start_letter(struct smtp_link *link)
{
    char size[40] = "";
    if (link->sizes)
        snprintf(size, sizeof size, " SIZE=%zu", link->message->bytes.len);
    link->state = SMTP_SENDING;
    CLEANUP(mem_freep) char *rest = mem_format(">%s", size);
    say(link, SMTP_MAIL, "MAIL FROM:<", link->message->from, rest);
}

/* ---- reading ---- */

static void rest(struct smtp_link *link)
{
    link->state = SMTP_IDLE;
    link->reused = true;
    set_timer(link, LIMIT_MAIL_IDLE_S);
}

/* A large letter's memory is not kept for the next. */
static void drop_letter(struct smtp_link *link)
{
    link->message = NULL;
    buf_done(&link->out);
    link->sent = 0;
}

static void refused(struct smtp_link *link)
{
    int code = link->reply.code;
    enum smtp_stage stage = link->stage;
    bool unfinished = link->sent < link->out.len;
    if (code == 421 && link->reused && stage == SMTP_MAIL) {
        lose(link, "", "");
        return;
    }
    enum err_kind kind = smtp_reply_kind(&link->reply, stage, link->message->to);
    mask_reply(link);
    CLEANUP(mem_freep) char *what = mem_format("did not take %s", smtp_stage_name(stage));
    fail(link, kind, what, link->reply.text);
    if (code == 421 || code < 400 || unfinished) {
        close_link(link);
        return;
    }
    drop_letter(link);
    if (stage == SMTP_LETTER) {
        rest(link);
        return;
    }
    link->state = SMTP_RESETTING;
    set_timer(link, RESET_S);
    say(link, SMTP_RESET, "RSET", "", "");
}

static void taken(struct smtp_link *link)
{
    mask_reply(link);
    link->outcome = SMTP_SENT;
    drop_letter(link);
    rest(link);
}

/* A whole reply has come. */
static void step(struct smtp_link *link)
{
    bool good = link->reply.code / 100 == 2;
    if (link->state == SMTP_IDLE || (link->state == SMTP_RESETTING && !good))
        close_link(link); /* it says good-bye */
    else if (link->state == SMTP_RESETTING)
        rest(link);
    else if (link->stage == SMTP_MAIL && good)
        say(link, SMTP_RCPT, "RCPT TO:<", link->message->to, ">");
    else if (link->stage == SMTP_RCPT && good)
        say(link, SMTP_DATA, "DATA", "", "");
    else if (link->stage == SMTP_DATA && link->reply.code == 354)
        say_letter(link);
    else if (link->stage == SMTP_LETTER && good && link->sent == link->out.len)
        taken(link);
    else
        refused(link);
}

/* The lines that are there; a step may close the link. */
static void read_lines(struct smtp_link *link)
{
    size_t used = 0;
    while (link->state != SMTP_CLOSED && used < link->in.len) {
        const char *line = link->in.data + used;
        const char *end = memchr(line, '\n', link->in.len - used);
        if (!end)
            break;
        size_t len = (size_t)(end - line) + 1;
        used += len;
        if (!smtp_reply_add(&link->reply, (struct slice){line, len}))
            lose(link, "does not speak SMTP", "");
        else if (link->reply.complete)
            step(link);
    }
    memmove(link->in.data, link->in.data + used, link->in.len - used);
    link->in.len -= used;
}

static void receive(struct smtp_link *link)
{
    char part[4096];
    while (link->state != SMTP_CLOSED) {
        size_t count = 0;
        CURLcode code = curl_easy_recv(link->easy, part, sizeof part, &count);
        if (code == CURLE_AGAIN)
            return;
        if (code != CURLE_OK || count == 0) {
            hung_up(link);
            return;
        }
        buf_add(&link->in, part, count);
        if (link->in.len > MAX_IN)
            lose(link, "talks too much", "");
        else
            read_lines(link);
    }
}

static void ready(struct loop_watch *watch, uint32_t events)
{
    struct smtp_link *link = watch->owner;
    if (events & EPOLLOUT)
        flush(link);
    if (link->state != SMTP_CLOSED)
        receive(link);
    link->settled(link);
}

static void timed_out(struct loop_timer *timer)
{
    struct smtp_link *link = timer->owner;
    if (link->state == SMTP_IDLE) {
        size_t count;
        curl_easy_send(link->easy, "QUIT\r\n", 6, &count);
    } else {
        CLEANUP(mem_freep)
        char *what = link->state == SMTP_CONNECTING
                         ? mem_format("did not answer within %d s", link->url->timeout_s)
                         : mem_format("did not take %s within %d s",
                                      smtp_stage_name(link->stage), link->url->timeout_s);
        fail(link, ERR_TEMPORARY, what, "");
    }
    close_link(link);
    link->settled(link);
}

/* ---- connecting ---- */

/* Every line that the server says while libcurl connects.  libcurl reads on for as long as
 * lines come that are no reply's last; taking none of one makes it give up. */
static size_t heard(char *line, size_t size, size_t count, void *owner)
{
    struct smtp_link *link = owner;
    size_t len = size * count;
    if (++link->heard > MAX_HEARD) {
        snprintf(link->fault, sizeof link->fault, "it talks without an end");
        return 0;
    }
    if (smtp_reply_add(&link->reply, (struct slice){line, len})) {
        if (link->reply.code == 235)
            link->logged_in = true;
        if (link->reply.code == 250 && len >= 8 && strncasecmp(line + 4, "SIZE", 4) == 0)
            link->sizes = true;
    }
    return len;
}

static void not_connected(struct smtp_link *link, CURLcode code)
{
    if (link->message) {
        link->message = NULL;
        link->outcome = SMTP_FAILED;
        smtp_easy_failed(link->url, code, &link->reply, link->fault, &link->err);
    }
    close_link(link);
}

/* Connected and greeted: from here on the socket is ours. */
static void take_over(struct smtp_link *link)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    curl_easy_getinfo(link->easy, CURLINFO_ACTIVESOCKET, &fd);
    link->watch = (struct loop_watch){.fd = fd, .ready = ready, .owner = link};
    link->events = EPOLLIN | EPOLLRDHUP;
    link->watching =
        fd != CURL_SOCKET_BAD && loop_add(link->curl->loop, &link->watch, link->events, NULL);
    if (!link->watching)
        lose(link, "cannot be used", "its connection cannot be watched");
    else if (mail_url_logs_in(link->url) && !link->logged_in) {
        fail(link, ERR_AUTH, "offers no login (AUTH PLAIN or LOGIN)", "");
        close_link(link);
    } else {
        start_letter(link);
    }
}

void smtp_link_connected(void *owner, CURLcode code)
{
    struct smtp_link *link = owner;
    if (code == CURLE_OK)
        take_over(link);
    else
        not_connected(link, code);
    link->settled(link);
}

bool smtp_link_open(const struct mail_url *url, struct curl_loop *curl,
                    const struct message *message, struct smtp_link **ret_link, struct err *err)
{
    struct smtp_link *link = mem_new(1, sizeof *link);
    link->url = url;
    link->curl = curl;
    link->message = message;
    link->timer = (struct loop_timer){.fire = timed_out, .owner = link};
    link->easy = smtp_easy_new(url, link->fault, err);
    if (!link->easy) {
        free(link);
        return false;
    }
    curl_easy_setopt(link->easy, CURLOPT_PRIVATE, link);
    curl_easy_setopt(link->easy, CURLOPT_HEADERFUNCTION, heard);
    curl_easy_setopt(link->easy, CURLOPT_HEADERDATA, link);
    if (!curl_loop_add(curl, link->easy, err)) {
        curl_easy_cleanup(link->easy);
        free(link);
        return false;
    }
    set_timer(link, url->timeout_s);
    *ret_link = link;
    return true;
}

void smtp_link_send(struct smtp_link *link, const struct message *message)
{
    link->message = message;
    link->outcome = SMTP_NONE;
    set_timer(link, link->url->timeout_s);
    start_letter(link);
    link->settled(link);
}

void smtp_link_free(struct smtp_link *link)
{
    if (!link)
        return;
    if (link->state == SMTP_IDLE) {
        size_t count;
        curl_easy_send(link->easy, "QUIT\r\n", 6, &count);
    }
    close_link(link);
    buf_done(&link->out);
    buf_done(&link->in);
    free(link);
}
