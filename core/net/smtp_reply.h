/*
 * What a mail server says, and which kind of failure that is.
 *
 * Replies are "code text", of one line or more ("250-first", "250 last").  The text is kept for
 * people: joined to one line, without control characters, cut at SMTP_REPLY_TEXT.
 *
 * Kinds, by the reply's code before anything else (TLS and connection errors have none):
 *
 *   4xx, and what is no 5xx                  temporary
 *   530 534 535 538, 5xx before the letter   auth: no letter would get through
 *   (greeting, login)
 *   any other 5xx                            what its enhanced status says, "550 5.1.1 …"
 *
 * The stage says little about whose fault it is: servers tell what is wrong with the sender, or
 * that they do not relay for us, in their answer to RCPT.  The second and third figure of the
 * enhanced status (RFC 3463, RFC 5248; 7.26: RFC 7372) do:
 *
 *   1.x but 1.0, 1.7 and 1.8; 2.x            permanent: this recipient
 *   6.x                                      permanent: this letter's form
 *   1.7, 1.8; 3.x; 4.x; 7.x                  policy: our sender, their system, routes, rules
 *   no status, 0.x, 1.0, 5.x                 550, 551 and 553 permanent where the reply names
 *                                            the recipient; 552 permanent: too large, or a full
 *                                            mailbox; any other is policy
 *
 * At MAIL nobody but our sender has been named: 1.x and 2.x are policy there.
 *
 * Pure; any thread.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

enum { SMTP_REPLY_TEXT = 300, SMTP_REPLY_LINES = 200 /* of one reply: EHLO's has a dozen */ };

/* How far a letter had come. */
enum smtp_stage {
    SMTP_CONNECT, /* greeting, EHLO, STARTTLS, AUTH */
    SMTP_MAIL,
    SMTP_RCPT,
    SMTP_DATA,
    SMTP_LETTER, /* its end has been or is being sent */
    SMTP_RESET
};

struct smtp_reply {
    int code;      /* of the latest line; 0: none yet */
    bool complete; /* that line was a reply's last */
    int lines;     /* of the reply so far */
    size_t len;
    char text[SMTP_REPLY_TEXT + 1]; /* "250 2.0.0 taken" */
};

/* One line, with or without its end.  A line after a complete reply begins a new one.  false:
 * it is no reply, or one line too many of it. */
bool smtp_reply_add(struct smtp_reply *reply, struct slice line);

/* Whole characters of the text as far as there is room; what is none, or controls something,
 * becomes a '?'. */
void smtp_printable(const char *text, char ret_text[SMTP_REPLY_TEXT + 1]);

/* Of a complete reply, whose text still names the recipient ("ada@example.org"; NULL where
 * there is none yet). */
enum err_kind smtp_reply_kind(const struct smtp_reply *reply, enum smtp_stage stage,
                              const char *recipient);

const char *smtp_stage_name(enum smtp_stage stage); /* for people: "the recipient" */
