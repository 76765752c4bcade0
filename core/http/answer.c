/*
 * See answer.h.
 *
 * Between the texts lie the holes.  An answer that fits has all its bytes but theirs, so
 * filling it copies them alone; a hole of another length would move what is behind it, and such
 * an answer does not fit.
 */
#include "http/answer.h"

#include "base/mem.h"
#include "http/response.h"

#include <stdlib.h>
#include <string.h>

enum { NOTHING = -1 }; /* an anchor */

enum {
    KEPT = 64,             /* pages that are asked for now, in their languages and as gzip */
    LARGEST = 64 * 1024,   /* of a body: all of them are at most 4 MiB */
    LEAST_STANDING = 1024, /* less is copied as fast as it is looked up */
};

struct http_answer {
    struct MHD_Response *response; /* one reference */
    char *body;                    /* the response's */
    size_t size;
    int status;
    const struct http_headers *standing; /* the state's */
    struct http_headers headers;         /* in `text` */
    struct {
        const struct gzip_text *text;
        size_t len;
    } parts[ANSWER_PARTS];
    size_t nparts;
    int anchor;
    bool varies, gzip, is_busy;
    uint64_t used;
    char *text; /* owned */
};

struct http_answers {
    struct http_answer *items[KEPT];
    size_t count;
    uint64_t clock; /* counts uses */
};

/* ---- which ---- */

static bool is_no_store(const struct http_reply_header *header)
{
    return slice_is_nocase(header->name, "Cache-Control") &&
           slice_is_nocase(header->value, "no-store");
}

bool http_answer_suits(const struct http_reply *reply, const struct http_page *page)
{
    if (reply->status != 200 || page->count > ANSWER_PARTS || page->standing < LEAST_STANDING ||
        page->size > LARGEST)
        return false;
    for (size_t i = 0; i < reply->headers.count; i++)
        if (is_no_store(&reply->headers.items[i]) ||
            slice_is_nocase(reply->headers.items[i].name, "Set-Cookie"))
            return false;
    return true;
}

static bool is_same(struct slice a, struct slice b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool fits_page(const struct http_answer *answer, const struct http_page *page)
{
    if (answer->nparts != page->count || (answer->varies && answer->gzip != page->gzip))
        return false;
    for (size_t i = 0; i < page->count; i++)
        if (answer->parts[i].text != page->parts[i].text ||
            answer->parts[i].len != page->parts[i].bytes.len)
            return false;
    return true;
}

static bool fits_headers(const struct http_answer *answer, const struct http_headers *headers)
{
    if (answer->headers.count != headers->count)
        return false;
    for (size_t i = 0; i < headers->count; i++)
        if (!is_same(answer->headers.items[i].name, headers->items[i].name) ||
            !is_same(answer->headers.items[i].value, headers->items[i].value))
            return false;
    return true;
}

bool http_answers_find(struct http_answers *answers, struct http_reply *reply,
                       struct http_page *page)
{
    for (size_t i = 0; answers && i < answers->count; i++) {
        struct http_answer *answer = answers->items[i];
        if (answer->is_busy || answer->status != reply->status ||
            answer->standing != reply->standing || !fits_page(answer, page) ||
            !fits_headers(answer, &reply->headers))
            continue;
        page->gzip = answer->gzip;
        http_page_write(page, answer->body, true);
        answer->used = ++answers->clock;
        reply->answer = answer;
        reply->body = (struct slice){answer->body, answer->size};
        return true;
    }
    return false;
}

/* ---- keeping ---- */

static void answer_free(struct http_answer *answer)
{
    if (!answer)
        return;
    MHD_destroy_response(answer->response);
    free(answer->text);
    free(answer);
}

static char *add_text(char *at, struct slice from, struct slice *to)
{
    memcpy(at, from.data, from.len);
    at[from.len] = '\0';
    *to = (struct slice){at, from.len};
    return at + from.len + 1;
}

static void copy_headers(struct http_answer *answer, const struct http_headers *headers)
{
    char *at = answer->text = mem_new(1, headers->bytes + 1); /* ": " and CR LF are NULs here */

    answer->headers.count = headers->count;
    answer->headers.bytes = headers->bytes;
    for (size_t i = 0; i < headers->count; i++) {
        at = add_text(at, headers->items[i].name, &answer->headers.items[i].name);
        at = add_text(at, headers->items[i].value, &answer->headers.items[i].value);
    }
}

static struct http_answer *answer_new(struct http_reply *reply, const struct http_page *page,
                                      int anchor)
{
    struct http_answer *answer = mem_new(1, sizeof *answer);

    answer->body = reply->joined;
    answer->size = reply->body.len;
    answer->status = reply->status;
    answer->standing = reply->standing;
    answer->varies = reply->varies;
    answer->gzip = reply->gzip;
    answer->nparts = page->count;
    answer->anchor = anchor;
    for (size_t i = 0; i < page->count; i++) {
        answer->parts[i].text = page->parts[i].text;
        answer->parts[i].len = page->parts[i].bytes.len;
    }
    copy_headers(answer, &reply->headers);
    answer->response = response_of_reply(reply, reply->status);
    if (answer->response)
        return answer;
    answer_free(answer);
    return NULL;
}

/* A free place, or that of the answer which was not wanted for the longest time; NULL: all are
 * on their way. */
static struct http_answer **place_in(struct http_answers *answers)
{
    struct http_answer **oldest = NULL;

    if (answers->count < KEPT)
        return &answers->items[answers->count];
    for (size_t i = 0; i < KEPT; i++)
        if (!answers->items[i]->is_busy &&
            (!oldest || answers->items[i]->used < (*oldest)->used))
            oldest = &answers->items[i];
    return oldest;
}

void http_answers_keep(struct http_answers **answers, struct http_reply *reply,
                       const struct http_page *page, int *anchor)
{
    if (!*answers)
        *answers = mem_new(1, sizeof **answers);
    struct http_answer **place = place_in(*answers);
    struct http_answer *answer = place ? answer_new(reply, page, *anchor) : NULL;
    if (!answer)
        return;
    *anchor = *place ? (*place)->anchor : NOTHING;
    (*answers)->count += *place == NULL;
    answer_free(*place);
    answer->used = ++(*answers)->clock;
    *place = answer;
    reply->answer = answer;
}

void http_answers_free(struct http_answers *answers)
{
    for (size_t i = 0; answers && i < answers->count; i++)
        answer_free(answers->items[i]);
    free(answers);
}

/* ---- on its way ---- */

struct MHD_Response *http_answer_take(struct http_answer *answer, struct http_request *request)
{
    answer->is_busy = true;
    request->status = answer->status;
    request->sent = strcmp(request->method, "HEAD") == 0 ? 0 : answer->size;
    return answer->response;
}

void http_answer_give(struct http_answer *answer)
{
    if (answer)
        answer->is_busy = false;
}

struct http_reply http_answer_reply(const struct http_answer *answer)
{
    return (struct http_reply){.status = answer->status,
                               .standing = answer->standing,
                               .body = {answer->body, answer->size},
                               .varies = answer->varies,
                               .gzip = answer->gzip,
                               .headers = answer->headers};
}
