/* See smtp_reply.h. */
#include "net/smtp_reply.h"

#include "base/str.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t add_text(struct slice text, char *out, size_t len)
{
    while (text.len > 0) {
        size_t size = str_character(text);
        bool shown = size > 0 && (unsigned char)text.data[0] >= 0x20 && text.data[0] != 0x7f;
        if (len + (shown ? size : 1) > SMTP_REPLY_TEXT)
            break;
        memcpy(out + len, shown ? text.data : "?", shown ? size : 1);
        len += shown ? size : 1;
        size_t used = size ? size : 1;
        text = (struct slice){text.data + used, text.len - used};
    }
    out[len] = '\0';
    return len;
}

void smtp_printable(const char *text, char ret_text[SMTP_REPLY_TEXT + 1])
{
    add_text(slice_of(text), ret_text, 0);
}

bool smtp_reply_add(struct smtp_reply *reply, struct slice line)
{
    while (line.len > 0 && strchr("\r\n ", line.data[line.len - 1]))
        line.len--;
    if (line.len < 3 || line.data[0] < '2' || line.data[0] > '5' || !is_digit(line.data[1]) ||
        !is_digit(line.data[2]) || (line.len > 3 && line.data[3] != ' ' && line.data[3] != '-'))
        return false;
    bool first = reply->complete || reply->code == 0;
    reply->lines = first ? 1 : reply->lines + 1;
    if (reply->lines > SMTP_REPLY_LINES)
        return false;
    reply->code = (line.data[0] - '0') * 100 + (line.data[1] - '0') * 10 + (line.data[2] - '0');
    reply->complete = line.len == 3 || line.data[3] == ' ';
    if (first)
        reply->len = add_text((struct slice){line.data, 3}, reply->text, 0);
    if (line.len > 4) {
        reply->len = add_text(slice_of(" "), reply->text, reply->len);
        struct slice rest = {line.data + 4, line.len - 4};
        reply->len = add_text(rest, reply->text, reply->len);
    }
    return true;
}

/* One to three digits. */
static bool read_figure(const char **text, int *ret_figure)
{
    int figure = 0, digits = 0;
    for (; digits < 3 && is_digit(**text); digits++)
        figure = figure * 10 + (*(*text)++ - '0');
    *ret_figure = figure;
    return digits > 0;
}

/* The figures behind the class: "550 5.1.1 no such user" has 1 and 1.  false: there are none.
 * The class says no more than the code, and some servers let the two differ. */
static bool read_status(const char *text, int *ret_subject, int *ret_detail)
{
    int class;
    for (int i = 0; i < 4; i++)
        if (*text++ == '\0')
            return false;
    return read_figure(&text, &class) && *text++ == '.' && read_figure(&text, ret_subject) &&
           *text++ == '.' && read_figure(&text, ret_detail) && (*text == ' ' || *text == '\0');
}

static enum err_kind kind_of_status(int subject, int detail, enum smtp_stage stage)
{
    bool about_sender = stage == SMTP_MAIL || (subject == 1 && (detail == 7 || detail == 8));
    bool about_address = subject == 1 || subject == 2;
    return subject == 6 || (about_address && !about_sender) ? ERR_PERMANENT : ERR_POLICY;
}

/* Without figures that tell. */
static enum err_kind kind_of_words(const struct smtp_reply *reply, const char *recipient)
{
    bool about_mailbox = reply->code == 550 || reply->code == 551 || reply->code == 553;
    if (reply->code == 552)
        return ERR_PERMANENT;
    return about_mailbox && recipient && strcasestr(reply->text, recipient) ? ERR_PERMANENT
                                                                            : ERR_POLICY;
}

enum err_kind smtp_reply_kind(const struct smtp_reply *reply, enum smtp_stage stage,
                              const char *recipient)
{
    int code = reply->code, subject, detail;
    if (code < 500 || code > 599)
        return ERR_TEMPORARY;
    if (code == 530 || code == 534 || code == 535 || code == 538 || stage == SMTP_CONNECT)
        return ERR_AUTH;
    bool tells = read_status(reply->text, &subject, &detail) && subject != 0 && subject != 5 &&
                 !(subject == 1 && detail == 0);
    return tells ? kind_of_status(subject, detail, stage)
                 : kind_of_words(reply, stage == SMTP_MAIL ? NULL : recipient);
}

const char *smtp_stage_name(enum smtp_stage stage)
{
    static const char *const names[] = {"the connection", "the sender", "the recipient",
                                        "the letter",     "the letter", "a reset"};
    return names[stage];
}
