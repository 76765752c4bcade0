/*
 * `timecapsule upgrade`: the program that is installed now takes the place of the one that
 * runs, with its listening sockets, so that nobody is refused.
 *
 *   the one that runs                       the new one (heir.h), a child with the sockets and
 *                                           one end of a pair
 *   is asked, and starts it              →
 *                                        ←  has read, opened and built: "ready"
 *   gives up control.sock; its counters  →
 *                                        ←  has taken it, and accepts: "serves"
 *   accepts no more, and ends with its last connection
 *
 * A new one that ends before that, or is not ready in time, leaves everything as it was.
 * Main thread.
 */
#pragma once

#include "loop/loop.h"
#include "server/control.h"
#include "server/listeners.h"

/* The new one's environment names its sockets: a line "public|admin FD,FD URL PATH" for each
 * listener, with tabs between, behind "channel FD". */
#define HANDOVER_VARIABLE "TC_HANDOVER"
#define HANDOVER_READY 'r'
#define HANDOVER_SERVES 's'
#define HANDOVER_FAILS 'f' /* and why, up to the end */

struct handover_plan {
    struct loop *loop;
    const char *program; /* its path when this one was started */
    char **argv, **env;
    struct listeners *listeners;
    struct control *control;
    /* Tells whoever has asked. */
    void (*ended)(void *asker, uint64_t client, bool good, struct slice text);
    void *asker;
    void (*replaced)(void *owner); /* the new one serves */
    void (*alone)(void *owner);    /* … and has ended all the same */
    void *owner;
};

struct handover;

struct handover *handover_new(const struct handover_plan *plan); /* what it names is borrowed */
/* The client is answered when it is decided. */
enum control_reply handover_ask(struct handover *handover, uint64_t client, struct buf *out);
bool handover_is_busy(const struct handover *handover);
/* A child that does not serve yet is ended, and who has asked is told. NULL is fine */
void handover_free(struct handover *handover);
