/*
 * What the process has compiled: each source is needed again by the next worker's state and, if
 * it has not changed, by the next generation, and reading its compiled form takes a quarter of
 * the time.  And what scripts have found out about a source while they judged it.
 *
 * Known by its whole text and its name.  What is loaded is what was dumped here: compiled
 * forms from elsewhere never are, nor what scripts have found out.  Bounded: when it is full it
 * begins anew.
 *
 * Thread: any.
 */
#pragma once

#include "base/buf.h"

#include <lua.h>
#include <stdbool.h>

/* Pushes the function of a source that was kept; false, and nothing, where none was. */
bool compiled_load(lua_State *L, struct slice text, const char *name);

/* Keeps the function on top, which that source has become.  Without upvalues but _ENV. */
void compiled_keep(lua_State *L, struct slice text, const char *name);

/* What was found out about a source, appended to `out` (which may be NULL); false where nothing
 * was kept.  The host's own and that of scripts are apart, whatever name they give it. */
enum compiled_by { BY_HOST, BY_SCRIPTS };
bool compiled_recall(enum compiled_by by, struct slice text, const char *name, struct buf *out);
void compiled_remember(enum compiled_by by, struct slice text, const char *name,
                       struct slice found);
