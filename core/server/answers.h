/*
 * What a running server answers about itself, as JSON but for `places`, to its own scripts
 * (host.control) and to the control socket, whose client asks for a command.  Any thread.
 *
 *   errors    what was logged as an error last: base/log_kept.h
 *   node      what its row on the database should say of it: server/node.h
 *   version   what it is, and what of
 *   places    the options by which it is found, as words of a command: told_places()
 *   file S    the text of the file that the setting S names; null: none is named or readable
 *   settings  what every option and setting is, and would be after a restart: server/told.h
 */
#pragma once

#include "base/buf.h"
#include "generation/generation.h"
#include "server/options.h"
#include "server/reload.h"

struct answers {
    const struct options *options; /* borrowed */
    struct generation_slot *slot;
    const char *node;      /* its name; the same */
    struct reload *reload; /* the same */
    int argc;              /* options are read again */
    char **argv, **env;
};

/* argument: "" where the question has none.  false: there is no such question. */
bool answers_give(const struct answers *answers, const char *question, const char *argument,
                  struct buf *out);
