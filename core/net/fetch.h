/*
 * Fetching from the web: HTTP and HTTPS, as a client.
 *
 *   fetch_new -> filled in -> submitted to a fetcher -> done(), or cancelled
 *
 * struct fetcher belongs to one loop.  It keeps connections that were used, verifies TLS, opens
 * none but to addresses that it may (fetch_allow.h), also after a redirect, and follows those
 * to http and https alone.  Nothing of the environment (proxies, .netrc) has a say.
 *
 * Owner:  who makes a fetch, before it is submitted and from done() on.
 * Thread: the loop's.
 *
 * Kinds of failure: ERR_INPUT the URL is none; ERR_POLICY the address must not be fetched from;
 * ERR_TIMEOUT; ERR_LIMIT the answer is too long, there were too many redirects, or too many are
 * under way; ERR_IO whatever else.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct curl_slist;
struct fetch_allow;
struct fetcher;

struct fetch {
    /* what to ask */
    char *url, *method;
    struct curl_slist *headers; /* fetch_header() adds */
    bool typed;                 /* Content-Type is among them */
    struct buf body;
    size_t max;          /* bytes of the answer's body */
    uint64_t timeout;    /* nanoseconds, from submission to the answer's last byte */
    int redirects;       /* of GET, HEAD and POST; of others each 3xx is the answer */
    const void *account; /* whose it is: LIMIT_FETCHES_EACH of one at once */
    void (*done)(struct fetch *fetch); /* on the loop's thread, never from fetcher_submit() */
    void *owner;

    /* what came */
    bool ok;
    struct err err; /* where not ok */
    int status;
    struct buf head; /* "name:value\n", names in lower case; of the last answer alone */
    struct buf content;
    char *place; /* the URL that answered */

    /* the fetcher's */
    struct fetcher *fetcher;
    const struct fetch_allow *allow;
    void *easy; /* libcurl's handle */
    LIST_ENTRY(fetch) entry;
    size_t heard;  /* bytes of heads so far */
    bool too_long; /* the answer */
    bool refused;  /* an address was: see err */
    char fault[256];
};

struct fetch *fetch_new(void);
void fetch_free(struct fetch *fetch); /* of one that is not submitted; NULL is fine */
/* False where it is no name, no value, or one that the fetcher writes itself. */
bool fetch_header(struct fetch *fetch, const char *name, struct slice value);

struct fetch_settings {
    char *const *allow; /* networks besides public ones; checked before */
    size_t nallow;
    const char *ca; /* a file of certificates that are trusted besides the system's; or NULL */
};

bool fetcher_attach(struct loop *loop, const struct fetch_settings *settings,
                    struct fetcher **ret_fetcher, struct err *err);
/* Nothing is submitted any more.  NULL is fine. */
void fetcher_detach(struct fetcher *fetcher);

/* Borrows the fetch until done(). */
bool fetcher_submit(struct fetcher *fetcher, struct fetch *fetch, struct err *err);
/* Gives a submitted one up, its connection with it, and frees it. */
void fetcher_cancel(struct fetch *fetch);
