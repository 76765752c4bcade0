/*
 * Header fields of a letter: checked, encoded, folded.
 *
 * Every line is at most 76 columns where it can be folded, and never longer than the 998 that
 * RFC 5322 allows.  Text that is not plain ASCII becomes RFC 2047 encoded words (UTF-8,
 * base64), each holding whole characters.  What could end the line (CR, LF, NUL, any control
 * character) is refused, not taken out.
 *
 * Pure; any thread.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

/* Free text: a subject.  ERR_INPUT names the field. */
bool header_text(const char *name, struct slice text, struct buf *out, struct err *err);

/* A mailbox: `"Name" <address>`, or the address alone where the name is empty.  The address has
 * been through address_read(). */
bool header_mailbox(const char *name, struct slice person, const char *address, struct buf *out,
                    struct err *err);

/* A field that scripts add, as they wrote it, folded at its spaces; ERR_INPUT also for a part
 * without a space that does not fit a line.  Text that is not ASCII is encoded. */
bool header_extra(const char *name, struct slice value, struct buf *out, struct err *err);

/* May scripts set the field themselves?  Not those that the host writes or that name people,
 * nor a name that is no token. */
bool header_may(struct slice name);

/* `name="value"` of Content-Type and Content-Disposition: as it is, or in RFC 2231's form where
 * it is not plain ASCII; begins a new line. */
bool header_parameter(const char *name, struct slice value, struct buf *out, struct err *err);

/* RFC 4648 base64 in lines of 76 columns, each ended by CR LF. */
void header_base64_lines(struct slice bytes, struct buf *out);
