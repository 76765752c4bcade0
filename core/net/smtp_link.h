/*
 * One connection to the mail server, and the letter that it carries.
 *
 *   CONNECTING -> SENDING <-> IDLE -> CLOSED
 *                    \-> RESETTING -/
 *
 * libcurl connects (CURLOPT_CONNECT_ONLY: name, TCP, TLS, greeting, EHLO, STARTTLS, AUTH);
 * MAIL, RCPT, DATA and the letter are written here, by curl_easy_send() and curl_easy_recv(),
 * which never wait.  A refused letter leaves the connection in use (RSET), a lost one closes
 * it.
 *
 * Owner:  the queue.  A link calls settled() once after whatever happened to it, as its last
 *         act; the queue then takes the letter's outcome, and frees the link where it is
 *         CLOSED.
 * Thread: the loop's.
 */
#pragma once

#include "net/curl_loop.h"
#include "net/mail_url.h"
#include "net/message.h"
#include "net/smtp_reply.h"

#include <sys/queue.h>

enum smtp_state { SMTP_CONNECTING, SMTP_SENDING, SMTP_RESETTING, SMTP_IDLE, SMTP_CLOSED };

enum smtp_outcome {
    SMTP_NONE, /* not yet */
    SMTP_SENT, /* the server has taken it: its words are in reply */
    SMTP_FAILED,
    SMTP_AGAIN /* a connection kept from before was found dead: nothing was sent, use another */
};

struct smtp_link {
    const struct mail_url *url; /* borrowed */
    struct curl_loop *curl;     /* borrowed */
    void (*settled)(struct smtp_link *link);
    void *owner;
    void *cargo; /* the owner's word for what is being sent */
    LIST_ENTRY(smtp_link) entry;

    CURL *easy;
    enum smtp_state state;
    enum smtp_stage stage;
    const struct message *message; /* borrowed while CONNECTING or SENDING */
    enum smtp_outcome outcome;     /* of the message; taken by the owner */
    struct err err;                /* of SMTP_FAILED */

    struct smtp_reply reply;
    bool logged_in, sizes; /* AUTH was taken; the server wants to know sizes */
    bool reused;           /* has carried a letter before */
    int heard;             /* lines while CONNECTING */
    struct buf out, in;
    size_t sent; /* of out */

    struct loop_watch watch;
    bool watching;
    uint32_t events;
    struct loop_timer timer;
    char fault[CURL_ERROR_SIZE];
};

/* A link that connects for this message, which it then sends.  Never settles before it has
 * returned. */
bool smtp_link_open(const struct mail_url *url, struct curl_loop *curl,
                    const struct message *message, struct smtp_link **ret_link,
                    struct err *err);
/* On an IDLE link.  May settle at once. */
void smtp_link_send(struct smtp_link *link, const struct message *message);
/* Closes, politely (QUIT, without waiting for its answer) where idle, and frees.  Does not
 * settle.  NULL is fine. */
void smtp_link_free(struct smtp_link *link);

/* For curl_loop's ended(). */
void smtp_link_connected(void *link, CURLcode code);
