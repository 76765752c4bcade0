/*
 * Mailbox addresses, checked as strictly as the house sends to them.
 *
 * An address is `local@domain`: a local part of ASCII atoms joined by dots (RFC 5321's
 * Dot-string), and a domain name.  Quoted local parts, comments, address literals, spaces,
 * control characters and a second address are refused: nobody has a mailbox that needs them,
 * and every one of them has smuggled a recipient past somebody.  A domain in other letters
 * (IDN) is turned into its ASCII form (IDNA 2008, UTS 46 non-transitional), which every server
 * takes; a local part in other letters would need SMTPUTF8 on every server of the way and is
 * refused with a sentence that says so.
 *
 * Pure; any thread.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

enum {
    ADDRESS_MAX = 254,
    ADDRESS_LOCAL_MAX = 64,
    DOMAIN_MAX = 253
}; /* RFC 5321, erratum 1690 */

/* ERR_INPUT with a sentence that does not repeat the text; else the address as it is sent. */
bool address_read(struct slice text, char ret_address[ADDRESS_MAX + 1], struct err *err);

enum { PERSON_NAME_MAX = 200 }; /* bytes */

/* An address, alone or behind a name: `a@b.example`, `The Office <a@b.example>`,
 * `"Office, The" <a@b.example>`.  Without a name ret_name is "".  ERR_INPUT as above. */
bool address_person(struct slice text, char ret_address[ADDRESS_MAX + 1],
                    char ret_name[PERSON_NAME_MAX + 1], struct err *err);

/* The address as people write it: the domain in its own letters.  One that has none, or cannot
 * be read, is left as it is. */
void address_shown(const char *address, struct buf *out);

/* A domain or host name in ASCII.  ERR_INPUT as above. */
bool address_domain(struct slice text, char ret_domain[DOMAIN_MAX + 1], struct err *err);

/* Appends the text with every occurrence of the address (in any case) as "a***@example.org":
 * servers repeat the recipient in their replies, and replies are logged. */
void address_mask(struct slice text, const char *address, struct buf *out);
