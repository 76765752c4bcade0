/* See preview.h. */
#include "generation/preview.h"

#include "base/crypto.h"
#include "base/cut.h"
#include "base/mem.h"
#include "base/random.h"
#include "bind/state.h"
#include "http/reply.h"
#include "http/server.h"

#include <stdlib.h>
#include <string.h>

#define COOKIE "tc_preview"

struct preview *preview_new(struct generation *generation)
{
    struct preview *preview = mem_new(1, sizeof *preview);
    preview->generation = generation;
    random_word(preview->link, PREVIEW_TOKEN);
    random_word(preview->cookie, PREVIEW_TOKEN);
    return preview;
}

void preview_free(struct preview *preview)
{
    free(preview);
}

static struct preview *preview_of(struct generation_slot *slot)
{
    return __atomic_load_n(&slot->preview, __ATOMIC_SEQ_CST);
}

/* Cookies as they lie in the head: they are taken apart later. */
static bool has_cookie(const struct http_request *request, const char *value)
{
    const struct slice *header = http_header(request, "Cookie");
    struct slice rest = header ? *header : (struct slice){0};
    while (rest.len > 0) {
        struct slice text = cut_until(&rest, ';');
        struct slice name = cut_blanks(cut_until(&text, '='));
        if (slice_is(name, COOKIE) && crypto_equal(cut_blanks(text), slice_of(value)))
            return true;
    }
    return false;
}

/* The admin's own pages stay those of the generation that serves everybody. */
struct generation *preview_pin(struct generation_slot *slot, struct http_request *request)
{
    const struct preview *preview = preview_of(slot);
    request->preview = preview && !request->admin && has_cookie(request, preview->cookie);
    return request->preview ? generation_ref(preview->generation) : generation_pin(slot);
}

/* ---- the link ---- */

static void add_header(struct http_reply *reply, const char *name, const char *value)
{
    struct err err; /* names and values are ours and good */
    http_headers_add(&reply->headers, slice_of(name), slice_of(value), &err);
}

/* To the page that the link is of, whatever stands before its path elsewhere: the cookie is for
 * all that begins like that, too. */
static void lead_on(struct http_request *request, const char *cookie, const char *end)
{
    const struct generation *generation = request->generation;
    bool secure = strcmp(request->scheme, "https") == 0;
    CLEANUP(mem_freep)
    char *text = mem_format("%s=%s; HttpOnly; SameSite=Lax%s%s", COOKIE, cookie,
                            secure ? "; Secure" : "", end);
    struct http_reply reply = {.status = 303,
                               .standing = generation->vms[0]->plan.bound->headers};
    memcpy(request->route, "preview", sizeof "preview");
    add_header(&reply, "Location", "./");
    add_header(&reply, "Set-Cookie", text);
    add_header(&reply, "Cache-Control", "no-store");
    http_respond(request, &reply);
    http_reply_done(&reply);
}

bool preview_answer(struct generation_slot *slot, struct http_request *request)
{
    struct preview *preview = preview_of(slot);
    const struct slice *word = http_find(&request->query, "preview");
    if (!word || request->admin || request->refused || strcmp(request->method, "GET") != 0 ||
        !slice_is(request->path, "/"))
        return false;
    if (request->preview && slice_is(*word, "off"))
        lead_on(request, "", "; Max-Age=0");
    else if (preview && crypto_equal(*word, slice_of(preview->link)) &&
             !atomic_exchange(&preview->followed, true))
        lead_on(request, preview->cookie, "");
    else
        return false;
    return true;
}
