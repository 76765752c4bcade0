/*
 * One letter as bytes: RFC 5322 header, MIME parts, lines ended by CR LF.
 *
 * Written here and not by libcurl's MIME API, which encodes no header field, checks nothing
 * that could break out of one, and can hand the bytes to a server only: files in the outbox
 * are the same bytes.
 *
 *   text or html alone     one part
 *   both                   multipart/alternative, the text first
 *   with attachments       multipart/mixed around it
 *
 * Every part is base64 in lines of 76 columns, so that nothing on the way can change a line.
 *
 * Pure but for the clock and randomness; any thread.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "net/address.h"

struct message_person {
    struct slice address, name; /* the name may be empty */
};

struct message_field {
    struct slice name, value;
};

struct message_attachment {
    struct slice name, type, data; /* an empty type is application/octet-stream */
};

enum { MESSAGE_FIELDS = 32, MESSAGE_ATTACHMENTS = 16, MESSAGE_ID_MAX = 250 };

/* What is wanted.  Slices are borrowed until message_build() returns. */
struct message_plan {
    struct message_person from, to;
    struct slice subject, text, html;            /* text or html is not empty */
    struct message_field fields[MESSAGE_FIELDS]; /* each of header_may(): Date, Message-ID and
                                                    Auto-Submitted win over the host's */
    size_t nfields;
    struct message_attachment attachments[MESSAGE_ATTACHMENTS];
    size_t nattachments;
};

/* What goes out. */
struct message {
    char from[ADDRESS_MAX + 1], to[ADDRESS_MAX + 1]; /* of the envelope */
    char id[MESSAGE_ID_MAX + 1];                     /* "<…@…>" */
    struct buf bytes;
};

/* ERR_INPUT names the part at fault; ERR_LIMIT: larger than LIMIT_MAIL. */
bool message_build(const struct message_plan *plan, struct message *ret_message,
                   struct err *err);
void message_done(struct message *message); /* a zeroed one is fine */
