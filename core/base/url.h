/*
 * The URL of a server, of a database or of mail:
 *
 *     scheme://[user[:password]@]hosts/path?name=value&name=value
 *
 * User, password, path and options are percent-decoded; none of them holds a NUL.
 */
#pragma once

#include "base/buf.h"

struct url_option {
    char *name, *value;
};

struct url {
    char *scheme;
    char *user, *password; /* or NULL */
    char *hosts;           /* "host:3306,host2:3306" as written, or NULL */
    char *path;            /* with its first slash, "" for none */
    struct url_option *options;
    size_t noptions;
};

/* NULL, or what is wrong with it: a predicate such as "has a bad %-escape", which never repeats
 * the text, because it may hold a password. */
const char *url_parse(const char *text, struct url *ret_url);
void url_done(struct url *url); /* NULL and a zeroed one are fine */
const char *url_option(const struct url *url, const char *name); /* or NULL */
/* The decoded text, to be freed with free(); NULL where it has a bad escape or a NUL. */
char *url_decode(struct slice text);
/* Appends a path or a name in the form that a URL needs. */
void url_encode(struct slice text, struct buf *out);

struct url_host {
    struct slice name; /* without its brackets */
    struct slice port; /* .data is NULL where none is written */
    bool in_brackets;
};

/* "host", "host:port", "[::1]:port"; false where a bracket is not closed or no ':' follows it.
 */
bool url_host(struct slice text, struct url_host *ret_host);
bool url_is_loopback(struct slice host); /* this machine, reached over no network */
