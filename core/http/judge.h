/*
 * Is this message what it seems?  libmicrohttpd hands over messages that proxies and other
 * servers read differently (two lengths, folded lines, bare LF, NUL), and every such
 * difference is a way to smuggle a request.  They are refused before anything is done for
 * them.  A pure function over the parsed message, private to http/.
 *
 * libmicrohttpd parses in place: its strings lie where they lay in the message.  A message
 * whose parts do not follow one another with just the separators of RFC 9112 between them
 * held something that the parser swallowed.
 */
#pragma once

#include "http/request.h"

struct judge_message {
    const char *method, *version; /* in the message */
    struct slice target;          /* as it was sent: a copy */
    const char *place;            /* of the target in the message */
    struct http_pairs headers;    /* in the message, values with their trailing blanks */
    size_t size;                  /* from the method's first byte to behind the blank line */
};

/* NULL if it may be served; else one static sentence, with the status to refuse it by. */
const char *judge_message(const struct judge_message *message, int *ret_status);

/* The static spelling of a method that is served; NULL for any other. */
const char *judge_method(const char *method);

/* Is that a host with or without a port, as in Host (RFC 9112 §3.2)? */
bool judge_authority(struct slice text);

/* Without the port. */
struct slice judge_host(struct slice authority);

/* Does a browser that sends this Host stand on a page of this machine's, and not on one whose
 * name a stranger has pointed here (DNS rebinding)?  An address is nobody's name, and localhost
 * is everybody's own. */
bool judge_is_unnamed(struct slice authority);

/* Takes the absolute form of a target apart: "http://a:80/b?c" is "a:80" and "/b?c".  False for
 * another form. */
bool judge_split(struct slice target, struct slice *ret_authority, struct slice *ret_rest);

/* May the first bytes of a connection be a request's?  So far as its line is there it has to be
 * one, of whatever method and of HTTP/1. */
bool judge_beginning(struct slice bytes);
