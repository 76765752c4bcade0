/*
 * The new program's side of an upgrade (handover.h has the story).  Main thread.
 */
#pragma once

#include "base/buf.h"
#include "server/listeners.h"

/* What the program before has left; *ret_channel is -1 where there is none. */
bool heir_take(struct listeners *listeners, int *ret_channel, struct err *err);
/* Says that it could serve, and blocks until the other has given up control.sock; appends what
 * that one tells. */
bool heir_ready(int channel, struct buf *out, struct err *err);
void heir_serves(int *channel); /* the other may end; closes it. -1 is fine */
