/*
 * What a mail server says, and which kind of failure that is.
 *
 * Replies are "code text", of one line or more ("250-first", "250 last").  The text is kept for
 * people: joined to one line, without control characters, cut at SMTP_REPLY_TEXT.
 *
 * Kinds, by the reply's code before anything else (TLS and connection errors have none):
 *
 *   4xx                                      temporary
 *   530 534 535 538, 5xx before the letter   auth: it is about us, no letter would get through
 *   (greeting, login), 5xx to MAIL but 552
 *   any other 5xx                            permanent: it is about this letter
 *   anything else                            temporary
 *
 * Pure; any thread.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

enum { SMTP_REPLY_TEXT = 300 };

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
    size_t len;
    char text[SMTP_REPLY_TEXT + 1]; /* "250 2.0.0 taken" */
};

/* One line, with or without its end.  A line after a complete reply begins a new one.  false:
 * it is no reply. */
bool smtp_reply_add(struct smtp_reply *reply, struct slice line);

/* Whole characters of the text as far as there is room; what is none, or controls something,
 * becomes a '?'. */
void smtp_printable(const char *text, char ret_text[SMTP_REPLY_TEXT + 1]);

enum err_kind smtp_reply_kind(int code, enum smtp_stage stage);

const char *smtp_stage_name(enum smtp_stage stage); /* for people: "the recipient" */
