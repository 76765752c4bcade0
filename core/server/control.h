/*
 * The control socket: DATA/control.sock (0600), one line in, lines out until it closes.
 *
 *     "status\n"  →  "ok\n" and the text of the answer
 *     anything the server refuses  →  "error\n" and why
 *
 * In builds with TC_TEST_CLOCK also "clock UNIX_SECONDS" and "tick TIMER".  Main thread only.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "loop/loop.h"

#include <stdint.h>

struct control;

enum control_reply {
    CONTROL_YES,  /* out is the answer */
    CONTROL_NO,   /* out says why not */
    CONTROL_LATER /* control_answer() will come, with the client's number */
};

/* Carries out one command. */
typedef enum control_reply control_handler(void *owner, uint64_t client, const char *command,
                                           const char *argument, struct buf *out);

/* Answers a client that was told CONTROL_LATER; nothing happens if it has gone meanwhile. */
void control_answer(struct control *control, uint64_t client, bool yes, struct slice text);

/* A socket file that nobody answers on is replaced; one that does is ERR_STATE ("another
 * server runs on this data folder"). */
bool control_open(struct loop *loop, const char *path, control_handler *handler, void *owner,
                  struct control **ret_control, struct err *err);
/* Does nobody answer there?  For a look before anything else is opened; else ERR_STATE as
 * above. */
bool control_is_free(const char *path, struct err *err);
/* Takes no new client and removes the file, for another process; and is there again. */
void control_leave(struct control *control);
bool control_return(struct control *control, struct err *err);
void control_close(struct control *control); /* also removes the file; NULL is fine */

/* The client's side; blocks up to timeout_s.  *ret_ok is the server's yes or no. */
bool control_ask(const char *path, const char *line, int timeout_s, bool *ret_ok,
                 struct buf *out, struct err *err);
