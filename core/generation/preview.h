/*
 * A candidate that one browser may look at before anybody else is served from it.
 *
 *   offered -> its link is followed, once: that browser has the cookie -> accepted or dropped
 *
 * The link is the site's beginning with `?preview=TOKEN`; who follows it is given a cookie, and
 * every request with that cookie is pinned to the candidate.  `?preview=off` leaves it.  Both
 * words are random and die with the candidate.
 *
 * Made and freed by the main thread, which puts it into the slot by one store, and frees it
 * when every worker has passed a turn of its loop since it was taken out.  Workers read it.
 */
#pragma once

#include "generation/generation.h"
#include "http/request.h"

#include <stdatomic.h>

enum { PREVIEW_TOKEN = 32 };

struct preview {
    struct generation *generation; /* the host's reference */
    char link[PREVIEW_TOKEN + 1], cookie[PREVIEW_TOKEN + 1];
    atomic_bool followed;
};

/* Takes the reference over. */
struct preview *preview_new(struct generation *generation);
void preview_free(struct preview *preview); /* without the generation; NULL is fine */

/* A reference to the generation that this request is for: the candidate where it has the
 * cookie, else the current one.  On a worker's thread. */
struct generation *preview_pin(struct generation_slot *slot, struct http_request *request);
/* Answers who follows the link, or leaves; false where the request is none of these. */
bool preview_answer(struct generation_slot *slot, struct http_request *request);
