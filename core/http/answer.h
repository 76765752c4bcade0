/*
 * Answers that are kept: libmicrohttpd's response with all its headers and the body's bytes in
 * place, for pages that are nearly the same each time.
 *
 * Where one was kept with the same status and headers, the same texts that stand (http/page.h)
 * in the same places, and parts of the same length between them, it is sent again, and only
 * what is between them is copied into it.  A page as gzip and as it is are two answers.
 *
 * Owner:  a Lua state has one set; an answer belongs to it.  The requests that it answers keep
 *         their generation, and so the set, until they have ended.
 * Thread: the worker's.
 */
#pragma once

#include "http/page.h"
#include "http/reply.h"
#include "http/request.h"

enum { ANSWER_PARTS = 24 };

struct MHD_Response;
struct http_answer;
struct http_answers;

/* May a reply with this page be kept at all?  Not what nobody may keep (`no-store`), what is
 * one visitor's (a cookie), nor what has hardly a byte that stands. */
bool http_answer_suits(const struct http_reply *reply, const struct http_page *page);

/* Makes the reply one that is kept and not on its way, filled with this page, which becomes
 * gzip or not as that is; false: there is none.  Its headers need not have been checked. */
bool http_answers_find(struct http_answers *answers, struct http_reply *reply,
                       struct http_page *page);

/* Keeps a reply that suits, which is settled and whose body is joined, unless all that are kept
 * are on their way.  *anchor is the owner's name for what stands; it becomes the one that need
 * be held no longer, or -1.  *answers is made where it is NULL. */
void http_answers_keep(struct http_answers **answers, struct http_reply *reply,
                       const struct http_page *page, int *anchor);

void http_answers_free(struct http_answers *answers); /* NULL is fine */

/* Of http/: it answers a request from now on, whose status and sent are set; its response,
 * which stays the answer's. */
struct MHD_Response *http_answer_take(struct http_answer *answer, struct http_request *request);
void http_answer_give(struct http_answer *answer); /* … no longer; NULL is fine */
/* A reply that says the same, to be answered with a response of its own; it borrows. */
struct http_reply http_answer_reply(const struct http_answer *answer);
