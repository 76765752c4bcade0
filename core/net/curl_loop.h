/*
 * libcurl's multi interface on our loop: its sockets are watches, its timer is one of ours.
 *
 * The web is fetched by it (fetch.c).  Of mail it does the connecting alone (resolving, TLS,
 * greeting, STARTTLS, AUTH); what follows is spoken by smtp_link.c.  libcurl's own sending of a
 * letter waits for the server's last reply, and for the answer to QUIT, inside one call: a
 * server that hangs there would hang the loop.
 *
 * Owner:  embedded.  Handles are the caller's: added, told of by ended(), removed before
 *         curl_loop_done().
 * Thread: the loop's.
 */
#pragma once

#include "base/err.h"
#include "loop/loop.h"

#include <curl/curl.h>
#include <sys/queue.h>

struct curl_loop {
    CURLM *multi;
    struct loop *loop;
    struct loop_timer timer;
    LIST_HEAD(, watched) watched;
    void (*ended)(void *owner, CURLcode code); /* owner: the handle's CURLOPT_PRIVATE */
};

/* curl_global_init() has been called. */
bool curl_loop_init(struct curl_loop *curl, struct loop *loop,
                    void (*ended)(void *owner, CURLcode code), struct err *err);
void curl_loop_done(struct curl_loop *curl); /* a zeroed one is fine */

bool curl_loop_add(struct curl_loop *curl, CURL *easy, struct err *err);
/* Closes the handle's connection too, unless what it was for has ended well, without a word and
 * without waiting. */
void curl_loop_remove(struct curl_loop *curl, CURL *easy);
