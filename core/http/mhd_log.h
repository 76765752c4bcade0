/* What libmicrohttpd says in its log.  Private to http/. */
#pragma once

#include <stdarg.h>

/* MHD_OPTION_EXTERNAL_LOGGER; cls is the server. */
__attribute__((format(printf, 2, 0))) void mhd_log(void *cls, const char *format,
                                                   va_list arguments);

struct http_server;

/* Behind each run of libmicrohttpd: answers whom it refused. */
void mhd_log_settle(struct http_server *server);
