/* See fetch.h. */
#include "net/fetch.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/curl_loop.h"
#include "net/fetch_allow.h"
#include "net/fetch_easy.h"

#include <stdlib.h>
#include <strings.h>

struct fetcher {
    struct curl_loop curl;
    struct fetch_allow allow;
    char *ca;
    LIST_HEAD(, fetch) fetches; /* under way */
};

/* ---- one ---- */

struct fetch *fetch_new(void)
{
    return mem_new(1, sizeof(struct fetch));
}

void fetch_free(struct fetch *fetch)
{
    if (!fetch)
        return;
    curl_slist_free_all(fetch->headers);
    buf_done(&fetch->body);
    buf_done(&fetch->head);
    buf_done(&fetch->content);
    free(fetch->url);
    free(fetch->method);
    free(fetch->place);
    free(fetch);
}

/* About the connection and the length of the body: libcurl's own. */
static bool is_ours(const char *name)
{
    static const char *const ours[] = {"connection", "content-length",    "expect", "host",
                                       "keep-alive", "proxy-connection",  "te",     "trailer",
                                       "upgrade",    "transfer-encoding", NULL};
    for (size_t i = 0; ours[i]; i++)
        if (strcasecmp(ours[i], name) == 0)
            return true;
    return false;
}

static bool add_line(struct fetch *fetch, const char *line)
{
    struct curl_slist *longer = curl_slist_append(fetch->headers, line);
    if (longer)
        fetch->headers = longer;
    return longer != NULL;
}

/* libcurl sends a header without a value where a semicolon ends it. */
bool fetch_header(struct fetch *fetch, const char *name, struct slice value)
{
    if (!str_is_token(slice_of(name)) || is_ours(name) || !str_is_field_value(value))
        return false;
    CLEANUP(mem_freep)
    char *line = value.len > 0 ? mem_format("%s: %.*s", name, (int)value.len, value.data)
                               : mem_format("%s;", name);
    fetch->typed = fetch->typed || strcasecmp(name, "content-type") == 0;
    return add_line(fetch, line);
}

/* ---- those under way ---- */

static void take_out(struct fetch *fetch)
{
    LIST_REMOVE(fetch, entry);
    curl_loop_remove(&fetch->fetcher->curl, fetch->easy);
    curl_easy_cleanup(TAKE(fetch->easy));
}

static void ended(void *owner, CURLcode code)
{
    struct fetch *fetch = owner;
    fetch_easy_ended(fetch, code);
    take_out(fetch);
    fetch->done(fetch);
}

static bool has_room(const struct fetcher *fetcher, const struct fetch *fetch, struct err *err)
{
    const struct fetch *other;
    int all = 0, its = 0;
    LIST_FOREACH(other, &fetcher->fetches, entry) {
        all++;
        its += other->account == fetch->account;
    }
    if (its >= LIMIT_FETCHES_EACH)
        return err_set(err, ERR_LIMIT, "this task fetches %d times at once already", its);
    if (all >= LIMIT_FETCHES)
        return err_set(err, ERR_LIMIT, "%d fetches are under way already", all);
    return true;
}

/* Without "Expect: 100-continue", for which servers would be waited for, and without saying
 * that a body is a form where nobody said what it is. */
bool fetcher_submit(struct fetcher *fetcher, struct fetch *fetch, struct err *err)
{
    if (!has_room(fetcher, fetch, err))
        return false;
    fetch->fetcher = fetcher;
    fetch->allow = &fetcher->allow;
    if (!add_line(fetch, "Expect:") || (!fetch->typed && !add_line(fetch, "Content-Type:")) ||
        !(fetch->easy = fetch_easy_new(fetch, fetcher->ca)))
        return err_set(err, ERR_IO, "libcurl: no memory for a connection");
    if (!curl_loop_add(&fetcher->curl, fetch->easy, err)) {
        curl_easy_cleanup(TAKE(fetch->easy));
        return false;
    }
    LIST_INSERT_HEAD(&fetcher->fetches, fetch, entry);
    return true;
}

void fetcher_cancel(struct fetch *fetch)
{
    take_out(fetch);
    fetch_free(fetch);
}

/* ---- life ---- */

bool fetcher_attach(struct loop *loop, const struct fetch_settings *settings,
                    struct fetcher **ret_fetcher, struct err *err)
{
    struct fetcher *fetcher = mem_new(1, sizeof *fetcher);
    if (!curl_loop_init(&fetcher->curl, loop, ended, err)) {
        free(fetcher);
        return false;
    }
    curl_multi_setopt(fetcher->curl.multi, CURLMOPT_MAXCONNECTS, (long)LIMIT_FETCH_KEPT);
    fetch_allow_init(&fetcher->allow, settings->allow, settings->nallow);
    fetcher->ca = settings->ca ? mem_text(settings->ca) : NULL;
    LIST_INIT(&fetcher->fetches);
    *ret_fetcher = fetcher;
    return true;
}

void fetcher_detach(struct fetcher *fetcher)
{
    if (!fetcher)
        return;
    while (!LIST_EMPTY(&fetcher->fetches))
        fetcher_cancel(LIST_FIRST(&fetcher->fetches));
    curl_loop_done(&fetcher->curl);
    fetch_allow_done(&fetcher->allow);
    free(fetcher->ca);
    free(fetcher);
}
