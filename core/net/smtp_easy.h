/*
 * libcurl's part of a connection to the mail server: name, TCP, TLS, greeting, EHLO, STARTTLS
 * and AUTH, as the URL wants them; no letter.
 *
 * The URL and the room for libcurl's own words are borrowed as long as the handle lives.
 */
#pragma once

#include "net/mail_url.h"
#include "net/smtp_reply.h"

#include <curl/curl.h>

/* A handle that connects and stops there, to be freed with curl_easy_cleanup(); NULL with
 * ERR_TEMPORARY where there is no memory. */
CURL *smtp_easy_new(const struct mail_url *url, char fault[CURL_ERROR_SIZE], struct err *err);

/* "the mail server HOST:PORT WHAT: WHY"; an empty `why` is left out.  Returns false. */
bool smtp_easy_tell(const struct mail_url *url, enum err_kind kind, const char *what,
                    const char *why, struct err *err);
/* Why it did not connect, from libcurl's code and words and the server's last reply.  Returns
 * false. */
bool smtp_easy_failed(const struct mail_url *url, CURLcode code, const struct smtp_reply *reply,
                      const char *fault, struct err *err);
