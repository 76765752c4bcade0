/* See message.h. */
#include "net/message.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/str.h"
#include "net/header.h"

#include <string.h>
#include <time.h>

/* ---- small pieces ---- */

static void add_random_hex(struct buf *out)
{
    unsigned char bytes[16];
    random_bytes(bytes, sizeof bytes);
    str_hex((struct slice){(const char *)bytes, sizeof bytes}, out);
}

/* By hand: strftime() speaks the locale's language. */
static void add_date(struct buf *out)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)clock_now();
    struct tm tm;
    gmtime_r(&now, &tm);
    buf_addf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
             months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static const struct message_field *find_field(const struct message_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->nfields; i++)
        if (slice_is_nocase(plan->fields[i].name, name))
            return &plan->fields[i];
    return NULL;
}

/* ---- Message-ID ---- */

/* <left@right> of visible ASCII without further brackets. */
static bool is_id(struct slice text)
{
    if (text.len < 5 || text.len > MESSAGE_ID_MAX || text.data[0] != '<' ||
        text.data[text.len - 1] != '>')
        return false;
    size_t ats = 0, at = 0;
    for (size_t i = 1; i < text.len - 1; i++) {
        char c = text.data[i];
        if (c <= ' ' || c > '~' || strchr("<>()[]\\,;:\"", c))
            return false;
        if (c == '@') {
            ats++;
            at = i;
        }
    }
    return ats == 1 && at > 1 && at < text.len - 2;
}

static bool choose_id(const struct message_plan *plan, struct message *message, struct err *err)
{
    const struct message_field *given = find_field(plan, "Message-ID");
    CLEANUP(buf_done) struct buf made = {0};
    struct slice id;
    if (given) {
        id = given->value;
    } else {
        buf_addc(&made, '<');
        add_random_hex(&made);
        /* What is longer than an identifier may be is left out; 32 digits are unique enough. */
        const char *domain = strchr(message->from, '@');
        bool fits = made.len + strlen(domain) + 1 <= MESSAGE_ID_MAX;
        buf_adds(&made, fits ? domain : "@localhost");
        buf_addc(&made, '>');
        id = (struct slice){made.data, made.len};
    }
    if (!is_id(id))
        return err_set(err, ERR_INPUT,
                       "Message-ID: it has to look like <word@domain>, with at "
                       "most %d visible ASCII characters",
                       (int)MESSAGE_ID_MAX);
    memcpy(message->id, id.data, id.len);
    message->id[id.len] = '\0';
    return true;
}

/* ---- the header ---- */

static bool add_reply_to(struct slice value, struct buf *out, struct err *err)
{
    char address[ADDRESS_MAX + 1];
    if (!address_read(value, address, err))
        return err_prefix(err, "Reply-To");
    return header_mailbox("Reply-To", (struct slice){0}, address, out, err);
}

static bool add_fields(const struct message_plan *plan, struct buf *out, struct err *err)
{
    for (size_t i = 0; i < plan->nfields; i++) {
        const struct message_field *field = &plan->fields[i];
        char name[64];
        if (!header_may(field->name) || field->name.len >= sizeof name)
            return err_set(err, ERR_INPUT, "headers: there is a name that may not be given");
        memcpy(name, field->name.data, field->name.len);
        name[field->name.len] = '\0';
        if (slice_is_nocase(field->name, "Message-ID"))
            continue;
        bool good = slice_is_nocase(field->name, "Reply-To")
                        ? add_reply_to(field->value, out, err)
                        : header_extra(name, field->value, out, err);
        if (!good)
            return false;
    }
    return true;
}

static bool add_header(const struct message_plan *plan, struct message *message,
                       struct err *err)
{
    struct buf *out = &message->bytes;
    if (!find_field(plan, "Date"))
        add_date(out);
    if (!header_mailbox("From", plan->from.name, message->from, out, err) ||
        !header_mailbox("To", plan->to.name, message->to, out, err) ||
        !header_text("Subject", plan->subject, out, err))
        return false;
    buf_addf(out, "Message-ID: %s\r\n", message->id);
    if (!find_field(plan, "Auto-Submitted"))
        buf_adds(out, "Auto-Submitted: auto-generated\r\n");
    if (!add_fields(plan, out, err))
        return false;
    buf_adds(out, "MIME-Version: 1.0\r\n");
    return true;
}

/* ---- the parts ---- */

/* Lines of mail end with CR LF, whatever a template has. */
static void add_crlf(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '\r' && i + 1 < text.len && text.data[i + 1] == '\n')
            continue;
        if (c == '\n' || c == '\r')
            buf_adds(out, "\r\n");
        else
            buf_addc(out, c);
    }
}

