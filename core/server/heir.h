/*
 * The new program's side of an upgrade (handover.h has the story).  Main thread.
 */
#pragma once

#include "base/buf.h"
#include "server/listeners.h"

/* What the program before has left; *ret_channel is -1 where there is none.  Before anything is
 * opened: closes what else that one had open. */
bool heir_take(struct listeners *listeners, int *ret_channel, struct err *err);
/* Says that it could serve, and blocks until the other has given up control.sock; appends what
 * that one tells. */
bool heir_ready(int channel, struct buf *out, struct err *err);
/* The other may end: blocks until it has let go, and closes the channel. -1 is fine */
void heir_serves(int *channel);
void heir_fails(int channel, const char *why); /* the other goes on, and tells why */
