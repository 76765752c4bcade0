/*
 * How the text of one option becomes its value: a reader for each kind.
 *
 * Each puts the value at `place`, or leaves what is there and says what was given and what is
 * allowed, without the option's name.  Texts are owned by the place.
 */
#pragma once

#include "base/err.h"

/* Made absolute. */
bool option_read_path(const char *value, void *place, struct err *err);
/* A word of a list: an address to listen on. */
bool option_read_listen(const char *word, void *place, struct err *err);
/* A word of a list: an address, a network or "unix:". */
bool option_read_proxy(const char *word, void *place, struct err *err);
/* A word of a list: an address or a network. */
bool option_read_network(const char *word, void *place, struct err *err);
/* A word of a list: a name of a host, without scheme and port. */
bool option_read_host(const char *word, void *place, struct err *err);
/* A name that an account may have. */
bool option_read_account(const char *value, void *place, struct err *err);
/* A header's name. */
bool option_read_header(const char *value, void *place, struct err *err);
/* An address to listen on, or "off". */
bool option_read_address(const char *value, void *place, struct err *err);
bool option_read_workers(const char *value, void *place, struct err *err);
bool option_read_seconds(const char *value, void *place, struct err *err);
bool option_read_connections(const char *value, void *place, struct err *err);
bool option_read_fields(const char *value, void *place, struct err *err);
/* On or off has to be said. */
bool option_read_switch(const char *value, void *place, struct err *err);
/* The same, but given alone it means on. */
bool option_read_flag(const char *value, void *place, struct err *err);
/* Http:// or https://, without its last slash. */
bool option_read_url(const char *value, void *place, struct err *err);
bool option_read_database(const char *value, void *place, struct err *err);
bool option_read_mail(const char *value, void *place, struct err *err);
/* An address alone. */
bool option_read_reader(const char *value, void *place, struct err *err);
/* One address, perhaps behind a name. */
bool option_read_mailbox(const char *value, void *place, struct err *err);
bool option_read_zone(const char *value, void *place, struct err *err);
/* 250ms, 10s. */
bool option_read_duration(const char *value, void *place, struct err *err);
/* 512KiB, 16MiB. */
bool option_read_size(const char *value, void *place, struct err *err);
bool option_read_level(const char *value, void *place, struct err *err);
bool option_read_access(const char *value, void *place, struct err *err);
bool option_read_format(const char *value, void *place, struct err *err);

/* An absolute path, to be freed: the working folder is put before a relative one. */
char *option_path(const char *path);