static bool add_text(const char *subtype, struct slice text, struct buf *out, struct err *err)
{
    if (!str_is_utf8(text) || memchr(text.data, '\0', text.len))
        return err_set(err, ERR_INPUT, "%s: it is not valid UTF-8, or holds a NUL",
                       strcmp(subtype, "plain") == 0 ? "text" : subtype);
    CLEANUP(buf_done) struct buf lines = {0};
    add_crlf(text, &lines);
    buf_addf(out, "Content-Type: text/%s; charset=utf-8\r\n", subtype);
    buf_adds(out, "Content-Transfer-Encoding: base64\r\n\r\n");
    header_base64_lines((struct slice){lines.data, lines.len}, out);
    return true;
}

/* "type/subtype" and perhaps parameters, all visible ASCII. */
static bool is_type(struct slice type)
{
    const char *slash = memchr(type.data, '/', type.len);
    if (!slash || type.len > 200)
        return false;
    for (size_t i = 0; i < type.len; i++)
        if (type.data[i] < ' ' || type.data[i] > '~')
            return false;
    struct slice first = {type.data, (size_t)(slash - type.data)};
    struct slice second = {slash + 1, type.len - first.len - 1};
    const char *end = second.len ? memchr(second.data, ';', second.len) : NULL;
    if (end)
        second.len = (size_t)(end - second.data);
    return str_is_token(first) && str_is_token(second);
}

static bool add_attachment(const struct message_attachment *attachment, struct buf *out,
                           struct err *err)
{
    struct slice type =
        attachment->type.len ? attachment->type : slice_of("application/octet-stream");
    if (!is_type(type))
        return err_set(err, ERR_INPUT, "attachments: a type has to look like text/calendar");
    if (attachment->name.len == 0 || attachment->name.len > 255)
        return err_set(err, ERR_INPUT, "attachments: a name has 1 to 255 bytes");
    buf_adds(out, "Content-Type: ");
    buf_add(out, type.data, type.len);
    buf_adds(out, "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment");
    if (!header_parameter("filename", attachment->name, out, err))
        return err_prefix(err, "attachments");
    buf_adds(out, "\r\n\r\n");
    header_base64_lines(attachment->data, out);
    return true;
}

/* A boundary cannot occur in what it divides: base64 has no '_'. */
static char *new_boundary(void)
{
    struct buf boundary = {0};
    buf_adds(&boundary, "=_");
    add_random_hex(&boundary);
    return buf_take(&boundary, NULL);
}

static void open_multipart(const char *subtype, const char *boundary, struct buf *out)
{
    buf_addf(out, "Content-Type: multipart/%s;\r\n boundary=\"%s\"\r\n\r\n", subtype, boundary);
}

static bool add_alternatives(const struct message_plan *plan, struct buf *out, struct err *err)
{
    if (plan->html.len == 0)
        return add_text("plain", plan->text, out, err);
    if (plan->text.len == 0)
        return add_text("html", plan->html, out, err);
    CLEANUP(mem_freep) char *boundary = new_boundary();
    open_multipart("alternative", boundary, out);
    buf_addf(out, "--%s\r\n", boundary);
    if (!add_text("plain", plan->text, out, err))
        return false;
    buf_addf(out, "--%s\r\n", boundary);
    if (!add_text("html", plan->html, out, err))
        return false;
    buf_addf(out, "--%s--\r\n", boundary);
    return true;
}

static bool add_body(const struct message_plan *plan, struct buf *out, struct err *err)
{
    if (plan->nattachments == 0)
        return add_alternatives(plan, out, err);
    CLEANUP(mem_freep) char *boundary = new_boundary();
    open_multipart("mixed", boundary, out);
    buf_addf(out, "--%s\r\n", boundary);
    if (!add_alternatives(plan, out, err))
        return false;
    for (size_t i = 0; i < plan->nattachments; i++) {
        buf_addf(out, "--%s\r\n", boundary);
        if (!add_attachment(&plan->attachments[i], out, err))
            return false;
    }
    buf_addf(out, "--%s--\r\n", boundary);
    return true;
}

/* ---- all of it ---- */

/* Before anything is encoded, so that an over-large letter costs nothing. */
static bool check_size(const struct message_plan *plan, struct err *err)
{
    size_t total = plan->text.len + plan->html.len;
    for (size_t i = 0; i < plan->nattachments; i++)
        total += plan->attachments[i].data.len;
    if (total > LIMIT_MAIL)
        return err_set(err, ERR_LIMIT, "the letter has %zu bytes; at most %d are sent", total,
                       LIMIT_MAIL);
    return true;
}

static bool build(const struct message_plan *plan, struct message *message, struct err *err)
{
    if (!address_read(plan->to.address, message->to, err))
        return err_prefix(err, "to");
    if (!address_read(plan->from.address, message->from, err))
        return err_prefix(err, "from");
    return check_size(plan, err) && choose_id(plan, message, err) &&
           add_header(plan, message, err) && add_body(plan, &message->bytes, err);
}

bool message_build(const struct message_plan *plan, struct message *ret_message,
                   struct err *err)
{
    struct message message = {.bytes = {0}};
    if (!build(plan, &message, err)) {
        message_done(&message);
        return false;
    }
    *ret_message = message;
    return true;
}

void message_done(struct message *message)
{
    if (message)
        buf_done(&message->bytes);
}
