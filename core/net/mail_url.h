/*
 * Where letters go, read from the option --mail:
 *
 *   file:/path                        a folder; one .eml file per letter
 *   smtp://user@host:587              STARTTLS and login; port 587 by default
 *   smtps://user@host:465             TLS from the first byte; port 465 by default
 *
 * The user may itself hold an '@' (`smtp://me@example.org@smtp.example.org`, or
 * percent-encoded) and may be left out.  There is a login where there is a password: by
 * mail_url_set_password(), or as user:password@, which is better not used, because everyone on
 * the machine sees command lines.  Behind the host:
 *
 *   ?tls=required       smtp's default: no letter and no password without a verified
 *                       certificate (letters hold secrets: this is so without a login too)
 *   ?tls=opportunistic  STARTTLS where the server offers it, whatever its certificate
 *   ?tls=off            none; the default without a login on a loopback host
 *   ?ca=FILE            trust this certificate (PEM) in place of the system's
 *   ?connections=4      at once per worker that sends, 1 to 64
 *   ?connect-timeout=15 seconds until connected, greeted and logged in
 *   ?timeout=60         seconds for one letter, connecting included
 *
 * Thread: filled on one, read-only afterwards.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

enum mail_scheme { MAIL_FILE, MAIL_SMTP, MAIL_SMTPS };
enum mail_tls { MAIL_TLS_REQUIRED, MAIL_TLS_OPPORTUNISTIC, MAIL_TLS_OFF };

struct mail_url {
    enum mail_scheme scheme;
    char *path;            /* of file: */
    char *user, *password; /* NULL: none */
    char *host;            /* in ASCII; an IPv6 address without its brackets */
    int port;
    enum mail_tls tls;
    bool tls_given;
    char *ca; /* NULL: the system's */
    int connections, connect_timeout_s, timeout_s;
};

/* ERR_INPUT says what is wrong and never repeats the text: it may hold a password. */
bool mail_url_parse(const char *text, struct mail_url *ret_url, struct err *err);
/* In place of the URL's own. */
void mail_url_set_password(struct mail_url *url, const char *password);
bool mail_url_logs_in(const struct mail_url *url);
void mail_url_done(struct mail_url *url); /* wipes the password; a zeroed one is fine */
