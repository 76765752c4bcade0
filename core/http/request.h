/*
 * One HTTP request, from its first byte to libmicrohttpd's completion call.
 *
 *   READING -> HANDLED -> (parked) -> ANSWERED (-> streams) -> freed
 *                  \____ gone ____/
 *
 * Owner:    libmicrohttpd's req_cls slot; freed once, in its completion callback, after the
 *           done hook.  The handler may keep the pointer from handle() until it has answered,
 *           to the end, or until its gone() hook has been called, no longer.
 * Slices:   point into the request's own memory and live as long as it.
 * Thread:   its worker's loop thread only.
 */
#pragma once

#include "base/buf.h"
#include "base/ip.h"

#include <stdbool.h>
#include <stdint.h>

struct http_pair {
    struct slice name, value;
};

struct http_pairs {
    struct http_pair *items;
    size_t count;
};

struct http_file {
    struct slice name, filename, type, data;
};

struct http_files {
    struct http_file *items;
    size_t count;
};

enum { HTTP_ID = 16 };

struct http_request {
    const char *method;  /* "GET" */
    struct slice target; /* raw: "/a%20b?x=1"; of the absolute form without its host */
    struct slice path;   /* decoded: "/a b" */
    struct http_pairs headers, query, cookies, form;
    struct http_files files;
    struct slice body;    /* raw; empty once answered, as form and files are */
    const char *over;     /* the rate at which this client asks too often; NULL: none */
    int wait;             /* … and the seconds after which it may again */
    size_t keep;          /* bytes of a body that are kept; 0: it is thrown away unseen */
    int refused;          /* 0, or the status that the message itself deserves: 400 413 415 */
    const char *refusal;  /* one sentence for it; NULL when refused is 0 */
    struct ip ip;         /* the client's address, also behind a trusted proxy */
    bool has_ip;          /* not so on a Unix socket, unless a trusted proxy tells one */
    bool is_limited;      /* limits of each client count it, by ip_site() if it has_ip */
    const char *scheme;   /* "http"; "https" behind a trusted proxy */
    bool admin;           /* came in on the admin listener */
    bool preview;         /* the pin hook's: it is not for everybody's generation */
    char id[HTTP_ID + 1]; /* random hex: in the log and on error pages */
    uint64_t started;     /* clock_monotonic() at its first callback */
    uint64_t deadline;    /* … by which it must be answered: the handler's to set */

    void *generation; /* what the pin hook gave */
    void *task;       /* the handler's slot */
    void *writer;     /* … and another: what waits for http_write() to be taken */
    bool gone;        /* its client has left, and the handler has been told */
    bool streams;     /* its answer is under way, until http_end() or http_drop() */
    char route[64];   /* the handler's, for the access log and metrics; "" if none matched */
    int status;       /* answered with; 0 before */
    size_t sent;      /* bytes of the body that was answered */
};

/* The first header, query value, … of that name (headers: ASCII case ignored); NULL if none. */
const struct slice *http_find(const struct http_pairs *pairs, const char *name);
const struct slice *http_find_header(const struct http_pairs *headers, const char *name);
const struct slice *http_header(const struct http_request *request, const char *name);
