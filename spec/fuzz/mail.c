/*
 * What mail is made of and answered with: addresses, header fields, replies of servers, and the
 * URLs of --mail and --database.  No field that is written breaks out of its line.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "base/str.h"
#include "db/db.h"
#include "net/address.h"
#include "net/header.h"
#include "net/mail_url.h"
#include "net/smtp_reply.h"
#include "server/drivers.h"

#include <string.h>

/* One field: every line but the last is followed by one that begins with a blank. */
static void is_one_field(const struct buf *out)
{
    for (size_t i = 0; i < out->len; i++) {
        unsigned char c = (unsigned char)out->data[i];
        MUST(c == '\r' || c == '\n' || c == '\t' || (c >= ' ' && c < 0x7F));
        if (c == '\n')
            MUST(i > 0 && out->data[i - 1] == '\r');
        if (c == '\r')
            MUST(i + 1 < out->len && out->data[i + 1] == '\n');
        if (c == '\n' && i + 1 < out->len)
            MUST(out->data[i + 1] == ' ' || out->data[i + 1] == '\t');
    }
}

static void write_fields(struct slice text)
{
    struct buf out = {0};
    struct err err;

    if (header_text("Subject", text, &out, &err))
        is_one_field(&out);
    buf_clear(&out);
    if (header_extra("X-Extra", text, &out, &err))
        is_one_field(&out);
    buf_clear(&out);
    if (header_mailbox("To", text, "a@example.org", &out, &err))
        is_one_field(&out);
    buf_clear(&out);
    if (header_parameter("filename", text, &out, &err))
        MUST(!out.len || !memchr(out.data, '\0', out.len));
    header_may(text);
    buf_done(&out);
}

static void read_address(struct slice text)
{
    char address[ADDRESS_MAX + 1], again[ADDRESS_MAX + 1];
    struct buf masked = {0};
    struct err err;

    if (!address_read(text, address, &err)) {
        MUST(err.kind == ERR_INPUT);
        return;
    }
    MUST(address_read(slice_of(address), again, &err) && strcmp(again, address) == 0);
    MUST(!strpbrk(address, "\"<>()[],;: \t\r\n") && strchr(address, '@'));
    address_mask(slice_of(address), address, &masked);
    MUST(masked.len > 0 && memcmp(masked.data + 1, "***@", 4) == 0);
    buf_done(&masked);
}

static void read_reply(struct slice text)
{
    struct smtp_reply reply = {0};

    while (text.len > 0) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end ? (size_t)(end - text.data) + 1 : text.len;
        smtp_reply_add(&reply, (struct slice){text.data, len});
        text = (struct slice){text.data + len, text.len - len};
    }
    MUST(reply.len <= SMTP_REPLY_TEXT && strlen(reply.text) == reply.len);
    MUST(str_is_utf8(slice_of(reply.text)) && str_is_field_value(slice_of(reply.text)));
    for (int stage = SMTP_CONNECT; stage <= SMTP_RESET; stage++)
        smtp_reply_kind(&reply, (enum smtp_stage)stage, "ada@example.org");
}

static void read_urls(const char *text)
{
    struct mail_url mail = {0};
    struct url db = {0};
    struct err err;

    if (mail_url_parse(text, &mail, &err) && mail.scheme != MAIL_FILE)
        MUST(mail.host && mail.port > 0 && mail.port < 65536);
    mail_url_done(&mail);
    db_url_parse(server_drivers, text, &db, &err);
    url_done(&db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    char *copy = mem_copy(data, size);

    write_fields(text);
    read_address(text);
    read_reply(text);
    read_urls(copy);
    free(copy);
    return 0;
}
