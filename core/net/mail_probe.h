/*
 * Does the mail server let us in?  Connects as a letter would, with TLS and the login, says
 * good-bye, and tells until when the server's certificate is good.
 *
 * Blocks for as long as the URL's connect-timeout; any thread.
 */
#pragma once

#include "net/mail.h"

#include <stdint.h>

/* *ret_not_after: unix seconds; 0 where the connection has no TLS.  Failures are of the kinds
 * of a letter's (net/mail.h). */
bool mail_probe(const struct mail *mail, int64_t *ret_not_after, struct err *err);
